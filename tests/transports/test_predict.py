from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from websockets.exceptions import ConnectionClosed

from core.companion.conversation import ReplyParts
from core.companion.sound_shelf import SoundShelf
from core.services import Services
from core.transports import predict as predictions
from core.transports.peer import AUTH_BYTES, Ending
from core.transports.predict import serve
from core.transports.protocol import BINARY_HEAD
from tests.fakes import ScriptedEngines, ScriptedTextLane, ScriptedVoiceLane
from tests.server import Server
from tests.transports.peers import Client, services_of

FIELDS = {"emotion", "confidence", "fer_conf", "ser_conf", "timestamp", "fps"}


@pytest.fixture
async def services(data_dir) -> AsyncIterator[Services]:
    async with services_of(data_dir) as made:
        yield made


def _predicting(services: Services) -> tuple[Client, asyncio.Task[Ending]]:
    """A client that has consented."""
    client = Client()
    client.say('{"consent": true}')
    return client, asyncio.create_task(serve(services, client.send, client.receive))


async def _until_open(services: Services) -> None:
    async with asyncio.timeout(10):
        while not len(services.sessions):
            await asyncio.sleep(0.01)


def test_pictures_give_plain_lines(server: Server, portrait_jpeg: bytes) -> None:
    with server.socket("/ws/predict") as connection:
        connection.send('{"consent": true}')
        connection.send(BINARY_HEAD.pack(1, 0.0) + portrait_jpeg)
        line = json.loads(connection.recv(timeout=10))
        assert set(line) == FIELDS
        assert line["emotion"] == "happy"
        assert line["fer_conf"] > 0.5
        assert line["ser_conf"] is None
        frame = "data:image/jpeg;base64," + base64.b64encode(portrait_jpeg).decode()
        connection.send(json.dumps({"type": "video_frame", "frame": frame}))
        assert json.loads(connection.recv(timeout=10))["emotion"] == "happy"


def test_without_a_face_everything_is_null(server: Server) -> None:
    import numpy as np

    from tests.conftest import jpeg_of

    with server.socket("/ws/predict") as connection:
        connection.send('{"consent": true}')
        connection.send(BINARY_HEAD.pack(1, 0.0) + jpeg_of(np.full((240, 320, 3), 128, np.uint8)))
        line = json.loads(connection.recv(timeout=10))
    assert (line["emotion"], line["confidence"], line["fer_conf"]) == (None, None, None)


@pytest.mark.parametrize(
    "first", ['{"consent": false}', "{}", "junk", '{"consent": "yes"}', "[" * 50_000, b"\xff\xfe", "[1]"]
)
def test_nothing_is_looked_at_before_consent(server: Server, first: str) -> None:
    with server.socket("/ws/predict") as connection:
        connection.send(first)
        assert json.loads(connection.recv(timeout=10))["code"] == "no_consent"
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=10)


def test_bad_picture_is_told_and_the_next_one_is_read(server: Server, portrait_jpeg: bytes) -> None:
    with server.socket("/ws/predict") as connection:
        connection.send('{"consent": true}')
        connection.send(b"\x01")
        assert json.loads(connection.recv(timeout=10))["type"] == "error"
        connection.send(BINARY_HEAD.pack(1, 0.0) + portrait_jpeg)
        assert json.loads(connection.recv(timeout=10))["emotion"] == "happy"


