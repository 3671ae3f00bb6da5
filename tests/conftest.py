"""What every test may use: the datasets folder, a real portrait, and the rule that nothing skips where data is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as property_settings

from core.record import passwords

if TYPE_CHECKING:
    import numpy as np

    from tests.server import Server  # the whole app: 2 s, also of a process that only hands the tests out

property_settings.register_profile("repeatable", derandomize=True, deadline=None)
property_settings.register_profile("quick", derandomize=True, deadline=None, max_examples=25)
property_settings.register_profile("explore", max_examples=5_000, deadline=None)
property_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
"""A run of the tests tries the same examples each time; HYPOTHESIS_PROFILE=explore looks for new ones.

`make check` tries a quarter of them."""

WHOLE = frozenset({"server", "datasets", "ears", "house", "store"})
"""fixtures that make a test slow: the app with its engines, recordings of people, real nets, a database on the disk"""
HERE = Path(__file__).parent
BROWSER = HERE / "browser"
SLOW_ROOMS = frozenset({"benchmarks", "browser", "exports", "models", "mutation", "record", "rest"})
"""a file on the disk, a net or a process in nearly every test"""
FULL_COST = passwords.COST
"""of a password's hash, as people get it"""
DATASETS = Path(os.environ.get("ATTUNE_DATASETS", "../shared/datasets"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The quick run does not even import the slow rooms, and what they import: torch, above all."""
    is_slow_room = collection_path.parent == HERE and collection_path.name in SLOW_ROOMS
    return True if is_slow_room and "not slow" in config.option.markexpr else None


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Hundreds of tests sign somebody up: a hash of theirs takes a thousandth of the time that a person's takes."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "COST", (1, 8, 1))
        yield


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with database and key as the first start makes them."""
    from core.record.store import FILE_NAME, Store

    folder = tmp_path_factory.mktemp("record")
    Store(folder / FILE_NAME).close()
    return folder


@pytest.fixture
def data_dir(tmp_path: Path, empty_record: Path) -> Path:
    """The test's own folder, with an empty record in it: opening one takes a third of the time of making one."""
    shutil.copytree(empty_record, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The folder of labelled data, or a skip that says so."""
    if not DATASETS.is_dir():
        pytest.skip(f"no datasets at {DATASETS}; set ATTUNE_DATASETS")
    return DATASETS


@pytest.fixture(scope="session")
def cases(datasets: Path) -> Path:
    """The folder beside the datasets with inputs that once failed, or a skip that says so."""
    folder = datasets.parent / "cases"
    if not folder.is_dir():
        pytest.skip(f"no inputs of the field test at {folder}")
    return folder


@pytest.fixture(scope="session")
def portrait() -> np.ndarray:
    """The public-domain portrait that scikit-image ships: one smiling face, uint8 (512, 512, 3) RGB."""
    from skimage import data

    return data.astronaut()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop running here, and no other may run beside it.

    What needs the whole app, real recordings or a process is not part of the quick run.
    """
    for item in items:
        if BROWSER in item.path.parents:
            item.add_marker(pytest.mark.browser)
        is_in_slow_room = item.path.relative_to(HERE).parts[0] in SLOW_ROOMS
        if is_in_slow_room or WHOLE & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where the datasets folder exists no test may skip."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and DATASETS.is_dir() and session.exitstatus == 0:
        reporter.write_line(f"{len(skipped)} skipped although {DATASETS} is there: not allowed", red=True)
        session.exitstatus = 1


def jpeg_of(image: np.ndarray, quality: int = 85) -> bytes:
    """RGB (height, width, 3) to JPEG bytes."""
    import cv2

    return cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


@pytest.fixture(scope="session")
def portrait_jpeg(portrait: np.ndarray) -> bytes:
    """The portrait as a camera would send it."""
    return jpeg_of(portrait)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with real engines, real DuckDB and real sockets."""
    from core.settings import Settings
    from tests.server import Server

    data_dir = tmp_path_factory.mktemp("data")
    # Hundreds of short tests share this server, and what a test leaves waits 2 s to be resumed: room for all of them.
    wide = {"guests_per_minute": 10_000, "logins_per_minute": 10_000, "requests_per_minute": 1_000_000}
    places = {"max_sessions": 1000, "sessions_per_person": 1000, "sessions_per_address": 1000}
    with Server(Settings(data_dir=data_dir, resume_s=2.0, **places, **wide)) as running:
        yield running
