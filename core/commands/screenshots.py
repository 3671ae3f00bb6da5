"""Pictures of the page in demo mode: `python -m core.commands.screenshots [FOLDER]`.

Starts the app with a data folder of its own, opens the synthetic demo in Chromium at desktop and phone width,
light and dark. No person is ever in these pictures.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}
SUFFIX = {"light": "", "dark": "-dark"}
"""by theme; the README shows screenshot-desktop.png"""
START_S = 90
DEMO_AT_S = 57.4
"""a moment of the story with a past worth showing, and with somebody passing by"""
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")


@contextmanager
def running_app() -> Iterator[str]:
    """The app on a free port, gone afterwards with its data; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "app.py", "--host", "127.0.0.1", "--port", str(port), "--data-dir", data]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    """Raises RuntimeError when the app ends or stays silent."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2) as answer:  # noqa: S310 - loopback
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the app was not ready within {START_S} s; run `python app.py` to see why")


def play_demo(page: Page) -> None:
    """Fast forward: the story up to DEMO_AT_S, then a moment for bars and emoji to arrive."""
    page.get_by_role("button", name="Show me a demo first").click()
    page.wait_for_function("document.querySelector('attune-live').mode?.demo?.isPlaying")
    page.evaluate("t => { document.querySelector('attune-live').mode.demo.time = t; }", DEMO_AT_S)
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Pause").focus()


def compress(file: Path) -> None:
    """No loss: a palette of 256 was tried, and it bands the glow or speckles the flat ground."""
    from PIL import Image

    with Image.open(file) as picture:
        picture.convert("RGB").save(file, optimize=True)


def take(folder: Path) -> list[Path]:
    """Every size in every theme. Needs Playwright (requirements-dev.txt) and Debian's Chromium."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("Chromium is missing; `make chromium` installs it")
    files = []
    with running_app() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        for size, viewport in SIZES.items():
            for theme, suffix in SUFFIX.items():
                context = browser.new_context(viewport=viewport, color_scheme=theme)  # type: ignore[arg-type]
                page = context.new_page()
                page.goto(address)
                play_demo(page)
                file = folder / f"screenshot-{size}{suffix}.png"
                page.screenshot(path=file, full_page=size == "desktop")
                compress(file)
                files.append(file)
                context.close()
        browser.close()
    return files


def main(arguments: list[str]) -> None:
    """Into FOLDER, or into the folder that is named."""
    for file in take(Path(arguments[0]) if arguments else FOLDER):
        print(f"{file.stat().st_size / 1000:.0f} kB: {file}")


if __name__ == "__main__":
    main(sys.argv[1:])
