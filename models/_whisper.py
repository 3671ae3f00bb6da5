"""What every Whisper here has in common: how a model is asked, and what its answer is worth. The package comes late."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from core.engines.requests import TranscribeSpeech, Transcript
from core.types import SOUND_RATE_HZ, FloatArray

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

LONGEST = 30 * SOUND_RATE_HZ
"""samples of one utterance; Whisper looks at 30 s at a time"""
TOKENS_PER_S, LEAST_TOKENS = 12, 8
"""what is ever said in a second, in languages whose words take several tokens too, and what a short word may take"""
REPETITIVE = 2.4
"""compression ratio (zlib) above which a text goes round in circles: OpenAI's own limit"""


def answer(model: WhisperModel, request: TranscribeSpeech, name: str, least: float = 0.0) -> Transcript:
    """The utterance so far in its language; no words where the model is less sure than `least`."""
    if not len(request.samples):
        return Transcript("", 0.0, name)
    text, confidence = hear(model, request.samples[:LONGEST], primary(request.language))
    return Transcript(text if confidence >= least else "", confidence, name)


def hear(model: WhisperModel, samples: FloatArray, language: str) -> tuple[str, float]:
    """Words of (n,) samples, and the geometric mean of their tokens' probabilities, 0 to 1."""
    segments, _ = model.transcribe(
        samples,
        language=language,
        beam_size=1,
        temperature=0.0,
        condition_on_previous_text=False,
        without_timestamps=True,
        max_new_tokens=LEAST_TOKENS + len(samples) * TOKENS_PER_S // SOUND_RATE_HZ,
    )
    found = [segment for segment in segments if segment.compression_ratio <= REPETITIVE]
    if not found:
        return "", 0.0
    confidence = math.exp(sum(segment.avg_logprob for segment in found) / len(found))
    return " ".join(segment.text.strip() for segment in found), round(min(1.0, confidence), 2)


def primary(language: str) -> str:
    """The first part of a BCP-47 tag, as Whisper names languages."""
    return language.replace("_", "-").split("-")[0].lower()
