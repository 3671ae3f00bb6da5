"""One fusion over an utterance: what belongs to it, in any order."""

from __future__ import annotations

import random

import numpy as np
import pytest

from core.estimation.fusion import FusionSettings
from core.estimation.utterance_fusion import fuse_utterance
from core.types import Quality, Utterance
from tests.fakes import estimate

SAID = Utterance("words", 2.0, 4.0, 104.0, 4.1, "en", is_final=True, origin="speech")
SETTINGS = FusionSettings()


def readings():
    faces = [estimate("sad", 2 + n / 10) for n in range(20)]
    voices = [estimate("angry", 2.5 + n / 2, "voice", start_s=2.0) for n in range(4)]
    return [*faces, *voices, estimate("sad", 4.0, "text", start_s=2.0)]


def test_all_that_was_read_in_the_span_counts_without_regard_to_age() -> None:
    told = fuse_utterance(readings(), SAID, SETTINGS)
    assert told.fused.weights == pytest.approx({"face": 0.4, "voice": 0.3, "text": 0.3}, abs=0.06)
    assert (told.start_s, told.end_s, told.fused.time_s, told.fused.capture_s) == (2.0, 4.0, 4.0, 104.0)
    assert told.fused.probs.argmax() == 2


def test_the_order_of_arrival_does_not_matter() -> None:
    shuffled = readings()
    random.Random(3).shuffle(shuffled)
    one, other = (fuse_utterance(r, SAID, SETTINGS).fused for r in (readings(), shuffled))
    assert np.allclose(one.probs, other.probs)
    assert one.weights == other.weights


@pytest.mark.parametrize(
    "outsider",
    [
        estimate("happy", 1.0),
        estimate("happy", 5.0),
        estimate("happy", 3.0, is_subject=False),
        estimate("happy", 9.0, "voice", start_s=7.0),
        estimate("happy", 1.0, "text", start_s=0.5),
    ],
)
def test_what_lies_outside_or_is_somebody_else_does_not_count(outsider) -> None:
    alone = fuse_utterance(readings(), SAID, SETTINGS).fused
    beside = fuse_utterance([*readings(), outsider], SAID, SETTINGS).fused
    assert np.allclose(alone.probs, beside.probs)


def test_a_poor_reading_says_less_than_a_good_one() -> None:
    poor = estimate("happy", 3.0, quality=Quality(0.05))
    told = fuse_utterance([estimate("sad", 2.5), poor], SAID, SETTINGS)
    assert told.fused.probs.argmax() == 2


def test_a_voice_that_was_heard_for_longer_says_more() -> None:
    short = [estimate("happy", 2.5, "voice", start_s=2.0), estimate("happy", 3.0, "voice", start_s=2.5)]
    long = estimate("sad", 4.0, "voice", start_s=2.0)
    assert fuse_utterance([*short, long], SAID, SETTINGS).fused.probs.argmax() == 2
    assert fuse_utterance([*short, *short, *short, long], SAID, SETTINGS).fused.probs.argmax() == 1


def test_without_any_reading_it_abstains() -> None:
    told = fuse_utterance([], SAID, SETTINGS)
    assert told.fused.abstained
    assert not any(told.fused.weights.values())


def test_a_face_that_disagrees_with_the_voice_is_named() -> None:
    parts = [estimate("happy", 3.0), estimate("angry", 3.0, "voice")]
    reasons = fuse_utterance(parts, SAID, SETTINGS).fused.reasons
    assert {"face_voice_conflict", "possible_masking"} <= set(reasons)
