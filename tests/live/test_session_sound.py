"""Sound and words of one session: what is told, in which order, and who may say what."""

from __future__ import annotations

import asyncio

import pytest

from core.companion.conversation import ReplyParts
from core.companion.reply_engines import ReplyEngines
from core.companion.sound_shelf import SoundShelf
from core.engines.registry import Engines
from core.engines.streamed import StreamedEngine
from core.errors import EngineFailed, Limit, Refused
from core.estimation.fusion import FusionSettings
from core.live.device import ReadingError
from core.live.lanes.queues import KEPT
from core.live.parts import SessionParts
from core.live.session import Session
from core.live.timing import LIVE, REPLAY
from core.metrics import Metrics
from core.settings import Settings
from core.types import (
    BaselineState,
    Estimate,
    Fault,
    FusedEstimate,
    Preferences,
    Quality,
    Reply,
    SpeechState,
    Utterance,
    UtteranceEstimate,
)
from models.reply_offline import OfflineReplies
from tests.companion.rooms import Scripted, Voice
from tests.fakes import (
    ListRecorder,
    ScriptedEngines,
    ScriptedLane,
    ScriptedTextLane,
    ScriptedVoiceLane,
    estimate,
    person,
    picture,
    probs,
    sound,
)

ALL = ("camera", "microphone")
SPOKEN = {0.1: ("start",), 0.3: ("angry",), 0.5: ("end",)}


async def _session(script=None, *, scopes=ALL, timing=REPLAY, recorder=None, engines=None, replies=None):
    voice, text = ScriptedVoiceLane(SPOKEN if script is None else script), ScriptedTextLane()
    lanes = {"face": ScriptedLane, "voice": lambda: voice, "text": lambda: text}
    asked = engines or ScriptedEngines()
    parts = SessionParts(asked, lanes, FusionSettings(), Metrics(), recorder, lambda: 50.0, replies=replies)
    session = Session("s1", person(*scopes), parts, timing)
    await session.start()
    session.lanes = (voice, text)
    return session


async def _hear(session, seconds=0.8):
    for number in range(round(seconds * 10)):
        await session.offer_sound(sound(number / 10))
    await session.idle()


def _told(session):
    events = list(session.outbox._events)
    session.outbox._events.clear()
    return events


def _of(events, kind):
    return [event for event in events if isinstance(event, kind)]


async def test_speech_is_told_in_the_order_in_which_it_happened() -> None:
    session = await _session()
    session.without(("face",))
    await _hear(session)
    await session.stop()
    events = _told(session)
    kinds = [type(e) for e in events if isinstance(e, SpeechState | Utterance | UtteranceEstimate)]
    assert kinds == [SpeechState, SpeechState, Utterance, UtteranceEstimate, Utterance, UtteranceEstimate]
    assert [e.modality for e in _of(events, Estimate)][:2] == ["voice", "text"]


async def test_an_utterance_is_judged_once_by_all_that_was_read_in_its_span() -> None:
    session = await _session()
    for number in range(8):
        await session.offer_picture(picture(number / 10))
        await session.offer_sound(sound(number / 10))
    await session.idle()
    await session.stop()
    judged = _of(_told(session), UtteranceEstimate)[0]
    assert (judged.start_s, judged.origin) == (0.0, "speech")
    assert all(judged.fused.weights[modality] > 0 for modality in ("face", "voice", "text"))


async def test_a_replay_with_sound_tells_the_same_events_in_any_interleaving() -> None:
    runs = []
    for is_sound_first in (True, False):
        session = await _session()
        listener = asyncio.create_task(_collect(session))
        offers = [[("sound", k / 10) for k in range(8)], [("picture", k / 10) for k in range(8)]]
        tasks = [asyncio.create_task(_offer_all(session, offer)) for offer in offers[:: 1 if is_sound_first else -1]]
        await asyncio.gather(*tasks)
        await session.idle()
        await session.stop()
        runs.append([(type(e).__name__, getattr(e, "time_s", None)) for e in await listener])
    assert runs[0] == runs[1]


async def _offer_all(session, offers):
    for kind, at_s in offers:
        await (session.offer_sound(sound(at_s)) if kind == "sound" else session.offer_picture(picture(at_s)))
        await asyncio.sleep(0)


async def _collect(session):
    events = []
    while (event := await session.outbox.get()) is not None:
        events.append(event)
    return events


async def test_typed_words_are_read_without_microphone_and_told_back() -> None:
    session = await _session(scopes=("camera",), timing=LIVE)
    await session.offer_text("  what a day  ")
    await session.idle()
    events = _told(session)
    assert [(u.text, u.origin) for u in _of(events, Utterance)] == [("what a day", "typed")]
    assert [e.modality for e in _of(events, Estimate)] == ["text"]
    assert _of(events, FusedEstimate)[-1].weights["text"] == pytest.approx(1)
    await session.stop()


async def test_sound_without_the_scope_is_refused_before_any_engine_is_asked() -> None:
    session = await _session(scopes=("camera",))
    with pytest.raises(Refused) as refused:
        await session.offer_sound(sound(0.0))
    assert refused.value.code == "no_scope"
    assert session._parts.engines.asked == []
    await session.stop()


