"""How many recordings were joined to one file."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from core.transports import recordings
from core.transports.recordings import count
from tests.transports.clips import clip_of
from tests.transports.recordings import recording


@pytest.mark.parametrize("container", ["webm", "mp4"])
@pytest.mark.parametrize("times", [1, 2, 5])
def test_each_recording_is_counted(container, times) -> None:
    assert count(io.BytesIO(recording(container, 0.3) * times)) == times


@pytest.mark.parametrize("container", ["mp4", "mov", "webm"])
def test_film_is_one(portrait, container) -> None:
    assert count(io.BytesIO(clip_of([portrait] * 3, container=container))) == 1


@pytest.mark.parametrize("piece", [65, 100, 1000])
def test_head_on_the_border_of_a_piece_is_counted_once(monkeypatch, piece) -> None:
    monkeypatch.setattr(recordings, "PIECE", piece)
    assert count(io.BytesIO(recording("webm", 0.3) * 3)) == 3


def test_file_on_disk_is_counted_as_one_in_memory(tmp_path: Path) -> None:
    clip = tmp_path / "two.webm"
    clip.write_bytes(recording("webm", 0.3) * 2)
    assert count(clip) == 2


@pytest.mark.parametrize(
    "data", [b"", b"RIFF" * 10, b"\0\0\0\1ftyp", b"\0\0\0\0ftyp" + bytes(100), b"\x1a\x45\xdf\xa3"]
)
def test_anything_else_has_none(data) -> None:
    assert count(io.BytesIO(data)) == 0


def test_mark_within_the_media_is_no_recording() -> None:
    assert count(io.BytesIO(recording("webm", 0.3) + b"\x1a\x45\xdf\xa3" + bytes(100))) == 1
