"""One person's stream: media in with its time, estimates and fused events out. Live or replayed.

The session owns everything that belongs to the stream (lane states, fusion state, scopes, pause);
engines are shared. Transports hand media in and listen; they decide nothing.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from core.errors import AppError, Closed, EngineUnavailable, Refused, StoreError
from core.estimation import fusion
from core.estimation.fusion import FusionSettings, FusionState
from core.estimation.ordering import InOrder, OnArrival, Ordering, Outcome
from core.live.engine import EngineDoor, Lane
from core.live.lanes.runner import Delivery, LaneRunner
from core.live.subscription import Subscription
from core.metrics import Metrics
from core.types import (
    EncodedFrame,
    Event,
    Fault,
    FusedEstimate,
    Marker,
    Modality,
    Person,
    Scope,
    SelfReport,
    SessionState,
    Stats,
    VideoFrame,
)

log = logging.getLogger(__name__)

TICK_S = 0.5
"""a fused event comes at least this often in session time"""
STATS_S = 1.0
STOP_S = 2.0
"""pictures in work when the session stops get this long to finish"""

SCOPE_OF: dict[Modality, Scope] = {"face": "camera", "voice": "microphone"}
FOUND_NOTHING: dict[Modality, str] = {"face": "no_face", "voice": "no_speech", "text": "no_words"}


class Recorder(Protocol):
    """Where events of a session with the `history` scope go. Live knows only this of what is kept."""

    async def open_session(
        self, session_id: str, user_id: str, started_at: float, consent_id: str, settings: Mapping[str, object]
    ) -> None: ...

    def append(self, session_id: str, event: Event) -> None: ...

    def stored_to_s(self, session_id: str) -> float: ...

    def forget(self, session_id: str) -> None: ...

    async def close_session(self, session_id: str, ended_at: float) -> None: ...


@dataclass(frozen=True)
class SessionParts:
    """What every session is made of; joined once, in app.py."""

    engines: EngineDoor
    lanes: Mapping[Modality, Callable[[], Lane]]
    fusion: FusionSettings
    metrics: Metrics
    recorder: Recorder | None = None
    clock: Callable[[], float] = time.monotonic


class Session:
    """See the module. `delivery` is the only difference between live (LATEST) and replay (EVERY)."""

    def __init__(self, session_id: str, person: Person, parts: SessionParts, delivery: Delivery) -> None:
        self.session_id = session_id
        self.person = person
        self.is_paused = False
        self.is_ended = False
        self.outbox = Subscription()
        """what is told; it outlives a connection, so a short drop loses nothing"""
        self.has_client = asyncio.Event()
        """set while anyone is connected; while nobody is, no event is due"""
        self.has_client.set()
        self._is_running = asyncio.Event()
        self._is_running.set()
        self.is_live = delivery is Delivery.LATEST
        self.refused = 0
        """inputs and messages turned away before a lane saw them"""
        self.fusion_settings = parts.fusion
        self._parts = parts
        self._started_at: float | None = None
        self._fusion = FusionState()
        self._fused_at_s: float | None = None
        self._ordering: Ordering = OnArrival() if self.is_live else InOrder(parts.lanes)
        self._runners = {
            modality: LaneRunner(make(), parts.engines, delivery, self._on_outcome, self._on_error)
            for modality, make in parts.lanes.items()
        }
        self._faulty: dict[Modality, str] = {}
        self._latencies_ms: deque[float] = deque(maxlen=200)
        self._readings = 0
        self._task: asyncio.Task[None] | None = None
        self._is_kept = False
        self._may_record = True
        """false once the record could not be opened; new consent tries again"""

    # -- life -------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the lanes. The record is opened with the first media, which is its time 0."""
        self._task = asyncio.create_task(self._run(), name=f"session-{self.session_id}")

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for runner in self._runners.values():
                tasks.create_task(runner.run())
            if self.is_live:
                tasks.create_task(self._tick_when_due())
                tasks.create_task(self._tell_stats())

    async def stop(self) -> None:
        """Finish what is in work, tell the end, close the record. Calling it again does nothing."""
        if self.is_ended:
            return
        self.is_ended = True
        self._is_running.set()
        self.has_client.set()
        try:
            await self._finish_work()
            if self._is_kept and self._parts.recorder is not None:
                await self._parts.recorder.close_session(self.session_id, time.time())
            if self.is_live:
                self._emit(self.stats())
            self._emit(self.state())
        finally:
            if self._task is not None:
                self._task.cancel()
            self.outbox.close()

    async def _finish_work(self) -> None:
        try:
            async with asyncio.timeout(STOP_S if self.is_live else None):
                for runner in self._runners.values():
                    await runner.idle()
        except TimeoutError:
            log.warning("session %s: work left undone after %.0f s", self.session_id, STOP_S)
        for outcome in self._ordering.rest():
            self._take(outcome)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    # -- media in ---------------------------------------------------------------------------------

    def now_s(self) -> float:
        """Session time: seconds since the first media arrived, 0 before it."""
        return 0.0 if self._started_at is None else self._parts.clock() - self._started_at

    def begin(self) -> None:
        """The first media is here: session time starts to run."""
        if self._started_at is None:
            self._started_at = self._parts.clock()

    def check(self, modality: Modality) -> None:
        """Consent and state, before anything is decoded. Raises Refused or Closed."""
        if self.is_ended:
            raise Closed("this session has ended; start a new one")
        scope = SCOPE_OF.get(modality)
        if scope is not None and scope not in self.person.scopes:
            raise Refused(f"no consent for the {scope}; send consent with the scope {scope!r} first", code="no_scope")
        if self.is_paused:
            raise Refused("the session is paused; send resume first", code="paused")
        if modality not in self._runners:
            raise Refused(f"this server reads no {modality}", code="no_modality")

    async def offer_picture(self, frame: EncodedFrame | VideoFrame) -> None:
        """One picture for the face lane. Raises Refused or Closed."""
        self.check("face")
        self.begin()
        if "history" in self.person.scopes and not self._is_kept and self._may_record:
            await self._keep_or_forget()
            self._emit(self.state())
        await self._runners["face"].offer(frame)

    async def idle(self) -> None:
        """Wait until all lanes have worked off what they were given."""
        for runner in self._runners.values():
            await runner.idle()

    async def has_listener(self) -> None:
        """Wait until someone is there, has not paused and has taken what was told: how a replay is paced."""
        await self.has_client.wait()
        await self._is_running.wait()
        await self.outbox.has_room()

    # -- what the person does ---------------------------------------------------------------------

    async def pause(self) -> None:
        """Nothing is read until `resume`; what waits is forgotten."""
        if not self.is_paused and not self.is_ended:
            self.is_paused = True
            self._is_running.clear()
            if self.is_live:
                await self._clear(tuple(self._runners))
            self._emit(self.state())

    async def resume(self) -> None:
        if self.is_paused and not self.is_ended:
            self.is_paused = False
            self._is_running.set()
            self._skip_gap()
            self._emit(self.state())

    async def change_person(self, person: Person) -> None:
        """New scopes, at once: a medium that is no longer allowed is forgotten here too."""
        self.person = person
        await self._clear(tuple(m for m, scope in SCOPE_OF.items() if scope not in person.scopes))
        self._may_record = True
        if self._started_at is not None or self._is_kept:
            await self._keep_or_forget()
        self._emit(self.state())

    def leave(self) -> None:
        """The connection is gone; nothing is read or told until `come_back`."""
        self.has_client.clear()

    def come_back(self) -> None:
        """The connection is there again; the time between stays empty."""
        self.has_client.set()
        self._skip_gap()

    def _skip_gap(self) -> None:
        """Live time went on without us: no fused event is owed for it. A replay's time stood still."""
        if self.is_live:
            self._fused_at_s = self.now_s() if self._started_at is not None else None

    def mark(self, label: str) -> None:
        self._emit(Marker(label=label, time_s=self.now_s()))

    def report(self, shown: str, chosen: str, time_s: float | None) -> None:
        """The person's answer to "was this right?"; without a time it is about now."""
        self._emit(SelfReport(time_s=self.now_s() if time_s is None else time_s, shown=shown, chosen=chosen))

    def tell(self, event: Event) -> None:
        """Let a transport add an event of its own: the progress of a clip, a fault on the way in."""
        self._emit(event)

    # -- events out -------------------------------------------------------------------------------

    def state(self) -> SessionState:
        is_recording = self._is_kept and not self.is_paused and not self.is_ended
        scopes = tuple(sorted(self.person.scopes))
        return SessionState(scopes=scopes, paused=self.is_paused, recording=is_recording, ended=self.is_ended)

    def stats(self) -> Stats:
        """Since the last call: readings a second and median latency; since the start: everything left out."""
        latency_ms = statistics.median(self._latencies_ms) if self._latencies_ms else 0.0
        fps = self._readings / STATS_S
        self._readings = 0
        self._latencies_ms.clear()
        stored_to_s = (
            self._parts.recorder.stored_to_s(self.session_id) if self._parts.recorder and self._is_kept else None
        )
        return Stats(fps=fps, dropped=self.dropped, latency_ms=latency_ms, stored_to_s=stored_to_s)

    @property
    def dropped(self) -> int:
        """Everything left out since the start: replaced pictures, refused input, events nobody took."""
        lanes = sum(runner.dropped for runner in self._runners.values())
        return self.refused + lanes + self.outbox.dropped

    def _emit(self, event: Event) -> None:
        self._parts.metrics.events.labels(type(event).__name__).inc()
        if self._is_kept and self._parts.recorder is not None:
            self._parts.recorder.append(self.session_id, event)
        self.outbox.put(event)

    # -- from lanes to fusion ---------------------------------------------------------------------

    def _on_outcome(self, outcome: Outcome) -> None:
        self._faulty.pop(outcome.modality, None)
        for due in self._ordering.push(outcome):
            self._take(due)

    def _on_error(self, lane: Lane, error: AppError, time_s: float) -> None:
        """A failing lane is told once per spell; the others go on, and order is kept for a replay."""
        if self._faulty.get(lane.modality) != error.code:
            self._faulty[lane.modality] = error.code
            self._parts.metrics.faults.labels(error.code).inc()
            will_retry = not isinstance(error, EngineUnavailable)
            self._emit(Fault(error.code, error.message, time_s, lane.modality, will_retry))
        self._fusion = fusion.note_missing(self._fusion, lane.modality, error.code)
        for due in self._ordering.push(Outcome(lane.modality, time_s, 0.0, 0.0, ())):
            self._take(due)

    def _take(self, outcome: Outcome) -> None:
        """Tell the estimates of one input, then the fused event they lead to."""
        if self.is_paused and self.is_live:
            return
        self._tick(outcome.upto_s)
        self._readings += outcome.modality == "face"
        for estimate in outcome.estimates:
            self._fusion = fusion.add(self._fusion, estimate)
            self._emit(estimate)
        if any(estimate.modality != "face" or estimate.is_subject for estimate in outcome.estimates):
            self._fuse(outcome.upto_s, outcome.arrived_s)
        elif not outcome.estimates and outcome.modality not in self._faulty:
            self._fusion = fusion.note_missing(self._fusion, outcome.modality, FOUND_NOTHING[outcome.modality])

    def _fuse(self, time_s: float, arrived_s: float | None) -> None:
        at_s = time_s if self._fused_at_s is None else max(time_s, self._fused_at_s)
        self._fusion, fused = fusion.fuse(self._fusion, at_s, self.fusion_settings)
        self._fused_at_s = at_s
        self._emit(self._with_latency(fused, arrived_s) if self.is_live and arrived_s is not None else fused)

    def _with_latency(self, fused: FusedEstimate, arrived_s: float) -> FusedEstimate:
        latency_ms = max(0.0, (self.now_s() - arrived_s) * 1000)
        self._latencies_ms.append(latency_ms)
        self._parts.metrics.observe_ms("capture_to_fused", latency_ms)
        return replace(fused, latency_ms=latency_ms)

    def _tick(self, now_s: float) -> None:
        """The fused events that session time alone demands, up to `now_s`."""
        if self._fused_at_s is None:
            self._fused_at_s = 0.0
        while now_s - self._fused_at_s >= TICK_S:
            self._fuse(self._fused_at_s + TICK_S, None)

    async def _tick_when_due(self) -> None:
        while True:
            due_s = 0.0 if self._fused_at_s is None else self._fused_at_s + TICK_S - self.now_s()
            await asyncio.sleep(max(due_s, 0.02))
            if self._started_at is not None and not self.is_paused and self.has_client.is_set():
                self._tick(self.now_s())

    async def _tell_stats(self) -> None:
        while True:
            await asyncio.sleep(STATS_S)
            self._emit(self.stats())

    # -- scopes -----------------------------------------------------------------------------------

    async def _clear(self, modalities: tuple[Modality, ...]) -> None:
        for modality in modalities:
            self._fusion = fusion.forget(self._fusion, modality)
            if modality in self._runners:
                await self._runners[modality].clear()

    async def _keep_or_forget(self) -> None:
        """Hold the record to the `history` scope; a record that cannot be opened is told, and live goes on."""
        recorder = self._parts.recorder
        may_keep = "history" in self.person.scopes
        if recorder is None or may_keep == self._is_kept:
            return
        if not may_keep:
            recorder.forget(self.session_id)
            self._is_kept = False
            return
        used, person = self.fusion_settings, self.person
        settings = {"smoothing_s": used.smoothing_s, "weights": dict(used.base_weights)}
        try:
            started_at = time.time() - (self.now_s() if self.is_live else 0.0)
            await recorder.open_session(self.session_id, person.user_id, started_at, person.consent_id, settings)
            self._is_kept = True
        except StoreError as error:
            log.warning("session %s is not kept: %s", self.session_id, error)
            self._may_record = False
            message = f"readings cannot be kept right now ({error.message}); the live view goes on"
            self._emit(Fault("not_kept", message, self.now_s(), will_retry=False))
