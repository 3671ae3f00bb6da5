"""What each attacker does in one round."""

from __future__ import annotations

import json
import struct
import time
from pathlib import Path
from typing import Any

import msgspec
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from core.transports.protocol import CLIENT_MESSAGES
from tests import hostile
from tests.benchmarks.attack import Door, Round
from tests.benchmarks.pictures import moving_face
from tests.benchmarks.sounds import DATASETS

FORMATS = ("bids", "bundle", "csv", "csv_plain", "elan", "emotionml", "json", "parquet")
KEPT = ("camera", "text", "history")
WRONG: tuple[Any, ...] = (*hostile.NO_TEXT, *hostile.HUGE, *hostile.NESTED, None, True, [], {}, ["camera", 1])
GARBAGE = (
    b"GET / HTTP/1.1\r\n",
    b"POST /api/guest HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n{",
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
    b"POST /api/guest HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n",
)


def _be_recorded(door: Door, connection: ClientConnection, seconds: float = 3.0) -> None:
    """Pictures, words, a mark."""
    jpegs = door.kept.setdefault("jpegs", moving_face(12, seed=door.chance.randrange(1000)))
    connection.send(json.dumps({"type": "text", "text": "I lost my keys at work and I am not happy about it"}))
    for number in range(int(6 * seconds)):
        connection.send(struct.pack("<Bd", 1, number / 6) + jpegs[number % len(jpegs)])
        time.sleep(1 / 6)
    connection.send(json.dumps({"type": "marker", "label": "here"}))


def _keep_session(door: Door, token: str) -> None:
    """One more session of this person, from its beginning to its end."""
    with door.live(token) as connection:
        _be_recorded(door, connection)
        _leave(connection)


def _leave(connection: ClientConnection) -> None:
    """With a stop; what is still told is read."""
    connection.send(json.dumps({"type": "stop"}))
    try:
        while True:
            connection.recv(timeout=20)
    except (ConnectionClosed, TimeoutError):
        return


def export(door: Door) -> None:
    """Every format of everything, and charts; one more session every ninth round."""
    number = door.tally.rounds[door.who]
    if "token" not in door.kept:
        door.kept["token"] = door.guest(*KEPT)
    if number % 9 == 0:
        _keep_session(door, door.kept["token"])
    door.call("GET", f"/api/me/export?format={FORMATS[number % len(FORMATS)]}", token=door.kept["token"])
    door.call("POST", "/api/analytics", {"session_ids": None}, door.kept["token"])
    door.call("GET", "/api/sessions", token=door.kept["token"])


def delete(door: Door) -> None:
    """A guest who is recorded and then deleted, one way or another; now and then in mid-session."""
    token = door.guest(*KEPT)
    with door.live(token) as connection:
        _be_recorded(door, connection)
        if door.chance.random() < 0.5:
            _leave(connection)
        way = door.chance.randrange(3)
        if way == 0:
            _, content = door.call("GET", "/api/sessions", token=token)
            for session in json.loads(content)["sessions"]:
                door.call("DELETE", f"/api/sessions/{session['session_id']}", token=token)
        elif way == 1:
            door.call("POST", "/api/consent", {"scopes": ["camera"], "delete": True}, token)
        door.call("DELETE", "/api/me", token=token)


