"""The app as a process of its own, a real Chromium, and fake cameras that show real faces."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
START_S = 90
"""the app's own target is 8 s; a busy test machine may need longer"""
CAMERA_FRAMES = 24
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()
    page = getattr(item, "shown_page", None)
    if report.when == "call" and report.failed and page is not None:
        with suppress(Exception):  # a page that hangs has no picture; the test's own words must be seen
            page.screenshot(path=Path(tempfile.gettempdir()) / f"attune-{item.name}.png", full_page=True)


@dataclass
class App:
    """The running app; it can be stopped and started again on the same port."""

    port: int
    data_dir: Path
    process: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        log = (self.data_dir / "app.log").open("ab")
        command = [sys.executable, "app.py", "--port", str(self.port), "--data-dir", str(self.data_dir)]
        command += ["--guests-per-minute", "600"]
        with log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | self.environment
            )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.address}/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.2)
        pytest.fail("the app did not start:\n" + (self.data_dir / "app.log").read_text()[-3000:])

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def start_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., App]]:
    """A further app, with settings of its own in the environment."""
    apps: list[App] = []

    def start(**environment: str) -> App:
        app = App(free_port(), tmp_path_factory.mktemp("data"), environment=environment)
        apps.append(app)
        app.start()
        return app

    yield start
    for app in apps:
        app.stop()


@pytest.fixture(scope="session")
def app(start_app: Callable[..., App]) -> App:
    return start_app()


def write_mjpeg(file: Path, is_dark: bool = False) -> Path:
    """The public-domain portrait of Eileen Collins that scikit-image ships, swaying a little, as a 4:3 film."""
    import cv2
    from skimage.data import astronaut

    portrait = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR)
    with file.open("wb") as film:
        for i in range(CAMERA_FRAMES):
            x = 40 + abs(i - CAMERA_FRAMES // 2)
            picture = cv2.resize(portrait[10 : 10 + 288, x : x + 384], (640, 480))
            if is_dark:
                picture = (picture * 0.08).astype(picture.dtype)
            film.write(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
    return file


def write_microphone(file: Path, *parts: np.ndarray) -> Path:
    """Sound of 16 kHz, part after part, as Chromium's fake microphone wants it (48 kHz mono); played over and over."""
    sound = np.repeat(np.concatenate(parts), 3).clip(-1, 1)
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(48_000)
        out.writeframes((sound * 32767).astype("<i2").tobytes())
    return file


def film_of_clip(clip: Path, file: Path, seconds: float = 3.0) -> Path:
    """The first seconds of a real clip as a fake camera's film; Chromium plays it again and again."""
    import av
    import cv2

    with av.open(str(clip)) as container, file.open("wb") as film:
        for frame in container.decode(video=0):
            if frame.time > seconds:
                break
            picture = frame.to_ndarray(format="bgr24")
            film.write(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
    return file


@pytest.fixture(scope="session")
def portrait_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mjpeg(tmp_path_factory.mktemp("camera") / "portrait.mjpeg")


@pytest.fixture(scope="session")
def playwright() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def launch(playwright) -> Iterator[Callable[..., object]]:
    """A Chromium whose fake camera plays a film; one per film, kept until the end."""
    if not Path(CHROMIUM).exists():
        pytest.fail("Chromium is missing; `make chromium` installs it")
    browsers = {}

    def start(film: Path | None, *, allows_camera: bool = True, sound: Path | None = None):
        key = (film, allows_camera, sound)
        if key not in browsers:
            arguments = [*ARGUMENTS, *(["--use-fake-ui-for-media-stream"] if allows_camera else [])]
            arguments += [f"--use-file-for-fake-video-capture={film}"] if film else []
            arguments += [f"--use-file-for-fake-audio-capture={sound}"] if sound else []
            browsers[key] = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        return browsers[key]

    yield start
    for browser in browsers.values():
        browser.close()


@pytest.fixture
def open_page(app, launch, portrait_film, request) -> Iterator[Callable[..., object]]:
    """A page of the app in a fresh profile. Fails at the end if a script threw or asked for something outside."""
    contexts, thrown, outside = [], [], []

    def start(
        path: str = "/",
        *,
        of: App = app,
        film: Path | None = portrait_film,
        allows_camera: bool = True,
        sound: Path | None = None,
        **options,
    ):
        browser = launch(film, allows_camera=allows_camera, sound=sound)
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 860}, "reduced_motion": "reduce"} | options
        )
        contexts.append(context)
        page = request.node.shown_page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.on("request", lambda sent: outside.append(sent.url) if is_outside(sent.url, of) else None)
        page.goto(of.address + path)
        return page

    yield start
    for context in contexts:
        context.close()
    assert thrown == []
    assert outside == []


def is_outside(url: str, app: App) -> bool:
    return not url.startswith((app.address, app.address.replace("http", "ws"), "blob:", "data:"))


@contextmanager
def stopped(app: App) -> Iterator[None]:
    """The app gone for as long as the block runs."""
    app.stop()
    yield
    app.start()


@pytest.fixture(scope="session")
def clips() -> Path:
    """Real clips of real people; not committed."""
    folder = Path(os.environ.get("ATTUNE_DATASETS", ROOT.parent / "shared" / "datasets")) / "av"
    if not folder.exists():
        pytest.skip(f"no clips in {folder}; set ATTUNE_DATASETS")
    return folder
