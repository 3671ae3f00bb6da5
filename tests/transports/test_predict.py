from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from websockets.exceptions import ConnectionClosed

from core.companion.conversation import ReplyParts
from core.companion.sound_shelf import SoundShelf
from core.transports.protocol import BINARY_HEAD
from tests.fakes import ScriptedEngines, ScriptedTextLane, ScriptedVoiceLane
from tests.server import Server

FIELDS = {"emotion", "confidence", "fer_conf", "ser_conf", "timestamp", "fps"}


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
