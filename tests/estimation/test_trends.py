from __future__ import annotations

import numpy as np

from core.estimation.trends import SPAN_S, STEP_S, Trend, add, words
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


def test_too_little_history_is_steady() -> None:
    assert set(words(Trend()).values()) == {"steady"}
    assert words(_run([0.1, 0.9], step_s=0.6))["happy"] == "steady"


def test_memory_is_bounded_by_the_span() -> None:
    trend = _run([0.5] * 4000)
    assert len(trend.times_s) <= SPAN_S / STEP_S + 1