async def test_live_sound_is_kept_while_the_lane_is_busy_and_told_when_there_is_no_room() -> None:
    engines = ScriptedEngines()
    engines.gate = asyncio.Event()
    session = await _session(timing=LIVE, engines=engines)
    await session.offer_sound(sound(0.0))
    await asyncio.sleep(0.01)
    for number in range(KEPT):
        await session.offer_sound(sound(0.1 + number / 10))
    with pytest.raises(Limit) as full:
        await session.offer_sound(sound(99.0))
    assert full.value.code == "backlog_full"
    engines.gate.set()
    await session.idle()
    assert len(engines.asked) >= KEPT + 1
    await session.stop()


async def test_words_the_client_heard_itself_are_taken_as_they_are() -> None:
    session = await _session(timing=LIVE)
    await session.offer_sound(sound(0.0))
    await session.end_speech("I heard this")
    await session.idle()
    assert [u.text for u in _of(_told(session), Utterance)] == ["I heard this"]
    await session.stop()


async def test_stopping_in_the_middle_of_a_sentence_reads_it_to_its_end() -> None:
    session = await _session({}, timing=LIVE)
    await session.offer_sound(sound(0.0))
    await session.stop()
    assert _of(_told(session), Utterance)


async def test_a_failing_voice_leaves_face_and_typed_words_alive() -> None:
    broken = EngineFailed("net failed")
    session = await _session(dict.fromkeys((0.0, 0.1, 0.2), broken))
    for number in range(3):
        await session.offer_picture(picture(number / 10))
        await session.offer_sound(sound(number / 10))
    await session.offer_text("still here")
    await session.stop()
    events = _told(session)
    assert {f.modality for f in _of(events, Fault)} == {"voice"}
    assert {e.modality for e in _of(events, Estimate)} == {"face", "text"}


async def test_weights_change_at_once_and_reach_the_lanes() -> None:
    session = await _session(timing=LIVE)
    wanted = Preferences(weights={"face": 0.0, "voice": 0.0, "text": 1.0}, patience_s=1.5)
    session.prefer(wanted)
    await session.offer_picture(picture(0.0))
    await session.offer_text("hello there you")
    await session.idle()
    assert _of(_told(session), FusedEstimate)[-1].weights == {"face": 0.0, "voice": 0.0, "text": 1.0}
    assert [lane.preferred for lane in session.lanes] == [wanted, wanted]
    await session.stop()


async def test_withdrawing_the_microphone_forgets_the_voice_and_what_was_said() -> None:
    session = await _session(timing=LIVE)
    await _hear(session)
    await session.change_person(person("camera"))
    _told(session)
    await session.offer_picture(picture(1.0))
    await session.idle()
    assert _of(_told(session), FusedEstimate)[-1].weights == {"face": 1.0, "voice": 0.0, "text": 0.0}
    await session.stop()


@pytest.mark.parametrize(("left", "is_remembered"), [(("camera",), False), (("microphone",), True)])
async def test_what_was_talked_about_is_forgotten_with_the_microphone_and_with_nothing_else(
    left, is_remembered
) -> None:
    companion = Scripted(["I hear you."])
    settings = Settings(reply_engine="scripted")
    engines = Engines([StreamedEngine(engine, settings) for engine in (companion, OfflineReplies())])
    engines.load()
    session = await _session(timing=LIVE, replies=ReplyParts(ReplyEngines(engines), Voice(), SoundShelf()))
    for number, words in enumerate(("I lost my keys", "so what")):
        await session.offer_text(words)
        async with asyncio.timeout(10):
            while not any(reply.is_final for reply in _of(session.outbox._events, Reply)):
                await asyncio.sleep(0.005)
        _told(session)
        assert len(companion.prompts) == number + 1
        await session.change_person(person(*left))
    assert any("keys" in turn.text for turn in companion.prompts[1].turns) is is_remembered
    await session.stop()


async def test_words_never_reach_the_record() -> None:
    recorder = ListRecorder()
    session = await _session(scopes=(*ALL, "history"), recorder=recorder)
    await _hear(session)
    await session.stop()
    kept = [event for event in recorder.events if isinstance(event, Utterance)]
    from core.record.columns import is_kept

    assert kept
    assert not any(is_kept(event) for event in kept)


async def test_the_baseline_is_told_runs_and_can_be_removed() -> None:
    session = await _session()
    session.baseline("start")
    for number in range(320):
        await session.offer_picture(picture(number / 10))
        await session.idle()
        if number == 10:
            assert _of(_told(session), BaselineState)[0].state == "running"
    session.without(("voice", "text"))
    states = _of(_told(session), BaselineState)
    assert states[-1].state == "ready"
    assert states[-1].modalities == ("face",)
    session.baseline("clear")
    assert _of(_told(session), BaselineState)[-1].state == "none"
    await session.stop()


@pytest.mark.parametrize("wrong", [{"quality": Quality(2.0)}, {"probs": probs("sad") * 0.5}, {"at_s": 5.0}])
async def test_a_refused_reading_begins_no_time_and_opens_no_record(wrong) -> None:
    recorder = ListRecorder()
    session = await _session(scopes=("device", "history"), timing=LIVE, recorder=recorder)
    with pytest.raises(ReadingError):
        await session.offer_reading(estimate(**wrong))
    assert (recorder.opened, session.now_s()) == ([], 0.0)
    await session.stop()
