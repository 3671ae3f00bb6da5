"""A client from auth to its end without any socket: what every transport has in common."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from core.errors import Limit, NotFound, Refused
from core.services import Services
from core.transports import peer as peers
from core.transports.peer import Ending, Gone, Peer, authenticate, serve
from core.transports.wire.media import BINARY_HEAD
from core.types import ByteImage
from tests.fakes import ScriptedTextLane, ScriptedVoiceLane, person
from tests.transports.peers import Client, services_of


@pytest.fixture
async def services(data_dir) -> AsyncIterator[Services]:
    async with services_of(data_dir) as made:
        yield made


@asynccontextmanager
async def talking(services: Services, *scopes: str, resume_token: str | None = None, user_id: str = "someone"):
    """A client in its session, greeted; the peer and the task that ends with its Ending."""
    client = Client()
    peer = await Peer.enter(
        services, client.send, person(*(scopes or ("camera", "microphone")), user_id=user_id), resume_token
    )
    task = asyncio.create_task(peer.talk(client.receive))
    await client.until("state")
    try:
        yield client, peer, task
    finally:
        client.say(None)
        await asyncio.wait_for(task, 10)


def say(**message) -> str:
    return json.dumps(message)


# -- coming in --------------------------------------------------------------------------------------


async def test_a_guest_comes_in_by_token_and_is_greeted_first(services) -> None:
    token, _ = await services.accounts.guest(["camera"], "self")
    client = Client()
    client.say(say(type="auth", token=token))
    serving = asyncio.create_task(serve(services, client.send, client.receive))
    await client.until("state")
    assert [message["type"] for message in client.told[:2]] == ["ready", "state"]
    assert client.told[0]["modalities"] == ["face", "text", "voice"]
    client.say(None)
    assert await asyncio.wait_for(serving, 10) is Ending.AWAY


@pytest.mark.parametrize(
    "first", [b"\x01binary", "junk", say(type="ping"), say(type="auth"), '{"type": "auth", "token": "x"}']
)
async def test_whoever_is_not_known_is_told_why_and_let_go(services, first) -> None:
    client = Client()
    client.say(first)
    assert await serve(services, client.send, client.receive) is Ending.REFUSED
    assert client.told[-1]["fatal"]
    assert client.told[-1]["code"] in {"no_auth", "bad_token"}
    assert len(services.sessions) == 0


async def test_stranger_s_large_message_is_not_even_parsed(services) -> None:
    token, _ = await services.accounts.guest(["camera"], "self")
    client = Client()
    client.say(say(type="auth", token=token, device="x" * peers.AUTH_BYTES))
    assert await serve(services, client.send, client.receive) is Ending.REFUSED
    assert client.told[-1]["code"] == "no_auth"


async def test_whoever_says_nothing_is_let_go_in_time(services, monkeypatch) -> None:
    monkeypatch.setattr(peers, "AUTH_S", 0.05)
    with pytest.raises(Refused, match="no auth within"):
        await authenticate(services, Client().receive)


async def test_whoever_hangs_up_before_auth_leaves_nothing_behind(services) -> None:
    client = Client()
    client.say(None)
    assert await serve(services, client.send, client.receive) is Ending.REFUSED
    assert client.told == []


async def test_deaf_client_is_refused_without_a_word(services) -> None:
    client = Client()
    client.is_deaf = True
    client.say("junk")
    assert await serve(services, client.send, client.receive) is Ending.REFUSED


async def test_who_is_known_by_other_means_enters_without_auth(services) -> None:
    async with talking(services) as (client, peer, _):
        assert client.told[0]["session_id"] == peer.session.session_id


async def test_full_house_and_unknown_session_raise_before_anything_is_told(services) -> None:
    client = Client()
    with pytest.raises(NotFound):
        await Peer.enter(services, client.send, person(), "no such token")
    for _ in range(2):
        await Peer.enter(services, client.send, person())
    with pytest.raises(Limit):
        await Peer.enter(services, client.send, person())
    assert client.told == []


# -- going out --------------------------------------------------------------------------------------


async def test_client_that_left_comes_back_to_its_session(services) -> None:
    async with talking(services) as (first, peer, task):
        resume_token = first.told[0]["resume_token"]
        first.say(None)
        assert await task is Ending.AWAY
    async with talking(services, resume_token=resume_token) as (second, again, _):
        assert again.session is peer.session
        assert second.told[0]["resume_token"] != resume_token


@pytest.mark.parametrize(
    ("said", "is_of_use"),
    [
        (say(type="ping", id="1"), False),
        ("junk", False),
        (say(type="mark", label="here"), True),
        (say(type="text", text="good"), True),
        (BINARY_HEAD.pack(2, 0.0) + bytes(320), True),
    ],
)
async def test_place_is_kept_by_what_is_of_use_alone(services, monkeypatch, said: str, is_of_use: bool) -> None:
    heard = []
    monkeypatch.setattr(services.sessions, "heard", heard.append)
    async with talking(services) as (client, peer, _task):
        heard.clear()
        await peer.take(said)
        assert heard == [peer.session] * is_of_use
        client.told.clear()


async def test_second_place_takes_the_session_over(services) -> None:
    async with (
        talking(services) as (first, peer, task),
        talking(services, resume_token=first.told[0]["resume_token"]) as (second, again, _),
    ):
        told = await first.until("error")
        assert (told["code"], told["fatal"]) == ("taken_over", True)
        assert await asyncio.wait_for(task, 10) is Ending.AWAY
        assert again.session is peer.session
        second.say(say(type="ping", id=1))
        await second.until("pong")


async def test_client_that_hangs_keeps_no_event_from_the_place_that_took_over(services) -> None:
    class Hanging(Client):
        is_hanging = False

        async def send(self, message) -> None:
            if self.is_hanging:
                await asyncio.sleep(60)
            await super().send(message)

    hanging = Hanging()
    peer = await Peer.enter(services, hanging.send, person())
    task = asyncio.create_task(peer.talk(hanging.receive))
    await hanging.until("state")
    hanging.is_hanging = True
    await peer.session.mark("taken and not told")
    await asyncio.sleep(0.05)
    async with talking(services, "camera", resume_token=hanging.told[0]["resume_token"]) as (second, *_):
        assert (await second.until("marker"))["label"] == "taken and not told"
        await peer.session.mark("later")
        await second.until("marker", label="later")
    task.cancel()
    await asyncio.wait([task])


async def test_track_that_goes_on_after_its_peer_left_feeds_nobody(services) -> None:
    async with talking(services) as (client, peer, task):
        client.say(None)
        await task
        for late in (peer.picture(b"jpeg"), peer.sound(np.zeros(10, np.float32)), peer.take("{}")):
            with pytest.raises(Gone):
                await late
        assert peer.session.now_s() == 0


async def test_stop_ends_the_session_for_good(services) -> None:
    async with talking(services) as (client, _, task):
        client.say(say(type="stop"))
        assert await asyncio.wait_for(task, 10) is Ending.OVER
        assert client.of("state")[-1]["ended"]
    assert len(services.sessions) == 0


async def test_event_nobody_took_is_told_to_whoever_comes_back(services) -> None:
    async with talking(services) as (first, peer, task):
        first.is_deaf = True
        await peer.session.mark("kept")
        assert await asyncio.wait_for(task, 10) is Ending.AWAY
    async with talking(services, resume_token=first.told[0]["resume_token"]) as (second, *_):
        assert (await second.until("marker"))["label"] == "kept"


async def test_peer_that_never_talked_leaves_its_session_waiting(services) -> None:
    """An offer that is answered and never followed by an open channel."""
    peer = await Peer.enter(services, Client().send, person())
    assert services.sessions.describe()[0]["is_connected"]
    peer.leave()
    peer.leave()
    assert not services.sessions.describe()[0]["is_connected"]


async def test_failure_in_one_connection_stays_there(services, caplog) -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    async with talking(services) as (client, *_):
        broken = await Peer.enter(services, Client().send, person())
        assert await broken.talk(fails) is Ending.AWAY
        client.say(say(type="ping", id=1))
        await client.until("pong")
    assert "connection failed" in caplog.text


# -- messages ---------------------------------------------------------------------------------------


async def test_every_message_has_its_handler_or_goes_to_the_session(services) -> None:
    from core.transports.protocol import CLIENT_MESSAGES

    async with talking(services) as (_, peer, __):
        handled = {message.TYPE for message in peer._handlers}
    assert handled | {"video_frame", "audio_chunk", "reading"} == set(CLIENT_MESSAGES)


async def test_pictures_words_and_marks_become_events(services) -> None:
    async with talking(services) as (client, *_):
        client.say(BINARY_HEAD.pack(1, 7.5) + b"jpeg", say(type="text", text="hello"), say(type="marker", label="here"))
        assert (await client.until("face_emotion"))["capture_t"] == 7.5
        assert (await client.until("transcript"))["origin"] == "typed"
        assert (await client.until("marker"))["label"] == "here"


async def test_sound_becomes_speech_and_words(data_dir) -> None:
    lanes = {
        "voice": lambda: ScriptedVoiceLane({0.0: ("start", "sad", "end")}),
        "text": lambda: ScriptedTextLane("so it is"),
    }
    async with services_of(data_dir, lanes) as services, talking(services) as (client, *_):
        client.say(BINARY_HEAD.pack(2, 0.0) + bytes(3200))
        assert (await client.until("voice_emotion"))["expression"] == "sad"
        assert (await client.until("transcript"))["text"] == "so it is"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (say(type="self_report", shown="happy", chosen="sad"), "self_report"),
        (say(type="baseline", action="start"), "baseline"),
        (say(type="ping", id="x"), "pong"),
        (say(type="pause"), "state"),
        ('{"type": "auth", "token": "another"}', "error"),
        (say(type="marker", label=""), "error"),
    ],
)
async def test_each_word_is_answered(services, message, told) -> None:
    async with talking(services) as (client, *_):
        client.told.clear()
        client.say(message)
        await client.until(told)


@pytest.mark.parametrize(
    "message",
    [
        say(type="preferences", smoothing_s=1.0),
        say(type="request_greeting"),
        say(type="reply_heard", turn=1, part=0, seconds=0.5),
        say(type="cancel_reply"),
        say(type="speech_end", text="said"),
        say(type="resume"),
        say(type="not_known_yet"),
    ],
)
async def test_words_without_an_answer_do_no_harm(services, message) -> None:
    async with talking(services) as (client, *_):
        client.say(message, say(type="ping", id=1))
        await client.until("pong")
        assert client.of("error") == []


async def test_consent_holds_at_once_and_a_refusal_after_it_is_told_anew(services) -> None:
    token, guest = await services.accounts.guest(["camera"], "self")
    client = Client()
    client.say(say(type="auth", token=token))
    serving = asyncio.create_task(serve(services, client.send, client.receive))
    picture = BINARY_HEAD.pack(1, 0.0) + b"jpeg"
    client.say(say(type="consent", scopes=["microphone"]), picture, picture)
    await client.until("error", code="no_scope")
    client.say(say(type="consent", scopes=["camera"]), picture)
    await client.until("face_emotion")
    client.say(say(type="consent", scopes=[]), picture, say(type="ping", id=1))
    await client.until("pong")
    assert [error["code"] for error in client.of("error")] == ["no_scope", "no_scope"]
    assert (await services.accounts.person(token)).user_id == guest.user_id
    client.say(None)
    await serving


async def test_readings_of_the_device_need_their_own_scope(services) -> None:
    reading = say(type="reading", modality="face", expressions={"happy": 1.0}, quality=0.9)
    async with talking(services, "camera") as (client, *_):
        client.say(reading)
        assert (await client.until("error"))["code"] == "no_scope"
    async with talking(services, "device") as (client, *_):
        client.say(reading)
        assert (await client.until("face_emotion"))["engine"].startswith("browser:")


# -- tracks of their own, as a video call brings them --------------------------------------------------


class Picture:
    """A decoder's picture that counts how often it is made RGB."""

    def __init__(self) -> None:
        self.converted = 0

    def rgb(self) -> ByteImage:
        self.converted += 1
        return np.zeros((48, 64, 3), np.uint8)


