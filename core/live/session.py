"""One person's stream: media in with its time, estimates and fused events out. Live or replayed.

The session owns everything that belongs to the stream and joins it: the gate (consent, pause), the lanes, the judge,
the record, the companion, the listeners. Engines are shared. Transports hand media in and listen; they decide nothing.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from core.companion.conversation import Conversation
from core.errors import AppError, Closed, Refused, SessionError
from core.estimation.ordering import Outcome
from core.live.consent_gate import Gate
from core.live.device import DeviceReadings
from core.live.heartbeat import STATS_S, Heartbeat
from core.live.judge import Judge
from core.live.keeping import Keeping
from core.live.lanes.lane import EndSpeech
from core.live.lanes.lanes import Lanes
from core.live.pace import Pace
from core.live.parts import SessionParts
from core.live.subscription import CAPACITY, Listeners, Subscription
from core.live.talking import Talking
from core.live.timing import LIVE, Timing
from core.modalities import MODALITY_FACTS
from core.people import Person
from core.types import (
    MODALITIES,
    AudioChunk,
    Estimate,
    Event,
    Frame,
    FusedEstimate,
    Marker,
    Modality,
    Preferences,
    SelfReport,
    SessionState,
    Stats,
    Utterance,
)

log = logging.getLogger(__name__)

AHEAD_S = 0.5
"""how far a client's idea of session time may run ahead of ours; what is marked then is marked now"""