def upload_bundle(door: Door) -> None:
    """Its own bundle; and the same cut off, with bytes changed, or nothing of the sort."""
    if "bundle" not in door.kept:
        token = door.guest(*KEPT)
        _keep_session(door, token)
        door.kept["bundle"] = door.call("GET", "/api/me/export?format=bundle", token=token)[1]
    whole: bytes = door.kept["bundle"]
    broken = bytearray(whole)
    for _ in range(20):
        broken[door.chance.randrange(len(broken))] = door.chance.randrange(256)
    for content in (whole, whole[: len(whole) // 2], bytes(broken), b"PK\x03\x04" + b"\0" * 1000, b""):
        door.call("POST", "/api/bundles", content)


def upload_clip(door: Door) -> None:
    """A clip that is read to its end, one that is left alone, and one that is broken."""
    files = sorted((DATASETS / "av").glob("*.mp4")) or [Path(__file__)]
    clip = door.chance.choice(files).read_bytes()
    token = door.guest("camera", "microphone", "history")
    status, content = door.call("POST", "/api/clips", clip, token)
    if status == 200:
        answer = json.loads(content)
        with door.live(token, resume_token=answer["resume_token"]) as connection:
            if door.chance.random() < 0.7:
                _read_clip(connection)
    door.call("POST", "/api/clips", clip[: door.chance.randrange(len(clip))], token)
    door.call("POST", "/api/clips", door.chance.randbytes(5000), token)


def _read_clip(connection: ClientConnection) -> None:
    try:
        while json.loads(connection.recv(timeout=60)).get("ended") is not True:
            continue
    except (ConnectionClosed, TimeoutError):
        return


def ask_wrongly(door: Door) -> None:
    """Twenty requests to routes of the OpenAPI document with values that no client should send."""
    if "paths" not in door.kept:
        document = json.loads(door.call("GET", "/openapi.json")[1])
        door.kept["paths"] = [(method.upper(), path) for path, ways in document["paths"].items() for method in ways]
        door.kept["fields"] = sorted(
            {name for schema in document["components"]["schemas"].values() for name in schema.get("properties", {})}
        )
    token = door.guest("camera", "history")
    for _ in range(20):
        method, path = door.chance.choice(door.kept["paths"])
        while "{" in path:
            before, _, rest = path.partition("{")
            path = (
                before + door.chance.choice(("0", "%00", "..%2f..", "a" * 300, "%ff", "1e999")) + rest.partition("}")[2]
            )
        path += door.chance.choice(("", "?limit=-1", "?format=%00", "?bins=1e9", "?offset=99999999999999999999"))
        body = {name: door.chance.choice(WRONG) for name in door.chance.sample(door.kept["fields"], 4)}
        data = door.chance.choice((hostile.as_json(body).encode(), hostile.as_json(door.chance.choice(WRONG)).encode()))
        door.call(method, path, None if method == "GET" else data, token, {"Content-Type": "application/json"})


def talk_wrongly(door: Door) -> None:
    """A socket that is told nonsense of every kind, and is left without a word."""
    with door.live(door.guest("camera", "microphone", "device", "history", "text")) as connection:
        for _ in range(60):
            kind = door.chance.choice(sorted(CLIENT_MESSAGES))
            names = [one.name for one in msgspec.structs.fields(CLIENT_MESSAGES[kind])]
            message = {"type": kind} | {name: door.chance.choice(WRONG) for name in names}
            connection.send(hostile.as_json(message))
            head = struct.pack("<Bd", door.chance.randrange(4), door.chance.choice((0.0, 1e308, float("nan"), -1.0)))
            connection.send(head + door.chance.randbytes(door.chance.randrange(3000)))
        connection.socket.close()


def flood(door: Door) -> None:
    """Pictures as fast as the line takes them, of a client that never reads; then one message that is far too large."""
    jpegs = door.kept.setdefault("jpegs", moving_face(12, seed=5))
    with door.live(door.guest("camera")) as connection:
        for number in range(400):
            connection.send(struct.pack("<Bd", 1, number / 200) + jpegs[number % len(jpegs)])
        connection.send(b"\1" + bytes(20_000_000))
        connection.socket.close()


def dawdle(door: Door) -> None:
    """Connections that say little or nonsense, and keep their place."""
    lines = [door.line() for _ in range(20)]
    for line in lines:
        try:
            line.sendall(door.chance.choice(GARBAGE))
        except OSError:
            door.tally.note(door.who, "closed")
    time.sleep(12)
    for line in lines:
        line.close()


def guess(door: Door) -> None:
    """Passwords of one name."""
    for _ in range(10):
        door.call("POST", "/api/login", {"username": "somebody", "password": door.chance.randbytes(9).hex()})


ATTACKERS: dict[str, tuple[Round, float]] = {
    "export": (export, 2.0),
    "delete": (delete, 4.0),
    "bundle": (upload_bundle, 8.0),
    "clip": (upload_clip, 20.0),
    "ask_wrongly": (ask_wrongly, 4.0),
    "talk_wrongly": (talk_wrongly, 4.0),
    "flood": (flood, 10.0),
    "dawdle": (dawdle, 3.0),
    "guess": (guess, 10.0),
}
"""what each does, and seconds between two rounds: about three requests a second in all, and what hurts most seldom"""