class Untouched:
    """Stands where reply engines and voices do; remembers whether anybody came."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> object:
        self.asked.append(name)
        raise AttributeError(name)


def test_nobody_answers_what_is_said_here(server: Server, monkeypatch) -> None:
    """A reply would be made and spoken for nobody, and with a cloud engine the words would leave the machine."""
    companion = Untouched()
    lanes = {"voice": lambda: ScriptedVoiceLane({0.0: ("start", "end")}), "text": lambda: ScriptedTextLane("I am sad")}
    replies = ReplyParts(companion, companion, SoundShelf())
    scripted = replace(server.services.sessions.parts, lanes=lanes, engines=ScriptedEngines(), replies=replies)
    monkeypatch.setattr(server.services.sessions, "parts", scripted)
    with server.socket("/ws/predict") as connection:
        connection.send('{"consent": true}')
        connection.send(BINARY_HEAD.pack(2, 0.0) + bytes(3200))
        lines = [json.loads(connection.recv(timeout=10)) for _ in range(3)]
    assert any(line["emotion"] == "sad" for line in lines), "the words were read"
    assert companion.asked == []


def test_whatever_goes_wrong_inside_ends_with_a_close_code(server: Server, portrait_jpeg: bytes, monkeypatch) -> None:
    """1012, as on /ws: nothing is wrong with the client, which may come again."""

    def fails(*_args: object) -> None:
        raise ZeroDivisionError

    with server.socket("/ws/predict") as connection:
        connection.send('{"consent": true}')
        monkeypatch.setattr("core.transports.predict.prediction", fails)
        connection.send(BINARY_HEAD.pack(1, 0.0) + portrait_jpeg)
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012


async def test_session_that_the_server_ends_ends_the_connection(services) -> None:
    client, serving = _predicting(services)
    await _until_open(services)
    await services.sessions.close_all()
    assert await asyncio.wait_for(serving, 10) is Ending.OVER
    assert client.told == []


async def test_whoever_hangs_up_leaves_no_session_behind(services) -> None:
    client, serving = _predicting(services)
    client.say(None)
    await asyncio.wait_for(serving, 10)
    assert len(services.sessions) == 0
    assert services.sessions.admission.inside["predict"] == 0


async def test_second_client_is_told_that_the_house_is_full(services) -> None:
    client, serving = _predicting(services)
    await _until_open(services)
    late, refused = _predicting(services)
    assert await asyncio.wait_for(refused, 10) is Ending.REFUSED
    assert late.told[-1]["code"] == "server_full"
    client.say(None)
    await serving


@pytest.mark.parametrize(
    "message",
    [
        '{"type": "ping", "id": 1}',
        '{"type": "stop"}',
        '{"type": "pause"}',
        '{"type": "consent", "scopes": []}',
        '{"type": "auth", "token": "x"}',
        '{"type": "text", "text": "I am sad"}',
        '{"type": "not_known_yet"}',
    ],
)
async def test_only_pictures_and_sound_are_of_use_here(services, message: str) -> None:
    """What else a client of /ws may say is read over, and nothing but lines and errors comes back."""
    client, serving = _predicting(services)
    client.say(message, BINARY_HEAD.pack(1, 0.0) + b"jpeg")
    async with asyncio.timeout(10):
        while not client.told:
            await asyncio.sleep(0.01)
    assert set(client.told[0]) == FIELDS
    client.say(None)
    await serving


async def test_whoever_says_nothing_is_let_go_in_time(services, monkeypatch) -> None:
    monkeypatch.setattr(predictions, "CONSENT_S", 0.05)
    client = Client()
    assert await serve(services, client.send, client.receive) is Ending.REFUSED
    assert client.told[-1]["code"] == "no_consent"


@pytest.mark.slow
def test_one_address_has_its_part_of_the_places_here_too(tmp_path) -> None:
    from core.settings import Settings

    with Server(Settings(data_dir=tmp_path, sessions_per_address=1)) as server, server.socket("/ws/predict") as first:
        first.send('{"consent": true}')
        while not len(server.services.sessions):
            time.sleep(0.01)
        with server.socket("/ws/predict") as second:
            second.send('{"consent": true}')
            told = json.loads(second.recv(timeout=10))
    assert (told["code"], told["fatal"]) == ("too_many_sessions", True)


async def test_first_message_that_is_large_is_not_even_parsed(services) -> None:
    client = Client()
    client.say(json.dumps({"consent": True, "more": "x" * AUTH_BYTES}))
    assert await serve(services, client.send, client.receive) is Ending.REFUSED
    assert client.told[-1]["code"] == "no_consent"
