"""What the person sets while a session runs: the fusion, the patience, the language and the companion."""

from __future__ import annotations

import re
from typing import Literal

from core.transports.wire.message import FromClient, MessageError
from core.types import MODALITIES, Modality, Preferences

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
"""BCP-47, as far as its shape goes"""
RANGES = {"smoothing_s": (0.0, 5.0), "patience_s": (0.3, 2.0)}
"""seconds, lowest and highest"""


class Prefer(FromClient, frozen=True):
    """Taken at once; what is left out stays as it is."""

    TYPE = "preferences"
    weights: dict[str, float] | None = None
    """base weights of face, voice and text in the fusion, each 0 to 1 and not all 0"""
    smoothing_s: float | None = None
    """time constant of the fused estimate in seconds, 0 to 5"""
    patience_s: float | None = None
    """seconds of silence that end an utterance, 0.3 to 2; English words may halve that, or make it 12/7 of it"""
    language: str | None = None
    """of what is spoken and typed, as BCP-47"""
    voice: Literal["female", "male"] | None = None
    """of the companion, as are all that follow"""
    personality: Literal["therapist", "coach"] | None = None
    """what it is like"""
    style: Literal["brief", "balanced", "detailed"] | None = None
    """how long it answers"""
    reply_engine: str | None = None
    """a name of kind reply in ready.engines; one that is not there changes nothing and is told as an error"""
    replies: bool | None = None
    """false: it is silent"""


def check_prefer(message: Prefer) -> None:
    """Raises MessageError for what `preferences` cannot take."""
    preferences(message)


def preferences(message: Prefer) -> Preferences:
    """What the person set. Raises MessageError."""
    weights = _weights(message.weights) if message.weights is not None else None
    for name, (low, high) in RANGES.items():
        value = getattr(message, name)
        if value is not None and not low <= value <= high:
            raise MessageError(f"preferences: {name} must lie in {low:g} to {high:g} seconds, got {value}")
    if message.language is not None and not LANGUAGE.fullmatch(message.language):
        raise MessageError(f'preferences: language must look like "en" or "pt-BR", got {message.language!r:.40}')
    return Preferences(
        weights,
        message.smoothing_s,
        message.patience_s,
        message.language,
        message.voice,
        message.personality,
        message.style,
        message.reply_engine,
        message.replies,
    )


def _weights(given: dict[str, float]) -> dict[Modality, float]:
    if unknown := set(given) - set(MODALITIES):
        raise MessageError(f"preferences: weights are of {', '.join(MODALITIES)}; got {sorted(unknown)[0]!r:.40}")
    if not all(0 <= weight <= 1 for weight in given.values()):
        raise MessageError("preferences: each weight must lie in 0 to 1")
    if len(given) == len(MODALITIES) and not any(given.values()):
        raise MessageError("preferences: at least one weight must be above 0")
    return {modality: float(given[modality]) for modality in MODALITIES if modality in given}
