"""The pictures of the page: an app that is awaited and always ended, and files that lose nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.commands import screenshots
from core.commands.screenshots import compress, take, wait_until_ready


@pytest.fixture
def ended() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is over already."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait(10)
        yield process


def test_app_that_ended_is_told_with_what_to_do(ended: subprocess.Popen[bytes]) -> None:
    with pytest.raises(RuntimeError, match=r"run `python app\.py` to see why"):
        wait_until_ready("http://127.0.0.1:1", ended)


def test_compressed_picture_looks_the_same(tmp_path: Path) -> None:
    file, pixels = tmp_path / "page.png", np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).convert("RGBA").save(file, compress_level=0)
    before = file.stat().st_size
    compress(file)
    assert np.array_equal(np.asarray(Image.open(file)), pixels)
    assert file.stat().st_size < before


def test_missing_browser_is_told_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screenshots.shutil, "which", lambda _name: None)
    with pytest.raises(RuntimeError, match="make chromium"):
        take(tmp_path / "pictures")
