from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.estimation.trends import CHANGE, SHORTEST_S, SPAN_S, STEP_S, Trend, add, words
from tests.fakes import probs


def _run(shares, step_s=0.25):
    trend = Trend()
    for number, share in enumerate(shares):
        trend = add(trend, number * step_s, probs("happy", share))
    return trend


def test_growing_expression_is_rising_and_the_others_fall() -> None:
    told = words(_run(np.linspace(0.2, 0.9, 40)))
    assert told["happy"] == "rising"
    assert told["sad"] in ("steady", "falling")


def test_shrinking_expression_is_falling() -> None:
    assert words(_run(np.linspace(0.9, 0.2, 40)))["happy"] == "falling"


def test_wobble_is_steady() -> None:
    assert words(_run([0.5, 0.52] * 20))["happy"] == "steady"


@given(st.lists(st.floats(0.3, 4.0), min_size=5, max_size=20), st.integers(0, 2**32 - 1))
def test_the_line_is_that_of_least_squares_however_unevenly_the_samples_came(gaps_s, seed) -> None:
    chance, trend, at_s = np.random.default_rng(seed), Trend(), 0.0
    for gap_s in gaps_s:
        at_s += gap_s
        trend = add(trend, at_s, chance.dirichlet(np.ones(7)).astype(np.float32))
    times = np.asarray(trend.times_s)
    if times[-1] - times[0] < SHORTEST_S:
        return
    changes = np.polyfit(times, np.stack(trend.probs), 1)[0] * (times[-1] - times[0])
    for change, told in zip(changes, words(trend).values(), strict=True):
        if abs(abs(change) - CHANGE) > 1e-6:
            assert told == ("rising" if change > CHANGE else "falling" if change < -CHANGE else "steady")


def test_too_little_history_is_steady() -> None:
    assert set(words(Trend()).values()) == {"steady"}
    assert words(_run([0.1, 0.9], step_s=0.6))["happy"] == "steady"


def test_memory_is_bounded_by_the_span() -> None:
    trend = _run([0.5] * 4000)
    assert len(trend.times_s) <= SPAN_S / STEP_S + 1
