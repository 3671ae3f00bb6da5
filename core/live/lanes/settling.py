"""Words of the running utterance that are settled: heard in one of its pauses, and not heard again. Pure.

A recogniser that hears whole stretches takes the longer for one the longer it is, and more than in proportion: without
this, each pause and each look at the words so far would hear everything from the beginning on. So an utterance is heard
stretch by stretch. A stretch ends at a pause after a sentence that was surely heard; what lasts long, at any pause.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.engines.requests import Transcript
from core.estimation.end_of_turn import LIKELY_CLOSING
from core.estimation.words import UNSURE_TRANSCRIPT
from core.types import SOUND_RATE_HZ

LEAST = 4 * SOUND_RATE_HZ
"""samples of a stretch before its words are settled; a recogniser hears a sentence better than a part of it"""
LONG = 8 * SOUND_RATE_HZ
"""samples from which on any words are settled at the next pause, sure or not"""


@dataclass(frozen=True, slots=True)
class Settled:
    """The beginning of an utterance."""

    said: Transcript
    """its words; its confidence is the mean over its sound"""
    samples: int
    """of sound in which they were heard"""


def is_settled(stretch: Transcript, samples: int) -> bool:
    """Whether words heard in a pause, of so many samples since the last ones, are heard for good."""
    if not stretch.text.strip() or samples < LEAST:
        return False
    is_sure = stretch.confidence >= UNSURE_TRANSCRIPT and (stretch.closing or 0.0) >= LIKELY_CLOSING
    return is_sure or samples >= LONG


def and_then(before: Settled | None, stretch: Transcript, samples: int) -> Settled:
    """With the words of the next stretch behind them; how it ends is what the newest says."""
    if before is None:
        return Settled(stretch, samples)
    whole = before.samples + samples
    confidence = (before.said.confidence * before.samples + stretch.confidence * samples) / max(1, whole)
    text = f"{before.said.text.strip()} {stretch.text.strip()}".strip()
    return Settled(replace(stretch, text=text, confidence=round(confidence, 3)), whole)
