"""A script played through the real judge: the same each time, and the fusion's own word on it."""

from __future__ import annotations

import numpy as np
import pytest

from core.estimation.fusion import FusionSettings
from core.live.judge import TICK_S
from core.synthetic.play import play
from core.synthetic.script import Line, Scene, Script
from core.types import EMOTIONS, Estimate, FusedEstimate, Marker, Stats, UtteranceEstimate

MASKED = Script(
    10.0,
    (Scene(0.0, {"happy": 0.95}),),
    (Line(2.0, 4.0, "no it is fine really", words={"happy": 0.7}, voice={"angry": 0.9}),),
    markers=((5.0, "here"),),
)
GONE = Script(12.0, (Scene(0.0, {"happy": 0.9}), Scene(4.0, {"happy": 0.9}, has_face=False)))


def of(told, kind):
    return [one.event for one in told if isinstance(one.event, kind)]


def test_the_same_seed_tells_the_same() -> None:
    one, other = play(MASKED, 3), play(MASKED, 3)
    assert [t.at_s for t in one] == [t.at_s for t in other]
    for first, second in zip(of(one, FusedEstimate), of(other, FusedEstimate), strict=True):
        np.testing.assert_array_equal(first.probs, second.probs)
    noisy = zip(of(one, Estimate), of(play(MASKED, 4), Estimate), strict=True)
    assert any((first.probs != second.probs).any() for first, second in noisy)


def test_events_come_in_the_order_in_which_they_are_told() -> None:
    times = [one.at_s for one in play(MASKED, 3)]
    assert times == sorted(times)
    assert times[-1] <= MASKED.duration_s


def test_a_smile_over_an_angry_voice_may_be_a_mask() -> None:
    reasons = {reason for fused in of(play(MASKED, 3), FusedEstimate) for reason in fused.reasons}
    assert {"face_voice_conflict", "possible_masking"} <= reasons


def test_an_utterance_is_judged_once() -> None:
    (judged,) = of(play(MASKED, 3), UtteranceEstimate)
    assert (judged.start_s, judged.end_s) == (2.0, 4.0)
    assert EMOTIONS[int(judged.fused.probs.argmax())] == "happy"


def test_nobody_there_is_told_at_least_every_half_second() -> None:
    fused = of(play(GONE, 3), FusedEstimate)
    assert max(np.diff([one.time_s for one in fused])) <= TICK_S + 1e-6
    assert fused[-1].abstained
    assert "no_face" in fused[-1].reasons


def test_settings_of_the_fusion_are_those_given() -> None:
    strict = of(play(MASKED, 3, FusionSettings(abstain_below=1.0)), FusedEstimate)
    assert all(fused.abstained for fused in strict)


def test_statistics_are_told_every_second() -> None:
    told = of(play(MASKED, 3), Stats)
    assert len(told) == 10
    assert told[4].fps == pytest.approx(6.0, abs=1)
    assert told[4].latency_ms > 0


def test_markers_are_told_at_their_time() -> None:
    (marker,) = of(play(MASKED, 3), Marker)
    assert (marker.label, marker.time_s) == ("here", 5.0)
