"""In which order lanes' outcomes reach the fusion: as they come (live) or by their times (replay).

A lane reports how far it has got even when it found nothing. In order of time an outcome is let
through once every lane has got at least as far, so the order does not depend on the machine's speed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from core.types import MODALITIES, Estimate, Fault, Modality, SpeechLasting, SpeechState, Utterance


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one lane made of one input."""

    modality: Modality
    upto_s: float
    """everything of this lane up to here has been told"""
    capture_s: float
    arrived_s: float
    events: tuple[Estimate | SpeechState | SpeechLasting | Utterance | Fault, ...]
    """estimates (one per face, one per window), speech states, utterances; empty where nothing was found"""


class Ordering(Protocol):
    """`push` an outcome, get those that are due; `rest` gives what is left at the end.

    `finish` tells that nothing more comes of a modality, so that nobody waits for it; it gives what that makes due.
    """

    def push(self, outcome: Outcome) -> list[Outcome]: ...

    def finish(self, modality: Modality) -> list[Outcome]: ...

    def rest(self) -> list[Outcome]: ...


class OnArrival:
    """Live: everything at once."""

    def push(self, outcome: Outcome) -> list[Outcome]:
        return [outcome]

    def finish(self, _modality: Modality) -> list[Outcome]:
        return []

    def rest(self) -> list[Outcome]:
        return []


@dataclass
class InOrder:
    """Replay: by time, then face, voice, text (words come of the voice); held back while one may come before.

    Lanes make their senders wait, so what is held back of a clip whose tracks lie side by side is a few seconds; of one
    whose sound lies behind all of its pictures it is an outcome a picture (6,000 of ten minutes at 10 a second).
    """

    modalities: Iterable[Modality]
    _reached_s: dict[Modality, float] = field(default_factory=dict)
    _waiting: list[Outcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reached_s = dict.fromkeys(self.modalities, float("-inf"))

    def push(self, outcome: Outcome) -> list[Outcome]:
        self._waiting.append(outcome)
        self._reached_s[outcome.modality] = max(self._reached_s[outcome.modality], outcome.upto_s)
        return self._take(min(self._reached_s.values()))

    def finish(self, modality: Modality) -> list[Outcome]:
        self._reached_s[modality] = float("inf")
        return self._take(min(self._reached_s.values()))

    def rest(self) -> list[Outcome]:
        return self._take(float("inf"))

    def _take(self, upto_s: float) -> list[Outcome]:
        due = [outcome for outcome in self._waiting if outcome.upto_s <= upto_s]
        due.sort(key=lambda outcome: (outcome.upto_s, MODALITIES.index(outcome.modality)))
        self._waiting = [o for o in self._waiting if o.upto_s > upto_s]
        return due
