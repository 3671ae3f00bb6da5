"""One session with scripted lanes and a clock the test moves."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from core.errors import Closed, EngineFailed, Refused, SessionError, StoreError
from core.estimation.fusion import FusionSettings
from core.live.device import ReadingError
from core.live.parts import SessionParts
from core.live.session import Session
from core.live.timing import LIVE, REPLAY
from core.metrics import Metrics
from core.types import Estimate, Fault, FusedEstimate, Marker, SelfReport, SessionState, Stats
from tests import virtual_time
from tests.fakes import ListRecorder, ScriptedEngines, ScriptedLane, ScriptedTextLane, estimate, person, picture


class Clock:
    """Seconds the test decides."""

    def __init__(self) -> None:
        self.now_s = 50.0

    def __call__(self) -> float:
        return self.now_s


async def _session(script=None, timing=REPLAY, scopes=("camera",), recorder=None, clock=None, *, lanes=("face",)):
    made = {"face": lambda: ScriptedLane(script or {}), "text": ScriptedTextLane}
    parts = SessionParts(
        ScriptedEngines(),
        {name: made[name] for name in lanes},
        FusionSettings(),
        Metrics(),
        recorder,
        clock or Clock(),
    )
    session = Session("s1", person(*scopes), parts, timing)
    await session.start()
    return session


def _drain(session):
    events = []
    while session.outbox._events:
        events.append(session.outbox._events.popleft())
    return events


def _of(events, kind):
    return [event for event in events if isinstance(event, kind)]


async def _feed(session, *times_s):
    for at_s in times_s:
        await session.offer_picture(picture(at_s))
    await session.idle()
    return _drain(session)


async def test_each_reading_is_followed_by_a_fused_event_at_its_time() -> None:
    session = await _session()
    events = await _feed(session, 0.1, 0.2)
    assert [type(e).__name__ for e in events] == ["Estimate", "FusedEstimate"] * 2
    assert [e.time_s for e in _of(events, FusedEstimate)] == [0.1, 0.2]
    await session.stop()


async def test_silence_still_gives_a_fused_event_every_half_second() -> None:
    session = await _session()
    events = await _feed(session, 0.1, 2.0)
    assert [e.time_s for e in _of(events, FusedEstimate)] == pytest.approx([0.1, 0.6, 1.1, 1.6, 2.0])
    await session.stop()


async def test_a_lost_face_becomes_not_sure_with_the_reason() -> None:
    session = await _session(dict.fromkeys((0.5, 1.0, 1.5, 2.0, 2.5, 3.0)))
    events = await _feed(session, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
    last = _of(events, FusedEstimate)[-1]
    assert last.abstained
    assert last.reasons == ("no_face",)
    await session.stop()


async def test_replaying_twice_tells_the_same() -> None:
    script = {0.3: None, 0.4: "sad", 0.9: EngineFailed("broken"), 1.4: "angry"}
    told = []
    for _ in range(2):
        session = await _session(script)
        told.append(await _feed(session, *(n / 10 for n in range(20))))
        await session.stop()
    one, other = told
    assert len(one) == len(other)
    for first, second in zip(one, other, strict=True):
        assert type(first) is type(second)
        if isinstance(first, FusedEstimate):
            assert np.array_equal(first.probs, second.probs)
            assert (first.time_s, first.reasons, first.weights) == (second.time_s, second.reasons, second.weights)


async def test_a_failing_lane_is_told_once_per_spell_and_recovers() -> None:
    broken = EngineFailed("net failed")
    session = await _session({0.1: broken, 0.2: broken, 0.4: broken})
    events = await _feed(session, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
    assert [f.code for f in _of(events, Fault)] == ["engine_failed", "engine_failed"]
    assert len(_of(events, Estimate)) == 3
    await session.stop()


async def test_no_scope_is_refused_before_anything_is_asked_of_an_engine() -> None:
    session = await _session(scopes=("microphone",))
    with pytest.raises(Refused) as refused:
        await session.offer_picture(picture(0.0))
    assert refused.value.code == "no_scope"
    assert session._parts.engines.asked == []
    await session.stop()


async def test_pause_refuses_and_tells_nothing_until_resume() -> None:
    session = await _session()
    await _feed(session, 0.0)
    await session.pause()
    with pytest.raises(Refused) as refused:
        await session.offer_picture(picture(0.1))
    assert refused.value.code == "paused"
    assert [e.paused for e in _of(_drain(session), SessionState)] == [True]
    await session.resume()
    assert _of(await _feed(session, 5.0), Estimate)
    await session.stop()


async def test_pause_of_a_live_session_forgets_what_was_read_what_waits_and_what_is_in_work() -> None:
    session = await _session(timing=LIVE)
    await _feed(session, 0.0)
    session._parts.engines.gate = asyncio.Event()
    await session.offer_picture(picture(0.1))
    await asyncio.sleep(0)
    await session.offer_picture(picture(0.2))
    await session.pause()
    assert session._judge._fusion.newest == {}
    await session.resume()
    session._parts.engines.gate.set()
    assert _of(await _feed(session), Estimate) == []
    assert _of(await _feed(session, 0.3), Estimate)
    await session.stop()


async def test_withdrawn_scope_is_forgotten_at_once() -> None:
    session = await _session(scopes=("camera", "history"), recorder=ListRecorder())
    await _feed(session, 0.0)
    await session.change_person(person("microphone"))
    with pytest.raises(Refused):
        await session.offer_picture(picture(0.1))
    assert session._judge._fusion.newest == {}
    assert session._parts.recorder.forgotten == ["s1"]
    await session.stop()


async def test_without_history_nothing_reaches_the_record() -> None:
    recorder = ListRecorder()
    session = await _session(recorder=recorder)
    await _feed(session, 0.0, 0.1)
    await session.report("happy", "sad", None)
    await session.stop()
    assert (recorder.opened, recorder.events, recorder.closed) == ([], [], [])


async def test_with_history_every_reading_reaches_the_record() -> None:
    recorder = ListRecorder()
    session = await _session(scopes=("camera", "history"), recorder=recorder)
    events = await _feed(session, 0.0, 0.1)
    await session.report("happy", "sad", 0.1)
    await session.stop()
    assert recorder.opened == recorder.closed == ["s1"]
    assert _of(recorder.events, Estimate) == _of(events, Estimate)
    assert _of(recorder.events, SelfReport) == [SelfReport(0.1, "happy", "sad")]


async def test_history_allowed_in_mid_session_records_from_then_on() -> None:
    recorder = ListRecorder()
    session = await _session(recorder=recorder)
    await _feed(session, 0.0)
    await session.change_person(person("camera", "history"))
    await _feed(session, 1.0)
    await session.stop()
    assert [e.end_s for e in _of(recorder.events, Estimate)] == [1.0]


async def test_stop_ends_for_good_and_twice_is_harmless() -> None:
    session = await _session()
    await _feed(session, 0.0)
    await session.stop()
    await session.stop()
    assert _of(_drain(session), SessionState)[-1].ended
    with pytest.raises(Closed):
        await session.offer_picture(picture(0.1))


async def test_how_late_a_reading_is_told_is_in_milliseconds_for_the_client_and_for_the_metrics() -> None:
    clock = Clock()
    session = await _session(timing=LIVE, clock=clock)
    session.begin()
    clock.now_s += 0.25
    fused = _of(await _feed(session, 0.0), FusedEstimate)
    assert [event.latency_ms for event in fused] == pytest.approx([250.0])
    assert session.stats().latency_ms == pytest.approx(250.0)
    sums = [line for line in session._parts.metrics.page().splitlines() if b'_sum{stage="capture_to_fused"}' in line]
    assert [float(line.rpartition(b" ")[2]) for line in sums] == pytest.approx([0.25])
    await session.stop()


def test_live_ticks_while_no_picture_comes() -> None:
    async def script() -> None:
        session = await _session(timing=LIVE, clock=virtual_time.clock)
        await _feed(session, 0.0)
        await asyncio.sleep(3.2)
        told = _drain(session)
        assert [round(event.time_s, 3) for event in _of(told, FusedEstimate)] == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
        assert _of(told, FusedEstimate)[-1].abstained
        assert len(_of(told, Stats)) == 3
        await session.stop()

    virtual_time.run(script())


@pytest.mark.parametrize("how", ["leave", "pause"])
def test_in_a_pause_and_while_nobody_is_there_nothing_is_due_and_the_gap_stays_empty(how: str) -> None:
    async def script() -> None:
        session = await _session(timing=LIVE, clock=virtual_time.clock)
        await _feed(session, 0.0)
        if how == "leave":
            session.leave()
        else:
            await session.pause()
        await asyncio.sleep(20.0)
        assert _of(_drain(session), FusedEstimate) == []
        if how == "leave":
            session.come_back()
        else:
            await session.resume()
        await asyncio.sleep(0.6)
        assert [round(event.time_s, 3) for event in _of(_drain(session), FusedEstimate)] == [20.5]
        await session.stop()

    virtual_time.run(script())


def test_a_picture_whose_reading_takes_for_ever_holds_the_end_up_for_two_seconds() -> None:
    async def script() -> None:
        session = await _session(timing=LIVE, clock=virtual_time.clock)
        session._parts.engines.gate = asyncio.Event()
        await session.offer_picture(picture(0.0))
        before_s = virtual_time.clock()
        await session.stop()
        assert virtual_time.clock() - before_s == pytest.approx(2.0)
        assert session._task.done()

    virtual_time.run(script())


async def test_record_that_cannot_be_opened_is_told_and_live_goes_on() -> None:
    class Full(ListRecorder):
        async def open_session(self, *_: object, **__: object) -> None:
            raise StoreError("the disk is full")

    session = await _session(scopes=("camera", "history"), recorder=Full())
    events = await _feed(session, 0.0, 0.1)
    assert [f.code for f in _of(events, Fault)] == ["not_kept"]
    assert len(_of(events, Estimate)) == 2
    assert not session.state().recording
    await session.stop()
    assert session._parts.recorder.events == []


async def test_record_starts_with_the_first_media() -> None:
    recorder = ListRecorder()
    session = await _session(scopes=("camera", "history"), recorder=recorder)
    assert recorder.opened == []
    await _feed(session, 0.0)
    assert recorder.opened == ["s1"]
    assert session.state().recording
    await session.stop()


async def test_pause_of_a_replay_loses_nothing_and_leaves_its_times() -> None:
    clock = Clock()
    session = await _session(clock=clock)
    before = await _feed(session, 0.0, 0.1)
    await session.offer_picture(picture(0.2))
    await session.pause()
    clock.now_s += 60
    session.leave()
    session.come_back()
    await session.resume()
    after = await _feed(session, 0.3)
    assert [e.time_s for e in _of(before + after, FusedEstimate)] == [0.0, 0.1, 0.2, 0.3]
    await session.stop()


async def test_an_observer_is_told_the_same_as_the_client_and_what_it_misses_is_not_the_clients_loss() -> None:
    session = await _session()
    observer, slow = session.subscribe(), session.subscribe(capacity=2)
    events = await _feed(session, 0.0, 0.1)
    assert [await observer.get() for _ in events] == events
    session.unsubscribe(slow)
    assert (slow.dropped, session.stats().dropped) == (2, 0)
    assert b'attune_dropped_total{what="event_missed"} 2.0' in session._parts.metrics.page()
    await session.stop()


async def test_a_marker_of_before_the_first_media_is_kept_at_time_0() -> None:
    recorder = ListRecorder()
    session = await _session(scopes=("camera", "history"), recorder=recorder)
    await session.mark("instructions read")
    await _feed(session, 0.0)
    await session.stop()
    assert _of(recorder.events, Marker) == [Marker("instructions read", 0.0)]


@pytest.mark.parametrize(
    ("says", "kept"),
    [
        (lambda session: session.mark("instructions read"), Marker("instructions read", 0.0)),
        (lambda session: session.report("happy", "sad", 0.0), SelfReport(0.0, "happy", "sad")),
        (lambda session: session.greet(), None),
        (lambda session: session.offer_text("hello"), None),
    ],
)
async def test_the_first_thing_a_person_says_opens_the_record_though_no_media_follow(says, kept) -> None:
    recorder = ListRecorder()
    session = await _session(timing=LIVE, scopes=("camera", "history", "text"), recorder=recorder, lanes=("text",))
    await says(session)
    await session.stop()
    assert recorder.opened == recorder.closed == ["s1"]
    assert kept is None or _of(recorder.events, type(kept)) == [kept]


async def test_what_a_person_says_before_the_camera_keeps_its_distance() -> None:
    clock, recorder = Clock(), ListRecorder()
    session = await _session(timing=LIVE, scopes=("camera", "history"), recorder=recorder, clock=clock)
    for label in ("trial 1", "trial 2"):
        await session.mark(label)
        clock.now_s += 3.0
    await session.stop()
    assert _of(recorder.events, Marker) == [Marker("trial 1", 0.0), Marker("trial 2", 3.0)]


async def test_a_marker_lies_in_the_session_and_may_last() -> None:
    clock = Clock()
    session = await _session(timing=LIVE, clock=clock)
    await _feed(session, 0.0)
    clock.now_s += 10.0
    await session.mark("film", 4.0, 30.0)
    await session.mark("a little ahead", 10.2)
    for time_s, duration_s in ((-0.1, 0.0), (11.0, 0.0), (4.0, -1.0), (float("nan"), 0.0), (4.0, float("inf"))):
        with pytest.raises(SessionError) as refused:
            await session.mark("nowhere", time_s, duration_s)
        assert refused.value.code == "bad_time"
    assert _of(_drain(session), Marker) == [Marker("film", 4.0, 30.0), Marker("a little ahead", 10.0)]
    await session.stop()
    for late in (session.mark("too late"), session.report("happy", "sad", None)):
        with pytest.raises(Closed):
            await late


async def test_what_was_right_is_said_of_a_time_that_the_session_has_seen() -> None:
    session = await _session()
    await _feed(session, 0.0, 0.4)
    for time_s in (-1.0, 1.0, 1e300, float("nan")):
        with pytest.raises(SessionError) as refused:
            await session.report("happy", "sad", time_s)
        assert refused.value.code == "bad_time"
    await session.report("happy", "sad", 0.2)
    assert _of(_drain(session), SelfReport) == [SelfReport(0.2, "happy", "sad")]
    await session.stop()


async def test_a_reading_of_the_own_device_is_fused_told_and_kept_with_its_origin() -> None:
    recorder = ListRecorder()
    session = await _session(timing=LIVE, scopes=("device", "history"), recorder=recorder)
    await session.offer_reading(estimate("sad", 0.0, engine="net"))
    read, fused = [event for event in _drain(session) if isinstance(event, Estimate | FusedEstimate)]
    assert read.engine == "browser:net"
    assert fused.weights["face"] == 1
    assert _of(recorder.events, Estimate) == [read]
    with pytest.raises(ReadingError):
        await session.offer_reading(estimate("sad", 1.0))  # nothing happens in the future
    await session.stop()


async def test_readings_of_the_own_device_need_their_scope_and_a_live_session() -> None:
    session = await _session(timing=LIVE, scopes=("camera",))
    with pytest.raises(Refused, match="device"):
        await session.offer_reading(estimate())
    await session.change_person(person("device"))
    await session.offer_reading(estimate())
    await session.change_person(person("camera"))
    assert session._judge._fusion.newest == {}
    await session.stop()
    replayed = await _session(scopes=("device",))
    with pytest.raises(Refused, match="clip"):
        await replayed.offer_reading(estimate())
    await replayed.stop()


async def test_consent_taken_back_while_the_record_opens_keeps_the_picture_from_every_lane() -> None:
    class Slow(ListRecorder):
        async def open_session(self, *_: object, **__: object) -> None:
            await session.change_person(person("microphone"))

    session = await _session(scopes=("camera", "history"), recorder=Slow())
    with pytest.raises(Refused):
        await session.offer_picture(picture(0.0))
    assert session._parts.engines.asked == []
    await session.stop()