async def test_picture_of_a_track_is_read_and_a_dropped_one_is_never_converted(data_dir) -> None:
    from core.engines.requests import DecodePicture
    from core.live.lanes.face import FaceLane

    async with services_of(data_dir, {"face": FaceLane}) as services, talking(services) as (client, peer, _):
        engines = services.engines
        engines.gate = asyncio.Event()
        sent = [Picture() for _ in range(20)]
        for picture in sent:
            await peer.picture(picture)
        await asyncio.sleep(0.05)
        engines.gate.set()
        await peer.session.idle()
        asked = [request.data for request in engines.asked if isinstance(request, DecodePicture)]
        assert asked
        assert asked[-1] is sent[-1], "the newest is read"
        assert len(asked) <= 2
        assert peer.session.dropped == 20 - len(asked)
        assert client.of("error") == []


async def test_sound_of_a_track_is_cut_timed_and_told(data_dir) -> None:
    lanes = {"voice": lambda: ScriptedVoiceLane({0.0: ("start",)})}
    async with services_of(data_dir, lanes) as services, talking(services) as (client, peer, _):
        for number in range(20):
            await peer.sound(np.zeros(320, np.float32), 1000 + number / 50)
        assert (await client.until("speech"))["state"] == "start"


async def test_tracks_obey_consent_pause_size_and_rate_as_messages_do(services) -> None:
    async with talking(services, "microphone") as (client, peer, _):
        await peer.picture(b"jpeg", 0.0)
        await client.until("error", code="no_scope")
        await peer.session.pause()
        await peer.sound(np.zeros(320, np.float32))
        await client.until("error", code="paused")
        await peer.session.resume()
        await peer.sound(np.zeros(2_000_000, np.float32))
        await client.until("error", code="too_large")
        for _ in range(services.settings.max_messages_per_s + 1):
            await peer.sound(np.zeros(1, np.float32))
        await client.until("error", code="rate_limited")
        assert peer.session.refused >= 4


async def test_tracks_with_clocks_of_their_own_tell_no_drift(services) -> None:
    peer = await Peer.enter(services, Client().send, person("camera", "microphone"), has_one_clock=False)
    for number in range(40):
        await peer.picture(b"jpeg", 5_000.0 + number / 100)
        await peer.sound(np.zeros(160, np.float32), number / 100)
    assert peer.session.drift_ms is None
    peer.leave()


async def test_send_that_fails_while_refusing_ends_the_connection_alone(services) -> None:
    async with talking(services) as (client, peer, task):
        client.is_deaf = True
        client.say("junk")
        assert await asyncio.wait_for(task, 10) is Ending.AWAY
        assert not peer.session.is_ended
        with pytest.raises(Gone):
            await client.send({})
