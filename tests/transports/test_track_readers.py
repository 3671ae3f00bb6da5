"""A track's frames to media: which pictures are taken, and where each sample lies."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from core.errors import MediaError
from core.transports import track_readers
from core.transports.clip_time import ClipTime
from core.transports.track_readers import PictureReader, SoundReader


def _picture(at_s: float) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
    frame.time_base, frame.pts = Fraction(1, 1000), round(at_s * 1000)
    return frame


def _sound(at_s: float | None, seconds: float = 0.1) -> av.AudioFrame:
    samples = np.full((1, round(seconds * 16_000)), 0.5, np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    frame.sample_rate = 16_000
    if at_s is not None:
        frame.time_base, frame.pts = Fraction(1, 16_000), round(at_s * 16_000)
    return frame


def _heard(reader: SoundReader, *frames: av.AudioFrame) -> list[tuple[float, float]]:
    """Start and end of each chunk."""
    chunks = [chunk for frame in frames for chunk in reader.take(frame)] + list(reader.rest())
    return [(round(chunk.start_s, 3), round(chunk.time_s, 3)) for chunk in chunks]


def test_pictures_are_taken_at_the_wanted_rate_and_none_before_the_begin() -> None:
    reader = PictureReader(10.0, ClipTime(1.0), 30.0, 1.0)
    taken = [item for n in range(60) for item in reader.take(_picture(0.5 + n / 30))]
    assert [round(item.time_s, 1) for item in taken] == [n / 10 for n in range(15)]
    assert reader.number == 60


def test_pictures_without_end_at_one_moment_are_too_many(monkeypatch) -> None:
    monkeypatch.setattr(track_readers, "SPARE_PICTURES", 20)
    reader = PictureReader(10.0, ClipTime(0.0), 30.0, 1.0)
    for _ in range(20):
        list(reader.take(_picture(0.0)))
    with pytest.raises(MediaError) as error:
        list(reader.take(_picture(0.0)))
    assert error.value.code == "picture_rate"


def test_sound_comes_in_whole_chunks_and_its_rest_at_the_end() -> None:
    assert _heard(SoundReader(ClipTime(0.0)), _sound(0.0, 0.15), _sound(0.15, 0.1)) == [
        (0.0, 0.1),
        (0.1, 0.2),
        (0.2, 0.25),
    ]


def test_gap_in_the_sound_stays_a_gap() -> None:
    assert _heard(SoundReader(ClipTime(0.0)), _sound(0.0), _sound(0.5)) == [(0.0, 0.1), (0.5, 0.6)]


def test_sound_before_the_first_picture_is_left_out() -> None:
    assert _heard(SoundReader(ClipTime(0.05)), _sound(0.0), _sound(0.1)) == [(0.0, 0.1), (0.1, 0.15)]


def test_sound_that_lies_over_what_was_heard_is_left_out_and_time_never_runs_back() -> None:
    heard = _heard(SoundReader(ClipTime(0.0)), _sound(0.0, 0.3), _sound(0.15, 0.3), _sound(0.45))
    assert heard == [(0.0, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.4), (0.4, 0.5), (0.5, 0.55)]


def test_sound_without_times_follows_itself() -> None:
    assert _heard(SoundReader(ClipTime(None)), _sound(None), _sound(None)) == [(0.0, 0.1), (0.1, 0.2)]


def test_sound_over_itself_without_end_breaks_off(monkeypatch) -> None:
    monkeypatch.setattr(track_readers, "SPARE_S", 1.0)
    with pytest.raises(MediaError) as error:
        _heard(SoundReader(ClipTime(0.0)), *(_sound(0.0) for _ in range(20)))
    assert error.value.code == "sound_too_long"