class Session:
    """See the module. `timing` is the only difference between live and replay."""

    def __init__(self, session_id: str, person: Person, parts: SessionParts, timing: Timing = LIVE) -> None:
        self.session_id = session_id
        self.refused = 0
        """inputs and messages turned away before a lane saw them"""
        self.drift_ms: float | None = None
        """set by the transport: how far the clocks of sound and picture have come apart"""
        self._parts = parts
        self._timing = timing
        self._time = timing.time(parts.clock)
        self._gate = Gate(person)
        self._keeping = Keeping(session_id, parts.recorder, person)
        self._listeners = Listeners(parts.metrics.dropped.labels("event_missed").inc)
        self._listeners.add(self._keeping)
        self.outbox = self.subscribe()
        """the client's own; it outlives a connection, so a short drop loses nothing"""
        self._judge = Judge(parts.fusion, timing.ordering(parts.lanes), self._emit, self._with_latency)
        self._lanes = Lanes(parts, timing, session_id, self._judge, self._emit)
        replies = parts.replies if timing.goes_on else None
        conversation = Conversation(replies, session_id, parts.language, self._emit, self.now_s)
        self._talk = Talking(conversation, self._keeping, self._lanes, self.now_s)
        self._device = DeviceReadings()
        self._pace = Pace()
        self._language = parts.language
        self._heard_s = 0.0
        """session time up to which sound has been handed over"""
        self._task: asyncio.Task[None] | None = None

    # -- life -------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the lanes. The record is opened with the first media, or word of the person, which is its time 0."""
        self._task = asyncio.create_task(self._run(), name=f"session-{self.session_id}")

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._lanes.start(tasks)
            self._talk.start(tasks)
            if self._timing.goes_on:
                Heartbeat(self._judge, self._time, self._gate, self._tell_stats).start(tasks)

    async def stop(self) -> None:
        """Finish what is in work, tell the end, close the record. Calling it again does nothing."""
        if self.is_ended:
            return
        await self._end_running_speech()
        self._gate.end()
        try:
            await self._finish_work()
            await self._talk.end()
            await self._keeping.close()
            if self._timing.goes_on:
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

    async def _finish_work(self) -> None:
        try:
            async with asyncio.timeout(self._timing.stop_s):
                await self._lanes.idle()
        except TimeoutError:
            log.warning("session %s: work left undone after %.0f s", self.session_id, self._timing.stop_s)
        self._judge.rest()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    # -- media in ---------------------------------------------------------------------------------

    def now_s(self) -> float:
        """Session time: seconds since the first media or word of the person, 0 before it."""
        return self._time.now_s()

    def begin(self, age_s: float = 0.0) -> None:
        """The first media is here: session time starts to run, from when its first sample was heard, `age_s` ago."""
        self._time.begin(age_s)

    def check(self, modality: Modality) -> None:
        """Consent and state, before anything is decoded. Raises Refused or Closed."""
        self._gate.check(MODALITY_FACTS[modality].scope)
        if modality not in self._lanes:
            raise Refused(f"this server reads no {modality}", code="no_modality")

    def check_device(self) -> None:
        """The same, before a reading of the person's own device is looked at. Raises Refused or Closed."""
        self._gate.check("device")
        if not self._timing.goes_on:
            raise Refused("a recorded clip takes no readings of a device; open a live session", code="no_modality")

    async def offer_picture(self, frame: Frame) -> None:
        """One picture for the face lane. Raises Refused or Closed."""
        await self._offer("face", frame)

    async def offer_sound(self, chunk: AudioChunk) -> None:
        """The next samples for the voice lane. Raises Refused or Closed, and Limit when it is far behind."""
        await self._offer("voice", chunk)
        self._heard_s = chunk.time_s

    async def end_speech(self, text: str | None = None) -> None:
        """Whoever speaks has finished, with these words where the client knows them. Raises as `offer_sound`."""
        at_s = self._time.end_of_speech_s(self._heard_s)
        await self._offer("voice", EndSpeech(at_s, at_s, at_s, text))

    async def offer_text(self, text: str) -> None:
        """Typed words. Raises Refused or Closed, and Limit when too many wait."""
        now_s = self.now_s()
        typed = Utterance(text.strip(), now_s, now_s, now_s, now_s, self._language, is_final=True, origin="typed")
        await self._offer("text", typed)

    async def _offer(self, modality: Modality, item: Frame | AudioChunk | EndSpeech | Utterance) -> None:
        self.check(modality)
        self.begin()
        if await self._keep():
            self.check(modality)  # it may have been taken back while the record was opened
        self._time.reach(item.time_s)
        await self._lanes.offer(modality, item)

    async def offer_reading(self, estimate: Estimate) -> None:
        """A reading of the person's own device, past the lanes: fused, told and kept like any other.

        Its `engine` is told as "browser:<engine>". Raises Refused or Closed, ReadingError for a reading that cannot
        be one, and Limit for too many of them.
        """
        self.check_device()
        read = self._device.admit(estimate, self.now_s(), self._judge.told_s.get(estimate.modality, 0.0))
        self.begin()
        if await self._keep():
            self.check_device()
        self._judge.push(Outcome(read.modality, read.end_s, read.capture_s, read.arrived_s, (read,)))

    def without(self, modalities: Iterable[Modality]) -> None:
        """A clip lacks these tracks: nobody waits for them."""
        for modality in modalities:
            self._judge.finish(modality)

    async def has_room(self, modality: Modality) -> None:
        """Wait until a lane has worked off half of what it may keep waiting."""
        await self._lanes.has_room(modality)

    async def idle(self) -> None:
        """Wait until all lanes have worked off what they were given."""
        await self._lanes.idle()

    async def has_listener(self) -> None:
        """Wait until someone is there, has not paused and has taken what was told: how a replay is paced."""
        await self._gate.opened()
        await self.outbox.has_room()

    # -- what the person allows -------------------------------------------------------------------

    @property
    def person(self) -> Person:
        """Who it is, with the scopes in force."""
        return self._gate.person

    @property
    def is_paused(self) -> bool:
        """By the person."""
        return self._gate.is_paused

    @property
    def is_ended(self) -> bool:
        """For good."""
        return self._gate.is_ended

    async def pause(self) -> None:
        """Nothing is read until `resume`; what waits is forgotten, but for a replay, which waits too."""
        if self._gate.pause():
            if self._timing.goes_on:
                self._lanes.clear()
            self._talk.cancel()
            self._emit(self.state())

    async def resume(self) -> None:
        """Media may come again."""
        if self._gate.resume():
            self._skip_gap()
            self._emit(self.state())

    async def change_person(self, person: Person) -> None:
        """New scopes, before anything is awaited: what is no longer allowed is forgotten here too."""
        before, self._gate.person = self.person.scopes, person
        self._keeping.allow(person)
        self._lanes.clear(self._lanes.without_consent(person.scopes))
        if "device" in before - person.scopes:
            self._judge.forget(MODALITIES)
        if "microphone" in before - person.scopes:
            self._talk.forget()
        if not (self._time.has_begun and await self._keep()):
            self._emit(self.state())

    def stop_keeping(self) -> None:
        """It was deleted: it goes on, and no later consent brings it back into the record."""
        self._keeping.stop()
        self._emit(self.state())

    async def _keep(self) -> bool:
        """Open the record where the `history` scope asks for one, and tell it; whether there was a reason to."""
        if not self._keeping.is_due:
            return False
        used = self._judge.settings
        settings = {"smoothing_s": used.smoothing_s, "weights": dict(used.base_weights)}
        if (fault := await self._keeping.open(self._time.age_s(), self.now_s(), settings)) is not None:
            self._emit(fault)
        self._emit(self.state())
        return True

    def leave(self) -> None:
        """The connection is gone; nothing is read or told until `come_back`."""
        self._gate.leave()

    def come_back(self) -> None:
        """The connection is there again; the time between stays empty."""
        self._gate.come_back()
        self._skip_gap()

    def _skip_gap(self) -> None:
        """No fused event is owed for time that went on without us."""
        if self._timing.goes_on:
            self._judge.skip_to(self.now_s() if self._time.has_begun else None)

    # -- what the person does ---------------------------------------------------------------------

    def prefer(self, preferences: Preferences) -> None:
        """New weights, smoothing, patience, language or companion, at once."""
        self._language = preferences.language or self._language
        self._judge.prefer(preferences)
        self._lanes.prefer(preferences)
        self._talk.prefer(preferences)

    async def greet(self) -> None:
        """The companion says hello. Raises Closed or Refused."""
        self.check("text")
        await self._begin_kept()
        await self._talk.greet()

    async def reply_heard(self, turn: int, part: int, seconds: float) -> None:
        """So much of a part the client has played."""
        if not self.is_ended:
            is_listening = "microphone" in self.person.scopes and not self.is_paused
            await self._talk.heard(turn, part, seconds, is_listening=is_listening)

    def cancel_reply(self) -> None:
        """The person wants the companion to stop."""
        self._talk.cancel()

    def baseline(self, action: Literal["start", "stop", "clear"]) -> None:
        """Begin, finish early or remove the neutral baseline; each is answered by a BaselineState."""
        self._judge.change_baseline(action, self.now_s())

    async def mark(self, label: str, time_s: float | None = None, duration_s: float = 0.0) -> None:
        """A mark at `time_s` of session time, now where it is None; a stretch may reach beyond now.

        Raises Closed, and SessionError for a time that the session has not seen.
        """
        if not 0 <= duration_s < math.inf:
            raise SessionError(f"a marker lasts 0 seconds or more, got {duration_s}", "bad_time")
        at_s = self._seen_s(time_s)
        await self._begin_kept()
        self._emit(Marker(label, at_s, duration_s))

    async def report(self, shown: str, chosen: str, time_s: float | None) -> None:
        """The person's answer to "was this right?"; without a time it is about now. Raises as `mark`."""
        at_s = self._seen_s(time_s)
        await self._begin_kept()
        self._emit(SelfReport(at_s, shown, chosen))

    async def _begin_kept(self) -> None:
        """What a person says begins session time and the record as media do: it is kept though no media follow."""
        self.begin()
        if await self._keep() and self.is_ended:
            raise Closed("this session has ended; nothing more can be said of it")

    def _seen_s(self, time_s: float | None) -> float:
        """A time that this session has seen; now where it is None."""
        if self.is_ended:
            raise Closed("this session has ended; nothing more can be said of it")
        now_s = self.now_s()
        at_s = now_s if time_s is None else time_s
        if not 0 <= at_s <= now_s + AHEAD_S:
            what = f"expected a time of this session, 0 to {now_s:.3f} s, got {at_s:.3f} s; `t` is session time here"
            raise SessionError(what, "bad_time")
        return min(at_s, now_s)

    # -- events out -------------------------------------------------------------------------------

    def subscribe(self, capacity: int = CAPACITY) -> Subscription:
        """One more listener with a queue of its own, for events from now on; it slows nobody down. Raises Limit."""
        return self._listeners.subscribe(capacity)

    def unsubscribe(self, subscription: Subscription) -> None:
        """That listener has gone."""
        self._listeners.unsubscribe(subscription)

    def tell(self, event: Event) -> None:
        """Let a transport add an event of its own: the progress of a clip, a fault on the way in."""
        self._emit(event)

    def state(self) -> SessionState:
        """As it is now."""
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
        """Everything left out since the start: replaced pictures, refused input, events that the client missed."""
        return self.refused + self._lanes.dropped + self.outbox.dropped

    def _emit(self, event: Event) -> None:
        self._parts.metrics.events.labels(type(event).__name__).inc()
        self._listeners.put(event)
        self._talk.take(event)  # last: what it tells of an event comes after that event for everybody

    def _tell_stats(self) -> None:
        self._emit(self.stats())
        if (fault := self._keeping.trouble(self.now_s())) is not None:
            self._emit(fault)

    def _with_latency(self, fused: FusedEstimate, arrived_s: float) -> FusedEstimate:
        latency_ms = self._time.late_ms(arrived_s)
        if latency_ms is None:
            return fused
        self._pace.add(latency_ms)
        self._parts.metrics.observe_ms("capture_to_fused", latency_ms)
        return replace(fused, latency_ms=latency_ms)
