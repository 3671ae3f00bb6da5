"""From messages to a session's media: what is admitted, in what order things are checked, and every bound."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from core.engines.requests import DecodePicture
from core.errors import AppError, Limit, MediaError, Refused
from core.estimation.fusion import FusionSettings
from core.live.lanes.queues import KEPT, Delivery
from core.live.parts import SessionParts
from core.live.session import Session
from core.live.timing import LIVE
from core.metrics import Metrics
from core.settings import Settings
from core.transports.intake import SMALL_BYTES, Intake
from core.transports.peer import Peer
from core.transports.protocol import BINARY_HEAD, MessageError, Text
from core.transports.refusals import Refusals
from core.types import AudioChunk, EncodedFrame, Fault, RawFrame
from tests.fakes import ScriptedEngines, person
from tests.live.clocks import Clock
from tests.transports.peers import Client, services_of
from tests.transports.recordings import pcm, recording, tone
from tests.transports.webm import PCM, webm


@dataclass
class Collecting:
    """A lane that keeps what it is given; with a closed gate in the engines it works on the first for ever."""

    modality: Any
    taken: list[Any]
    delivery: Delivery = Delivery.KEEP
    hands_to: Any = None

    def start(self, _stream_id: str) -> Any:
        return 0

    def prefer(self, _preferences: Any) -> Any:
        return self

    def step(self, state: Any, item: Any) -> Any:
        self.taken.append(item)
        yield DecodePicture(b"")
        return state, []


@dataclass
class Way:
    """An intake, its session, and what came out at either end."""

    intake: Intake
    session: Session
    engines: ScriptedEngines
    taken: list[Any]
    told: list[str]

    @property
    def sound(self) -> list[AudioChunk]:
        return [item for item in self.taken if isinstance(item, AudioChunk)]

    async def until(self, seconds: float) -> None:
        """Until so many seconds of sound have been taken."""
        async with asyncio.timeout(30):
            while sum(len(chunk.samples) for chunk in self.sound) < seconds * 16_000:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def way_in(*scopes: str, clock: Callable[[], float] = time.monotonic, **settings: Any) -> AsyncIterator[Way]:
    taken: list[Any] = []
    told: list[str] = []
    engines = ScriptedEngines()
    lanes: dict[Any, Any] = {
        "face": lambda: Collecting("face", taken, Delivery.LATEST),
        "voice": lambda: Collecting("voice", taken),
    }
    metrics = Metrics()
    parts = SessionParts(engines, lanes, FusionSettings(), metrics, clock=clock)
    session = Session("s1", person(*(scopes or ("camera", "microphone"))), parts, LIVE)
    await session.start()

    async def tell(error: AppError) -> None:
        told.append(error.code)

    intake = Intake(session, Settings(**settings), Refusals(session, metrics, tell))
    running = asyncio.create_task(intake.run())
    yield Way(intake, session, engines, taken, told)
    running.cancel()
    intake.close()
    await session.stop()


async def take_all(way: Way, messages: list[bytes]) -> None:
    for message in messages:
        await way.intake.take(message)


def audio(data: bytes, **fields: Any) -> str:
    return json.dumps({"type": "audio_chunk", "audio": base64.b64encode(data).decode(), **fields})


# -- what is admitted ---------------------------------------------------------------------------------


async def test_picture_comes_in_as_bytes_as_text_and_of_a_track(portrait_jpeg) -> None:
    picture = json.dumps({"type": "video_frame", "frame": base64.b64encode(portrait_jpeg).decode(), "t": 2.0})
    async with way_in() as way:
        for number, message in enumerate((BINARY_HEAD.pack(1, 1.0) + portrait_jpeg, picture)):
            assert await way.intake.take(message) is None
            await way.session.idle()
            assert way.taken[number].data == portrait_jpeg
        await way.intake.picture(portrait_jpeg, 3.0)
        await way.session.idle()
        assert [frame.capture_s for frame in way.taken] == [1.0, 2.0, 3.0]
        assert all(isinstance(frame, EncodedFrame) for frame in way.taken)


async def test_picture_that_came_decoded_is_handed_on_as_it_is() -> None:
    class Raw:
        def rgb(self) -> Any:
            raise AssertionError("nobody asked for it")

    async with way_in() as way:
        await way.intake.picture(Raw(), None)
        await way.session.idle()
        assert isinstance(way.taken[0], RawFrame)


async def test_what_is_no_media_comes_back_and_what_is_not_known_does_not() -> None:
    async with way_in() as way:
        assert await way.intake.take('{"type": "text", "text": "hello"}') == Text("hello")
        assert await way.intake.take('{"type": "from_the_future"}') is None
        assert await way.intake.take(b"\x09" + bytes(20)) is None
        assert way.taken == []


@pytest.mark.parametrize("junk", [b"", "", b"\x01", b"\x02short", "{", '{"type": "video_frame", "frame": "%%%"}'])
async def test_junk_is_refused_and_the_next_message_works(junk) -> None:
    async with way_in() as way:
        with pytest.raises(MessageError):
            await way.intake.take(junk)
        await way.intake.take(BINARY_HEAD.pack(1, 0.0) + b"jpeg")
        await way.session.idle()
        assert len(way.taken) == 1


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        ("microphone", BINARY_HEAD.pack(1, 0.0) + b"jpeg"),
        ("microphone", '{"type": "video_frame", "frame": "%%%"}'),
        ("camera", BINARY_HEAD.pack(2, 0.0) + b"odd"),
        ("camera", '{"type": "audio_chunk", "audio": "%%%"}'),
        ("camera", '{"type": "reading", "modality": "face", "expressions": {"happy": 7}, "quality": 1}'),
    ],
)
async def test_consent_is_asked_before_anything_is_decoded(scope, message) -> None:
    async with way_in(scope) as way:
        with pytest.raises(Refused) as told:
            await way.intake.take(message)
        assert told.value.code == "no_scope"
        assert way.session.now_s() == 0, "no time began to run"


@pytest.mark.parametrize("scope", ["camera", "microphone"])
async def test_consent_is_asked_of_a_track_before_its_time_begins(scope) -> None:
    async with way_in(scope) as way:
        work = way.intake.sound(np.zeros(320, np.float32), 1.0) if scope == "camera" else way.intake.picture(b"", 1.0)
        with pytest.raises(Refused) as told:
            await work
        assert told.value.code == "no_scope"
        assert way.session.now_s() == 0, "no time began to run"


async def test_sound_withdrawn_before_it_was_decoded_starts_nothing() -> None:
    async with way_in() as way:
        await way.intake.take(audio(recording("webm", 2.0)))
        await way.session.change_person(person("camera"))
        async with asyncio.timeout(10):
            while "no_scope" not in way.told:
                await asyncio.sleep(0.01)
        assert way.session.now_s() == 0, "no time began to run"
        assert way.sound == []


async def test_message_over_the_limit_is_refused_whatever_it_is() -> None:
    async with way_in(max_message_mb=0.01) as way:
        for large in (b"\x01" + bytes(10_001), "x" * 10_001):
            with pytest.raises(Limit) as told:
                await way.intake.take(large)
            assert told.value.code == "too_large"
        with pytest.raises(Limit):
            await way.intake.picture(bytes(10_001), None)
        with pytest.raises(Limit):
            await way.intake.sound(np.zeros(10_001, np.float32), None)


async def test_each_kind_has_a_rate_of_its_own_so_pictures_starve_neither_sound_nor_a_stop() -> None:
    picture, sound = BINARY_HEAD.pack(1, 0.0) + b"jpeg", BINARY_HEAD.pack(2, 0.0) + bytes(32)
    async with way_in(max_messages_per_s=5) as way:
        with pytest.raises(Limit) as told:
            await take_all(way, [picture] * 50)
        assert told.value.code == "rate_limited"
        with pytest.raises(Limit):
            await way.intake.take("x" * (SMALL_BYTES + 1))
        await way.intake.take(sound)
        assert await way.intake.take('{"type": "text", "text": "stop"}') == Text("stop")


# -- sound ----------------------------------------------------------------------------------------------


async def test_pcm_of_any_shape_becomes_the_same_sound() -> None:
    async with way_in() as way:
        await way.intake.take(BINARY_HEAD.pack(2, 5.0) + pcm(tone(0.5)))
        await way.intake.take(audio(pcm(tone(0.5, 48_000), 2), format="pcm16", rate_hz=48_000, channels=2, t=5.5))
        await way.session.idle()
        assert [round(chunk.capture_s, 2) for chunk in way.sound] == [5.0, 5.5]
        assert sum(len(chunk.samples) for chunk in way.sound) == pytest.approx(16_000, abs=100)


async def test_a_long_message_is_cut_so_that_no_piece_holds_the_loop_long() -> None:
    async with way_in() as way:
        await way.intake.take(BINARY_HEAD.pack(2, 0.0) + pcm(tone(3.5)))
        await way.session.idle()
        assert [len(chunk.samples) for chunk in way.sound] == [16_000, 16_000, 16_000, 8_000]
        ends = [chunk.time_s for chunk in way.sound]
        assert [chunk.start_s for chunk in way.sound[1:]] == pytest.approx(ends[:-1])


async def test_more_than_a_minute_in_one_message_is_refused() -> None:
    async with way_in() as way:
        with pytest.raises(MediaError) as told:
            await way.intake.take(BINARY_HEAD.pack(2, 0.0) + bytes(2 * 16_000 * 61))
        assert told.value.code == "sound_too_long"
        assert way.taken == []


async def test_streamed_recording_is_heard_whole_although_it_comes_faster_than_it_is_read() -> None:
    """Half a minute in pieces of 10 ms, far more than a lane may keep waiting: the decoder waits instead."""
    whole = webm(PCM, 8_000.0, [bytes(160)] * 3_000)
    async with way_in() as way:
        gate = way.engines.gate = asyncio.Event()
        await way.intake.take(audio(whole))
        await way.until(0.001)
        await asyncio.sleep(0.3)  # the decoder fills what it may while the lane works on the first piece
        gate.set()
        await way.until(29.5)
        assert way.told == []
        assert way.session.dropped == 0


async def test_what_breaks_a_recording_off_is_told_behind_it_and_the_next_one_is_heard() -> None:
    async with way_in() as way:
        await way.intake.take(audio(webm(PCM, 1.0, [bytes(2400)])))
        async with asyncio.timeout(5):
            while way.told != ["sound_rate"]:
                await asyncio.sleep(0.01)
        assert way.session.refused == 1
        with pytest.raises(MediaError) as middle:
            await way.intake.take(audio(bytes(2400)))
        assert middle.value.code == "no_header"
        await way.intake.take(audio(recording("webm", 2.0)))
        await way.until(1.5)


async def test_sound_that_nobody_may_hear_any_more_is_left_out_and_counted() -> None:
    async with way_in() as way:
        gate = way.engines.gate = asyncio.Event()
        await way.intake.take(audio(recording("webm", 20.0)))
        await way.until(0.01)
        await way.session.change_person(person("camera"))
        gate.set()
        async with asyncio.timeout(10):
            while "no_scope" not in way.told:
                await asyncio.sleep(0.01)
        assert way.session.refused >= 1


async def test_pcm_faster_than_it_is_read_is_bounded_and_told() -> None:
    async with way_in() as way:
        way.engines.gate = asyncio.Event()
        forty_s = bytes(2 * 16_000 * 40)
        with pytest.raises(Limit) as told:
            await take_all(way, [BINARY_HEAD.pack(2, 40.0 * number) + forty_s for number in range(5)])
        assert told.value.code == "backlog_full"
        runner = way.session._lanes._runners["voice"]
        assert len(runner._waiting) == KEPT
        assert sum(len(chunk.samples) for chunk in runner._waiting._inputs) <= KEPT * 16_000
        way.engines.gate.set()


async def test_sound_that_found_no_room_is_counted_once(data_dir) -> None:
    async with services_of(data_dir, {"voice": lambda: Collecting("voice", [])}) as services:
        services.engines.gate = asyncio.Event()
        peer = await Peer.enter(services, Client().send, person("microphone"))
        sound = BINARY_HEAD.pack(2, 0.0) + bytes(2 * 16_000 * 59)
        for _ in range(4):
            await peer.take(sound)
        assert peer.session.dropped == 2
        peer.leave()
        services.engines.gate.set()


# -- time -------------------------------------------------------------------------------------------------


async def test_clocks_that_come_apart_are_told_once() -> None:
    async with way_in() as way:
        for number in range(40):
            await way.intake.picture(b"jpeg", 50 + number / 30)
            await way.intake.sound(np.zeros(530, np.float32), 49.5 + number / 30)
        faults = [event for event in way.session.outbox._events if isinstance(event, Fault)]
        assert [fault.code for fault in faults] == ["clock_drift"]
        assert way.session.drift_ms == pytest.approx(500, abs=60)


async def test_stamps_that_do_not_run_with_time_are_told_once_and_arrival_counts() -> None:
    """A picture numbered as if 30 came a second, where 15 do."""
    clock = Clock()
    async with way_in(clock=clock, max_messages_per_s=1000) as way:
        for number in range(150):
            clock.now_s = 50 + number / 15
            await way.intake.picture(b"jpeg", number / 30)
        await way.session.idle()
        faults = [event for event in way.session.outbox._events if isinstance(event, Fault)]
        assert [(fault.code, fault.modality) for fault in faults] == [("clock_rate", "face")]
        assert "0.50" in faults[0].message
        newest = way.taken[-1]
        assert newest.time_s == newest.arrived_s
        assert way.session.drift_ms is None


async def test_the_first_sound_lies_at_time_0_and_the_next_follows_it() -> None:
    clock = Clock()
    async with way_in(clock=clock) as way:
        for number in range(2):
            clock.now_s = 50 + number / 2
            await way.intake.take(BINARY_HEAD.pack(2, 70 + number / 2) + pcm(tone(0.5)))
        await way.session.idle()
        assert [chunk.start_s for chunk in way.sound] == pytest.approx([0.0, 0.5])
        assert all(chunk.time_s <= chunk.arrived_s for chunk in way.sound)
