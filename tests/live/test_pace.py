"""Latency over the last second."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.live.pace import Pace


def test_median_is_of_what_came_since_the_last_look() -> None:
    pace = Pace()
    for latency_ms in (10.0, 30.0, 500.0):
        pace.add(latency_ms)
    assert pace.take_median_ms() == 30.0
    assert pace.take_median_ms() == 0.0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=400))
def test_median_lies_between_the_newest_that_are_kept(latencies_ms: list[float]) -> None:
    pace = Pace()
    for latency_ms in latencies_ms:
        pace.add(latency_ms)
    kept = latencies_ms[-200:]
    assert min(kept) <= pace.take_median_ms() <= max(kept)
