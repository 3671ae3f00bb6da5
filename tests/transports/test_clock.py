from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.transports.clock import LARGEST_GAP_S, RateLimit, TrackClock

_times = st.floats(-1e9, 1e9, allow_nan=False)


def test_track_keeps_the_client_s_own_distances() -> None:
    clock = TrackClock()
    assert clock.map(500.0, 0.1) == pytest.approx(0.1)
    assert clock.map(500.25, 0.9) == pytest.approx(0.35)


def test_nothing_is_later_than_its_arrival_even_when_the_first_picture_came_late() -> None:
    clock = TrackClock()
    clock.map(0.0, 3.0)
    assert clock.map(0.15, 3.05) == pytest.approx(3.05)
    assert clock.map(0.30, 3.20) == pytest.approx(3.20)
    assert clock.jumps == 0


def test_without_a_client_time_arrival_counts() -> None:
    assert TrackClock().map(None, 3.0) == 3.0


def test_a_clock_that_jumps_is_anchored_anew() -> None:
    clock = TrackClock()
    clock.map(10.0, 0.0)
    assert clock.map(10.0 + LARGEST_GAP_S + 60, 1.0) == 1.0
    assert clock.map(10.0 + LARGEST_GAP_S + 60.5, 1.6) == 1.5
    assert clock.jumps == 1


@given(st.lists(st.tuples(_times, st.floats(0, 5)), min_size=1, max_size=30))
def test_session_time_never_runs_backwards_nor_away_from_arrival(inputs) -> None:
    clock, arrived_s, last_s = TrackClock(), 0.0, 0.0
    for capture_s, wait_s in inputs:
        arrived_s += wait_s
        time_s = clock.map(capture_s, arrived_s)
        assert time_s >= last_s
        assert abs(time_s - arrived_s) <= 2 * LARGEST_GAP_S
        last_s = time_s


def test_rate_limit_allows_a_second_s_worth_then_the_rate() -> None:
    limit = RateLimit(10)
    assert sum(limit.take(100.0) for _ in range(50)) == 10
    assert sum(limit.take(100.5) for _ in range(50)) == 5
    assert limit.take(200.0)
