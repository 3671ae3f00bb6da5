"""A client's clock in session time: what goes wrong with clocks and networks, and what holds for any input."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.transports.clock import LOST_S, RateLimit, TrackClock

_times = st.floats(-1e9, 1e9, allow_nan=False)


def mapped(clock: TrackClock, inputs: Iterable[tuple[float, float]]) -> list[float]:
    return [clock.map(capture_s, arrived_s) for capture_s, arrived_s in inputs]


def steady(seconds: float, per_s: float = 15, capture_s: float = 0.0, arrived_s: float = 0.0, rate: float = 1.0):
    """(capture, arrival) of so many seconds."""
    return [(capture_s + n / per_s * rate, arrived_s + n / per_s) for n in range(round(seconds * per_s))]


def test_track_keeps_the_client_s_own_distances() -> None:
    clock = TrackClock()
    assert clock.map(500.0, 0.1) == pytest.approx(0.1)
    assert clock.map(500.25, 0.9) == pytest.approx(0.35)


def test_nothing_is_later_than_its_arrival_even_when_the_first_picture_came_late() -> None:
    clock = TrackClock()
    assert mapped(clock, [(0.0, 3.0), (0.15, 3.05), (0.30, 3.20)]) == pytest.approx([3.0, 3.05, 3.20])


def test_without_a_client_time_arrival_counts() -> None:
    assert TrackClock().map(None, 3.0) == 3.0


# -- what a network does ------------------------------------------------------------------------------


@pytest.mark.parametrize("stall_s", [0.5, 3.0, 6.0, 60.0])
@pytest.mark.parametrize("per_s", [1, 10, 100])
def test_a_stall_is_lateness_and_times_stay_unbroken(stall_s, per_s) -> None:
    """Five seconds, then nothing for a while, then what waited at once, then live again."""
    clock = TrackClock()
    stamps = [n / per_s for n in range(round((10 + stall_s) * per_s))]
    inputs = [(100 + t, max(t, 5 + stall_s) if t >= 5 else t) for t in stamps]
    assert mapped(clock, inputs) == pytest.approx(stamps)
    assert clock.rate is None


@pytest.mark.parametrize("drained_per_s", [1.3, 2.0, 5.0])
def test_a_stall_that_is_made_up_for_slowly_is_no_fast_clock(drained_per_s) -> None:
    clock = TrackClock()
    stamps = [n / 10 for n in range(500)]
    inputs = [(t, t if t < 5 else max(t, 11 + (t - 5) / drained_per_s)) for t in stamps]
    assert mapped(clock, inputs) == pytest.approx(stamps)
    assert clock.rate is None


def test_jitter_moves_nothing() -> None:
    clock = TrackClock()
    inputs = [(t, t + 0.3 * abs(math.sin(7 * t))) for t, _ in steady(60)]
    assert mapped(clock, inputs) == pytest.approx([t for t, _ in inputs])


def test_disorder_on_the_way_sets_no_clock_back() -> None:
    clock = TrackClock()
    assert mapped(clock, [(0.0, 0.0), (0.2, 0.2), (0.1, 0.21), (0.3, 0.3)]) == pytest.approx([0.0, 0.2, 0.2, 0.3])


# -- what a clock does ----------------------------------------------------------------------------------


@pytest.mark.parametrize("jump_s", [-1e9, -3600, -5, 2, 60, 1e9])
def test_a_clock_that_is_set_is_followed_at_once_or_within_three_seconds_and_goes_on(jump_s) -> None:
    clock = TrackClock()
    mapped(clock, steady(5))
    times = mapped(clock, steady(10, capture_s=5 + jump_s, arrived_s=5.0))
    assert times[60:] == pytest.approx([5 + n / 15 for n in range(60, 150)], abs=0.01)
    assert clock.rate is None


@pytest.mark.parametrize("stood_s", [1.5, 20.0, 3600.0])
def test_a_clock_that_stood_still_is_followed_once_the_delay_has_stayed(stood_s) -> None:
    """Numbered pictures, and a camera that was off: without this every reading after it was stale."""
    clock = TrackClock()
    mapped(clock, steady(5))
    times = mapped(clock, steady(10, capture_s=5.0, arrived_s=5 + stood_s))
    assert times[60:] == pytest.approx([5 + stood_s + n / 15 for n in range(60, 150)], abs=0.01)
    assert clock.rate is None


def test_one_stamp_from_nowhere_costs_no_more_than_itself() -> None:
    for odd_s in (-1000.0, 0.0, 1e6):
        clock = TrackClock()
        inputs = steady(10, capture_s=50.0)
        inputs[70] = (odd_s, inputs[70][1])
        times = mapped(clock, inputs)
        assert times[71:] == pytest.approx([arrived_s for _, arrived_s in inputs[71:]])


@pytest.mark.parametrize("rate", [0.0, 0.5, 25 / 30, 0.9, 1.2, 2.0, 1000.0])
@pytest.mark.parametrize("per_s", [1, 15])
def test_a_clock_that_does_not_run_with_ours_is_given_up_and_told_once(rate, per_s) -> None:
    clock = TrackClock()
    told = 0
    late_s = 0.0
    for capture_s, arrived_s in steady(40, per_s, rate=rate):
        late_s = max(late_s, arrived_s - clock.map(capture_s, arrived_s))
        told += clock.is_news()
    assert (clock.rate, told) == (pytest.approx(rate, abs=0.01), 1)
    assert clock.map(1e6, 41.0) == 41.0
    assert late_s <= LOST_S + 5 / per_s * abs(1 - rate) + 1.5 * (1 - min(rate, 1))


def test_a_slow_clock_is_given_up_before_its_pictures_are_stale() -> None:
    clock = TrackClock()
    assert max(arrived_s - clock.map(t, arrived_s) for t, arrived_s in steady(14, rate=0.5)) < 1.8


@pytest.mark.parametrize("skew", [-0.04, -0.0001, 0.0001, 0.04])
def test_a_clock_that_is_only_somewhat_off_is_kept_and_never_far_away(skew) -> None:
    clock = TrackClock()
    for capture_s, arrived_s in steady(3600, per_s=5, rate=1 + skew):
        assert arrived_s - clock.map(capture_s, arrived_s) < 1.5
    assert clock.rate is None


# -- what holds for any input ---------------------------------------------------------------------------


@given(st.lists(st.tuples(_times, st.floats(0, 100)), min_size=1, max_size=60))
def test_session_time_never_runs_back_and_is_never_later_than_arrival(inputs) -> None:
    clock, arrived_s, last_s = TrackClock(), 0.0, 0.0
    for capture_s, wait_s in inputs:
        arrived_s += wait_s
        time_s = clock.map(capture_s, arrived_s)
        assert last_s <= time_s <= arrived_s
        last_s = time_s


@given(st.lists(st.floats(0, 0.9), max_size=200), st.floats(0, 1e6), st.floats(0, 600), st.integers(1, 200))
def test_unbroken_client_times_stay_unbroken_whatever_delay_and_stall_do(delays, begin_s, stall_s, stalled) -> None:
    clock = TrackClock()
    arrivals = [n / 10 + delay_s for n, delay_s in enumerate([0.0, *delays])]
    held_s = arrivals[min(stalled, len(arrivals) - 1)] + stall_s
    arrivals = [a if n < stalled else max(a, held_s) for n, a in enumerate(arrivals)]
    arrivals = list(itertools.accumulate(arrivals, max))
    times = [clock.map(begin_s + n / 10, arrived_s) for n, arrived_s in enumerate(arrivals)]
    assert times == pytest.approx([n / 10 for n in range(len(times))], abs=1e-6)


def test_rate_limit_allows_a_second_s_worth_then_the_rate() -> None:
    limit = RateLimit(10)
    assert sum(limit.take(100.0) for _ in range(50)) == 10
    assert sum(limit.take(100.5) for _ in range(50)) == 5
    assert limit.take(200.0)
