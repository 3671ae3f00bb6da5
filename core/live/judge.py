"""From what the lanes tell to what the session tells: order, baseline, fusion, ticks and utterances.

The judge owns the fusion of one stream. It is told outcomes and times and calls `emit` for each event, in order.
Pure: it keeps state, and has no await, clock or log.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace

from core.estimation import baseline, fusion
from core.estimation.baseline import Baseline
from core.estimation.fusion import FusionSettings, FusionState
from core.estimation.ordering import Ordering, Outcome
from core.estimation.utterance_fusion import fuse_utterance
from core.modalities import MODALITY_FACTS, is_of_person
from core.types import BaselineState, Estimate, Event, FusedEstimate, Modality, Preferences, Utterance

TICK_S = 0.5
"""a fused event comes at least this often in session time"""
REMEMBERED = 600
"""estimates kept for the next utterance: 30 s of a face at 10 pictures/s, of voice and of words, with room"""


class Judge:
    """One per session."""

    def __init__(
        self,
        settings: FusionSettings,
        ordering: Ordering,
        emit: Callable[[Event], None],
        with_latency: Callable[[FusedEstimate, float], FusedEstimate],
    ) -> None:
        """`with_latency` is given a fused estimate and when the newest input in it arrived."""
        self.settings = settings
        self.baseline = Baseline()
        self.told_s: dict[Modality, float] = {}
        """session time of the newest reading of each modality that was told"""
        self.readings = 0
        """pictures read since somebody last set it to 0"""
        self._ordering = ordering
        self._emit = emit
        self._with_latency = with_latency
        self._fusion = FusionState()
        self._fused_at_s: float | None = None
        self._recent: deque[Estimate] = deque(maxlen=REMEMBERED)
        self._faulty: set[Modality] = set()
        self._baseline_told_s = 0.0

    # -- from the lanes -----------------------------------------------------------------------------

    def push(self, outcome: Outcome) -> None:
        """One lane made something of one input."""
        self._faulty.discard(outcome.modality)
        self._take_all(self._ordering.push(outcome))

    def fail(self, modality: Modality, code: str, time_s: float) -> None:
        """A lane could make nothing of its input at `time_s`."""
        self._faulty.add(modality)
        self._fusion = fusion.note_missing(self._fusion, modality, code)
        self._take_all(self._ordering.push(Outcome(modality, time_s, 0.0, 0.0, ())))

    def finish(self, modality: Modality) -> None:
        """Nothing more comes of this modality."""
        self._take_all(self._ordering.finish(modality))

    def rest(self) -> None:
        """Tell what is still held back."""
        self._take_all(self._ordering.rest())

    def forget(self, modalities: Iterable[Modality]) -> None:
        """What was read of these no longer counts."""
        for modality in modalities:
            self._fusion = fusion.forget(self._fusion, modality)
            self._recent = deque((e for e in self._recent if e.modality != modality), maxlen=REMEMBERED)

    def prefer(self, preferences: Preferences) -> None:
        """Weights and smoothing, from the next fused event on; what is None stays."""
        settings = self.settings
        if preferences.weights is not None:
            settings = replace(settings, base_weights=dict(settings.base_weights) | preferences.weights)
        if preferences.smoothing_s is not None:
            settings = replace(settings, smoothing_s=preferences.smoothing_s)
        self.settings = settings

    # -- time ----------------------------------------------------------------------------------------

    def tick(self, now_s: float) -> None:
        """The fused events that session time alone demands, up to `now_s`."""
        if self._fused_at_s is None:
            self._fused_at_s = 0.0
        while now_s - self._fused_at_s >= TICK_S:
            self._fuse(self._fused_at_s + TICK_S, None)

    def due_in_s(self, now_s: float) -> float:
        """Seconds until the next tick; 0 or less where one is due."""
        return 0.0 if self._fused_at_s is None else TICK_S - (now_s - self._fused_at_s)

    def skip_to(self, time_s: float | None) -> None:
        """No fused event is owed for the time before this."""
        self._fused_at_s = time_s

    # -- baseline ------------------------------------------------------------------------------------

    def change_baseline(self, action: str, time_s: float) -> None:
        """ "start", "stop" or "clear"."""
        changed = {"start": baseline.start, "stop": baseline.stop}
        if action in changed:
            self.baseline = changed[action](self.baseline, time_s)
        else:
            self.baseline = baseline.clear(self.baseline)
        self._tell_baseline(time_s)

    def _tell_baseline(self, time_s: float) -> None:
        self._baseline_told_s = time_s
        told: BaselineState = baseline.describe(self.baseline, time_s)
        self._emit(told)

    def _advance_baseline(self, time_s: float) -> None:
        if self.baseline.started_s is None:
            return
        before, self.baseline = self.baseline, baseline.advance(self.baseline, time_s)
        if self.baseline.started_s != before.started_s or time_s - self._baseline_told_s >= 1.0:
            self._tell_baseline(time_s)

    # -- to the session ------------------------------------------------------------------------------

    def _take_all(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            self._take(outcome)

    def _take(self, outcome: Outcome) -> None:
        """Tell the events of one input, then the fused event they lead to."""
        self.tick(outcome.upto_s)
        self._advance_baseline(outcome.upto_s)
        self.readings += MODALITY_FACTS[outcome.modality].medium == "picture"
        estimates = [self._estimate(event) for event in outcome.events if isinstance(event, Estimate)]
        read = iter(estimates)
        for event in outcome.events:
            self._emit(next(read) if isinstance(event, Estimate) else event)
        if any(is_of_person(estimate) for estimate in estimates):
            self._fuse(outcome.upto_s, outcome.arrived_s)
        elif not estimates and outcome.modality not in self._faulty:
            found_nothing = MODALITY_FACTS[outcome.modality].found_nothing
            self._fusion = fusion.note_missing(self._fusion, outcome.modality, found_nothing)
        for event in outcome.events:
            if isinstance(event, Utterance) and event.is_final:
                self._emit(fuse_utterance(tuple(self._recent), event, self.settings))

    def _estimate(self, estimate: Estimate) -> Estimate:
        """As the person's baseline corrects it; remembered for the fusion and for the next utterance."""
        self.baseline = baseline.observe(self.baseline, estimate)
        corrected = baseline.apply(self.baseline, estimate)
        self._fusion = fusion.add(self._fusion, corrected)
        self.told_s[corrected.modality] = max(corrected.end_s, self.told_s.get(corrected.modality, 0.0))
        if is_of_person(corrected):
            self._recent.append(corrected)
        return corrected

    def _fuse(self, time_s: float, arrived_s: float | None) -> None:
        at_s = time_s if self._fused_at_s is None else max(time_s, self._fused_at_s)
        self._fusion, fused = fusion.fuse(self._fusion, at_s, self.settings)
        self._fused_at_s = at_s
        self._emit(fused if arrived_s is None else self._with_latency(fused, arrived_s))
