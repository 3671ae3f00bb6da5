"""Plays a script through the real judge: what a session would tell of it, and when. As fast as it can; no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from core.estimation.fusion import FusionSettings
from core.estimation.ordering import OnArrival, Outcome
from core.live.judge import Judge
from core.synthetic.lanes import outcomes
from core.synthetic.script import Script
from core.types import Event, FusedEstimate, Marker, Stats

STATS_S = 1.0


@dataclass(frozen=True, slots=True)
class Told:
    """An event and the session time at which the client is told, which for words is later than what they are about."""

    at_s: float
    event: Event


def play(script: Script, seed: int | Sequence[int], settings: FusionSettings | None = None) -> list[Told]:
    """All that is told of it, in order; the same for the same seed."""
    stage = _Stage()
    judge = Judge(settings or FusionSettings(), OnArrival(), stage.tell, stage.with_latency)
    for at_s, what in _due(script, seed):
        stage.now_s = at_s
        judge.tick(at_s)
        if isinstance(what, Outcome):
            judge.push(what)
        elif isinstance(what, Marker):
            stage.tell(what)
        else:
            readings, judge.readings = judge.readings, 0
            stage.tell(stage.stats(readings))
    return stage.told


def _due(script: Script, seed: int | Sequence[int]) -> list[tuple[float, Outcome | Marker | None]]:
    """What happens when, in order; None: another second is over."""
    due: list[tuple[float, Outcome | Marker | None]] = [*outcomes(script, np.random.default_rng(seed))]
    due += [(at_s, Marker(label, at_s)) for at_s, label in script.markers]
    due += [(number * STATS_S, None) for number in range(1, int(script.duration_s / STATS_S) + 1)]
    return sorted((one for one in due if one[0] <= script.duration_s), key=lambda one: one[0])


class _Stage:
    """Where the judge tells: keeps events with their moment, and how late the fused ones were."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.told: list[Told] = []
        self._latencies_ms: list[float] = []

    def tell(self, event: Event) -> None:
        self.told.append(Told(self.now_s, event))

    def with_latency(self, fused: FusedEstimate, arrived_s: float) -> FusedEstimate:
        latency_ms = (self.now_s - arrived_s) * 1000
        self._latencies_ms.append(latency_ms)
        return replace(fused, latency_ms=latency_ms)

    def stats(self, readings: int) -> Stats:
        """Of the second that has passed; nothing is dropped and nothing is stored."""
        latency_ms = median(self._latencies_ms) if self._latencies_ms else 0.0
        self._latencies_ms.clear()
        return Stats(readings / STATS_S, 0, latency_ms, None, 0.0)
