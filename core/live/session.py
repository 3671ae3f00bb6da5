"""One person's stream: media in with its time, estimates and fused events out. Live or replayed.

The session owns everything that belongs to the stream (lane states, fusion state, scopes, pause);
engines are shared. Transports hand media in and listen; they decide nothing.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from core.companion.conversation import Conversation
from core.errors import AppError, Closed, EngineUnavailable, Limit, Refused, SessionError
from core.estimation.ordering import InOrder, OnArrival, Ordering, Outcome
from core.live.device import DeviceReadings
from core.live.judge import Judge
from core.live.keeping import Keeping
from core.live.lanes.lane import EndSpeech, Lane, Playback, SpeechPiece
from core.live.lanes.runner import Delivery, LaneRunner
from core.live.pace import Pace
from core.live.parts import SessionParts
from core.live.subscription import CAPACITY, Listeners, Subscription
from core.modalities import MODALITY_FACTS
from core.types import (
    MODALITIES,
    AudioChunk,
    EncodedFrame,
    Estimate,
    Event,
    Fault,
    FusedEstimate,
    Marker,
    Modality,
    Person,
    Preferences,
    Scope,
    SelfReport,
    SessionState,
    Stats,
    Utterance,
    VideoFrame,
)

log = logging.getLogger(__name__)

STATS_S = 1.0
STOP_S = 2.0
"""pictures in work when the session stops get this long to finish"""

PLAYBACK_S = 1.2
"""after a client's word that it plays, its echo is expected for so long; clients tell every half second"""

MARK_AHEAD_S = 0.5
"""how far a client's idea of session time may run ahead of ours; such a mark is set now"""

SCOPE_OF: dict[Modality, Scope] = {m: facts.scope for m, facts in MODALITY_FACTS.items() if facts.scope is not None}


