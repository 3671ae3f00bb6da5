"""Which readings of a person's own device count, and how."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.errors import Limit
from core.live.device import READINGS_PER_S, DeviceReadings, ReadingError
from core.types import Quality
from tests.fakes import estimate, probs


def test_a_reading_counts_with_its_origin_in_its_name_and_a_sum_of_one() -> None:
    rounded = np.array([0.14, 0.14, 0.14, 0.14, 0.14, 0.14, 0.14], np.float32)
    admitted = DeviceReadings().admit(estimate(at_s=1.0, probs=rounded, engine="net-3"), now_s=1.0, told_s=0.0)
    assert admitted.engine == "browser:net-3"
    assert admitted.probs.sum() == pytest.approx(1)
    assert np.array_equal(admitted.probs, admitted.probs_raw)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"probs": probs("happy") * 0.9}, "sum to 1"),
        ({"probs": np.array([2, -1, 0, 0, 0, 0, 0], np.float32)}, "from 0 to 1"),
        ({"probs": np.full(7, np.nan, np.float32)}, "from 0 to 1"),
        ({"probs": np.ones(1, np.float32)}, "up to 7 expressions"),
        ({"quality": Quality(1.01)}, "quality"),
        ({"quality": Quality(math.nan)}, "quality"),
        ({"face_id": -1}, "face_id"),
        ({"face_id": 2**31}, "face_id"),
        ({"start_s": 2.0}, "before it began"),
        ({"capture_s": math.inf}, "finite"),
        ({"frame_px": (0, 10)}, "frame"),
        ({"box_px": (10.0, 10.0, 5.0, 20.0)}, "box"),
        ({"box_px": (0.0, 0.0, math.inf, 1.0)}, "box"),
        ({"box_px": (math.nan, 0.0, 1.0, 1.0)}, "box"),
        ({"box_px": (200.0, 10.0, 300.0, 20.0)}, "100x100"),
    ],
)
def test_a_reading_that_cannot_be_one_is_refused_with_the_reason(changes, says) -> None:
    with pytest.raises(ReadingError, match=says) as refused:
        DeviceReadings().admit(estimate(at_s=1.0, **changes), now_s=1.0, told_s=0.0)
    assert refused.value.code == "bad_reading"


def test_a_face_at_the_edge_and_one_without_a_picture_size_are_taken() -> None:
    gate = DeviceReadings()
    gate.admit(estimate(at_s=1.0, box_px=(-20.0, -5.0, 30.0, 40.0)), now_s=1.0, told_s=0.0)
    gate.admit(estimate(at_s=1.0, frame_px=None, box_px=(3000.0, 10.0, 3100.0, 90.0)), now_s=1.0, told_s=0.0)


@pytest.mark.parametrize("at_s", [1.01, 0.49, math.nan])
def test_neither_the_future_nor_what_was_told_can_be_read(at_s) -> None:
    with pytest.raises(ReadingError):
        DeviceReadings().admit(estimate(at_s=at_s), now_s=1.0, told_s=0.5)


def test_more_than_thirty_a_second_are_left_out_and_the_next_second_is_free_again() -> None:
    gate = DeviceReadings()
    for _ in range(READINGS_PER_S):
        gate.admit(estimate(at_s=1.0), now_s=1.0, told_s=0.0)
    with pytest.raises(Limit) as refused:
        gate.admit(estimate(at_s=1.0), now_s=1.9, told_s=0.0)
    assert refused.value.code == "too_many_readings"
    gate.admit(estimate(at_s=1.0), now_s=2.0, told_s=0.0)
