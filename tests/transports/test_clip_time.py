"""Session time of a clip: one recording, and several joined."""

from __future__ import annotations

import pytest

from core.transports.clip_time import BACK_S, ClipTime


def test_time_begins_with_the_first_picture_and_sound_before_it_lies_below_0() -> None:
    time = ClipTime(10.0)
    assert time.map("sound", 9.5) == pytest.approx(-0.5)
    assert time.map("picture", 10.0) == 0.0
    assert time.map("picture", 10.1) == pytest.approx(0.1)


def test_without_a_stated_begin_the_first_thing_is_at_0() -> None:
    time = ClipTime(None)
    assert time.map("sound", 7.0) == 0.0
    assert time.map("sound", 7.5) == 0.5


def test_second_recording_lies_behind_the_end_of_the_first_on_all_tracks() -> None:
    time = ClipTime(0.0)
    for n in range(20):
        time.map("picture", n / 10, 0.1)
        time.map("sound", n / 10, 0.1)
    assert time.map("sound", 0.0, 0.1) == pytest.approx(2.0)
    assert time.map("picture", 0.05, 0.1) == pytest.approx(2.05)
    assert time.map("sound", 0.1, 0.1) == pytest.approx(2.1)
    assert time.recordings == 2


def test_track_that_comes_late_to_the_second_recording_is_not_moved_twice() -> None:
    time = ClipTime(0.0)
    time.map("picture", 1.9, 0.1)
    assert time.map("picture", 0.0, 0.1) == pytest.approx(2.0)
    assert time.map("sound", 1.8, 0.2) == pytest.approx(1.8)
    assert time.map("sound", 0.0, 0.2) == pytest.approx(2.0)


def test_times_that_jitter_are_one_recording() -> None:
    time = ClipTime(0.0)
    assert [time.map("picture", at_s) for at_s in (0.0, 1.0, 1.0 - BACK_S / 2, 1.1)] == [
        0.0,
        1.0,
        1.0 - BACK_S / 2,
        1.1,
    ]
    assert time.recordings == 1


def test_any_number_of_recordings_only_ever_goes_on() -> None:
    time = ClipTime(0.0)
    told = [time.map("sound", 0.0, 1.0) for _ in range(50)]
    assert told == [float(n) for n in range(50)]