class Session:
    """See the module. `delivery` is the only difference between live (LATEST) and replay (EVERY)."""

    def __init__(self, session_id: str, person: Person, parts: SessionParts, delivery: Delivery) -> None:
        self.session_id = session_id
        self.person = person
        self.is_paused = False
        self.is_ended = False
        self._listeners = Listeners(parts.metrics.dropped.labels("event_missed").inc)
        self._keeping = Keeping(session_id, parts.recorder, person)
        self._listeners.add(self._keeping)
        self.outbox = self.subscribe()
        """the client's own; it outlives a connection, so a short drop loses nothing"""
        self.has_client = asyncio.Event()
        """set while anyone is connected; while nobody is, no event is due"""
        self.has_client.set()
        self._is_running = asyncio.Event()
        self._is_running.set()
        self.is_live = delivery is Delivery.LATEST
        self.refused = 0
        """inputs and messages turned away before a lane saw them"""
        self._parts = parts
        self._started_at: float | None = None
        ordering: Ordering = OnArrival() if self.is_live else InOrder(parts.lanes)
        self._judge = Judge(parts.fusion, ordering, self._emit, self._with_latency)
        self._language = parts.language
        self._runners = {modality: self._runner(make(), delivery) for modality, make in parts.lanes.items()}
        self._faulty: dict[Modality, str] = {}
        self._pace = Pace()
        self._heard_s = 0.0
        """session time up to which sound has been handed over"""
        self._task: asyncio.Task[None] | None = None
        replies = parts.replies if self.is_live else None
        self._talk = Conversation(replies, session_id, parts.language, self._emit, self.now_s)
        self._device = DeviceReadings()
        self.drift_ms: float | None = None
        """set by the transport: how far the clocks of sound and picture have come apart"""

    def _runner(self, lane: Lane, delivery: Delivery) -> LaneRunner:
        """Live, the newest picture wins and sound and words are kept."""
        if self.is_live and lane.modality != "face":
            delivery = Delivery.KEEP
        pass_on = self._offer_piece if lane.modality == "voice" else None
        return LaneRunner(lane, self._parts.engines, delivery, self._on_outcome, self._on_error, pass_on=pass_on)

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
                tasks.create_task(self._talk.run())

    async def stop(self) -> None:
        """Finish what is in work, tell the end, close the record. Calling it again does nothing."""
        if self.is_ended:
            return
        await self._end_running_speech()
        self.is_ended = True
        self._is_running.set()
        self.has_client.set()
        try:
            await self._finish_work()
            await self._end_talk()
            await self._keeping.close()
            if self.is_live:
                self._emit(self.stats())
            self._emit(self.state())
        finally:
            if self._task is not None:
                self._task.cancel()
            self._listeners.close()

    async def _end_running_speech(self) -> None:
        """Whoever is in the middle of a sentence is read to its end."""
        if self._heard_s > 0 and not self.is_paused:
            try:
                await self.end_speech()
            except AppError as error:
                log.debug("session %s: nothing to end (%s)", self.session_id, error.code)

    async def _end_talk(self) -> None:
        """What was heard of an open reply is told; a summary is kept where the person allowed it."""
        self._talk.close()
        if self._keeping.keeps_words:
            await self._keeping.keep_summary(await self._talk.summarise())

    async def _finish_work(self) -> None:
        try:
            async with asyncio.timeout(STOP_S if self.is_live else None):
                for runner in self._runners.values():
                    await runner.idle()
        except TimeoutError:
            log.warning("session %s: work left undone after %.0f s", self.session_id, STOP_S)
        self._judge.rest()
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
        self._check_scope(SCOPE_OF.get(modality))
        if modality not in self._runners:
            raise Refused(f"this server reads no {modality}", code="no_modality")

    def check_device(self) -> None:
        """Consent and state, before a reading of the person's own device is looked at. Raises Refused or Closed."""
        self._check_scope("device")
        if not self.is_live:
            raise Refused("a recorded clip takes no readings of a device; open a live session", code="no_modality")

    def _check_scope(self, scope: Scope | None) -> None:
        if self.is_ended:
            raise Closed("this session has ended; start a new one")
        if scope is not None and scope not in self.person.scopes:
            raise Refused(f"no consent for the {scope}; send consent with the scope {scope!r} first", code="no_scope")
        if self.is_paused:
            raise Refused("the session is paused; send resume first", code="paused")

    async def offer_picture(self, frame: EncodedFrame | VideoFrame) -> None:
        """One picture for the face lane. Raises Refused or Closed."""
        await self._offer("face", frame)

    async def offer_sound(self, chunk: AudioChunk) -> None:
        """The next samples for the voice lane. Raises Refused or Closed, and Limit when it is far behind."""
        await self._offer("voice", chunk)

    async def end_speech(self, text: str | None = None) -> None:
        """Whoever speaks has finished, with these words where the client knows them. Raises as `offer_sound`."""
        now_s = self._heard_s if not self.is_live else self.now_s()
        await self._offer("voice", EndSpeech(now_s, now_s, now_s, text))

    async def offer_text(self, text: str) -> None:
        """Typed words. Raises Refused or Closed, and Limit when too many wait."""
        now_s = self.now_s()
        typed = Utterance(text.strip(), now_s, now_s, now_s, now_s, self._language, is_final=True, origin="typed")
        await self._offer("text", typed)

    async def _offer(
        self, modality: Modality, item: EncodedFrame | VideoFrame | AudioChunk | EndSpeech | Utterance
    ) -> None:
        self.check(modality)
        self.begin()
        if isinstance(item, AudioChunk):
            self._heard_s = item.time_s
        if await self._keep():
            self.check(modality)  # it may have been taken back while the record was opened
        await self._runners[modality].offer(item)

    async def offer_reading(self, estimate: Estimate) -> None:
        """A reading of the person's own device, past the lanes: fused, told and kept like any other.

        Its `engine` is told as "browser:<engine>". Raises Refused or Closed, ReadingError for a reading that cannot
        be one, and Limit for too many of them.
        """
        self.check_device()
        self.begin()
        now_s = self.now_s()
        estimate = self._device.admit(estimate, now_s, self._judge.told_s.get(estimate.modality, 0.0))
        if await self._keep():
            self.check_device()
        told = Outcome(estimate.modality, estimate.end_s, estimate.capture_s, estimate.arrived_s, (estimate,))
        self._judge.push(told)

    async def _offer_piece(self, piece: SpeechPiece) -> None:
        """From the voice lane to the text lane; words that nobody can take are a fault, never a stop."""
        if "text" not in self._runners:
            return
        try:
            await self._runners["text"].offer(piece)
        except Limit as error:
            self._on_error(self._runners["text"].lane, error, piece.time_s)

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
            self._talk.cancel()
            self._emit(self.state())

    async def resume(self) -> None:
        if self.is_paused and not self.is_ended:
            self.is_paused = False
            self._is_running.set()
            self._skip_gap()
            self._emit(self.state())

    async def change_person(self, person: Person) -> None:
        """New scopes, at once: a medium that is no longer allowed is forgotten here too."""
        before, self.person = self.person.scopes, person
        self._keeping.allow(person)
        forbidden = [m for m, scope in SCOPE_OF.items() if scope not in person.scopes]
        if "device" in before - person.scopes:
            self._judge.forget(MODALITIES)
        if "voice" in forbidden:  # what was said goes with the voice
            forbidden.append("text")
        await self._clear(tuple(forbidden))
        if "microphone" in before - person.scopes:
            self._talk.forget()
        if self._started_at is None or not await self._keep():
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
            self._judge.skip_to(self.now_s() if self._started_at is not None else None)

    def prefer(self, preferences: Preferences) -> None:
        """New weights, smoothing, patience or language, at once."""
        wanted, settings = preferences, self._judge.settings
        if wanted.weights is not None:
            settings = replace(settings, base_weights=dict(settings.base_weights) | wanted.weights)
        if wanted.smoothing_s is not None:
            settings = replace(settings, smoothing_s=wanted.smoothing_s)
        self._judge.settings = settings
        self._language = wanted.language or self._language
        self._talk.prefer(wanted)
        for runner in self._runners.values():
            runner.lane = runner.lane.prefer(wanted)

    # -- the companion ----------------------------------------------------------------------------

    async def greet(self) -> None:
        """The companion says hello. Raises Closed or Refused."""
        self.check("text")
        self.begin()
        self._talk.summary = await self._keeping.read_summary()
        self._talk.greet()

    async def reply_heard(self, turn: int, part: int, seconds: float) -> None:
        """So much of a part the client has played; while it sounds, its echo is no speech."""
        if self.is_ended:
            return
        is_sounding = self._talk.heard(turn, part, seconds)
        if "voice" in self._runners and "microphone" in self.person.scopes and not self.is_paused:
            now_s = self.now_s()
            until_s = now_s + PLAYBACK_S if is_sounding else now_s
            await self._runners["voice"].offer(Playback(until_s, now_s, now_s, now_s))

    def cancel_reply(self) -> None:
        """The person wants the companion to stop."""
        self._talk.cancel()

    def baseline(self, action: Literal["start", "stop", "clear"]) -> None:
        """Begin, finish early or remove the neutral baseline; each is answered by a BaselineState."""
        self._judge.change_baseline(action, self.now_s())

    def without(self, modalities: Iterable[Modality]) -> None:
        """A clip lacks these tracks: nobody waits for them."""
        for modality in modalities:
            self._judge.finish(modality)

    def mark(self, label: str, time_s: float | None = None, duration_s: float = 0.0) -> None:
        """A mark at `time_s` of session time, now where it is None; a stretch may reach beyond now.

        Raises Closed, and SessionError for a time that the session has not seen.
        """
        if self.is_ended:
            raise Closed("this session has ended; nothing more can be marked in it")
        now_s = self.now_s()
        at_s = now_s if time_s is None else time_s
        if not 0 <= at_s <= now_s + MARK_AHEAD_S or not 0 <= duration_s < math.inf:
            raise SessionError(
                f"marker: its time must lie in this session, 0 to {now_s:.3f} s, and its duration be 0 or more; got "
                f"{at_s:.3f} s and {duration_s:.3f} s",
                "bad_time",
            )
        self._emit(Marker(label, min(at_s, now_s), duration_s))

    def report(self, shown: str, chosen: str, time_s: float | None) -> None:
        """The person's answer to "was this right?"; without a time it is about now."""
        self._emit(SelfReport(time_s=self.now_s() if time_s is None else time_s, shown=shown, chosen=chosen))

    def tell(self, event: Event) -> None:
        """Let a transport add an event of its own: the progress of a clip, a fault on the way in."""
        self._emit(event)

    # -- events out -------------------------------------------------------------------------------

    def subscribe(self, capacity: int = CAPACITY) -> Subscription:
        """One more listener with a queue of its own, for events from now on; it never slows anybody else down."""
        return self._listeners.subscribe(capacity)

    def unsubscribe(self, subscription: Subscription) -> None:
        """That listener has gone."""
        self._listeners.unsubscribe(subscription)

    def state(self) -> SessionState:
        is_recording = self._keeping.is_open and not self.is_paused and not self.is_ended
        scopes = tuple(sorted(self.person.scopes))
        return SessionState(scopes=scopes, paused=self.is_paused, recording=is_recording, ended=self.is_ended)

    def stats(self) -> Stats:
        """Since the last call: readings a second and median latency; since the start: everything left out."""
        readings, self._judge.readings = self._judge.readings, 0
        fps, latency_ms = readings / STATS_S, self._pace.take_median_ms()
        return Stats(fps, self.dropped, latency_ms, self._keeping.stored_to_s(), self.drift_ms)

    @property
    def dropped(self) -> int:
        """Everything left out since the start: replaced pictures, refused input, events nobody took."""
        lanes = sum(runner.dropped for runner in self._runners.values())
        return self.refused + lanes + self._listeners.dropped

    def _emit(self, event: Event) -> None:
        self._parts.metrics.events.labels(type(event).__name__).inc()
        self._listeners.put(event)
        self._talk.take(event)  # last: what it tells of an event comes after that event for everybody

    # -- from lanes to fusion ---------------------------------------------------------------------

    def _on_outcome(self, outcome: Outcome) -> None:
        self._faulty.pop(outcome.modality, None)
        if not (self.is_paused and self.is_live):
            self._judge.push(outcome)

    def _on_error(self, lane: Lane, error: AppError, time_s: float) -> None:
        """A failing lane is told once per spell; the others go on, and order is kept for a replay."""
        if self._faulty.get(lane.modality) != error.code:
            self._faulty[lane.modality] = error.code
            self._parts.metrics.faults.labels(error.code).inc()
            will_retry = not isinstance(error, EngineUnavailable)
            self._emit(Fault(error.code, error.message, time_s, lane.modality, will_retry))
        self._judge.fail(lane.modality, error.code, time_s)
        if lane.modality == "voice":  # it hands nothing on now; in a replay nobody may wait for words
            self._judge.finish("text")

    def _with_latency(self, fused: FusedEstimate, arrived_s: float) -> FusedEstimate:
        if not self.is_live:
            return fused
        latency_ms = max(0.0, (self.now_s() - arrived_s) * 1000)
        self._pace.add(latency_ms)
        self._parts.metrics.observe_ms("capture_to_fused", latency_ms)
        return replace(fused, latency_ms=latency_ms)

    async def _tick_when_due(self) -> None:
        while True:
            await asyncio.sleep(max(self._judge.due_in_s(self.now_s()), 0.02))
            if self._started_at is not None and not self.is_paused and self.has_client.is_set():
                self._judge.tick(self.now_s())

    async def _tell_stats(self) -> None:
        while True:
            await asyncio.sleep(STATS_S)
            self._emit(self.stats())
            if (fault := self._keeping.trouble(self.now_s())) is not None:
                self._emit(fault)

    # -- scopes -----------------------------------------------------------------------------------

    async def _clear(self, modalities: tuple[Modality, ...]) -> None:
        self._judge.forget(modalities)
        for modality in modalities:
            if modality in self._runners:
                await self._runners[modality].clear()

    async def _keep(self) -> bool:
        """Open the record where the `history` scope asks for one, and tell it; whether there was a reason to."""
        if not self._keeping.is_due:
            return False
        used = self._judge.settings
        settings = {"smoothing_s": used.smoothing_s, "weights": dict(used.base_weights)}
        age_s = self.now_s() if self.is_live else 0.0
        if (fault := await self._keeping.open(age_s, self.now_s(), settings)) is not None:
            self._emit(fault)
        self._emit(self.state())
        return True
