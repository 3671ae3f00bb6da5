"""Scripts: what a mood leaves open, and which scene is on."""

from __future__ import annotations

import pytest

from core.synthetic.script import Scene, Script, probabilities


@pytest.mark.parametrize("mood", [{}, {"happy": 0.8}, {"sad": 0.5, "angry": 0.5}])
def test_what_a_mood_leaves_open_is_spread_over_all(mood) -> None:
    probs = probabilities(mood)
    assert probs.sum() == pytest.approx(1)
    assert probs.min() == pytest.approx((1 - sum(mood.values())) / 7, abs=1e-6)


def test_the_newest_scene_is_on() -> None:
    first, second = Scene(0.0, {"happy": 0.9}), Scene(5.0, {"sad": 0.9})
    script = Script(10.0, (first, second))
    assert script.scene_at(4.99) is first
    assert script.scene_at(5.0) is second
