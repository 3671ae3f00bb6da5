"""A person at the other end of a real socket: a filmed face, speech without a break, and a clock of their own.

Nothing here knows the server's clock. A picture is due when its camera would have taken it; the FIRST event that
echoes its time answers it, and one that nothing ever answers was dropped, never fast.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.server import guest
from tests.benchmarks.sounds import RATE_HZ

CHUNK_S = 0.1
BYTES_A_CHUNK = 2 * round(CHUNK_S * RATE_HZ)
PING_S = 1.0
ANSWERS = ("face_emotion", "fused_emotion")


@dataclass
class Utterance:
    """One that the server's speech detector has ended."""

    end_t: float
    """session time of its last voiced sample"""
    decided: float
    """when its end was told, on the client's clock"""
    voiced: float | None = None
    """when its last voiced sample was due, on the client's clock; None before any face told how the clocks lie"""
    transcribed: float | None = None
    text: str = ""
    length_s: float = 0.0


@dataclass
class Notes:
    """What was due and what came back, in seconds of the client's clock since its start. Pure."""

    due: dict[int, float] = field(default_factory=dict)
    """pictures without an answer yet, by milliseconds of `t`"""
    answered: list[tuple[float, float]] = field(default_factory=list)
    """when a picture was due, and seconds until its first answer"""
    sent_late_s: list[float] = field(default_factory=list)
    utterances: list[Utterance] = field(default_factory=list)
    pings: dict[int, float] = field(default_factory=dict)
    round_trips_s: list[tuple[float, float]] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    """events by type"""
    errors: Counter[str] = field(default_factory=Counter)
    read: float = 0.0
    """pictures the server says it has looked at, those without a face too"""
    left_out: int = 0
    """what the server says it has dropped, sound and events too"""
    behind_s: float | None = None
    """client time less session time"""

    def send(self, due_s: float, late_s: float) -> None:
        """A picture goes out, so much after it was due."""
        self.due[round(due_s * 1000)] = due_s
        self.sent_late_s.append(late_s)

    def hear(self, event: dict[str, Any], now_s: float) -> None:
        """One message of the server."""
        kind = event["type"]
        self.told[kind] += 1
        if kind in ANSWERS:
            self._answered(event, now_s)
        elif kind == "speech" and event["state"] == "end":
            self._ended(event["t"], now_s)
        elif kind == "transcript" and event["is_final"] and event["origin"] == "speech":
            self._transcribed(event, now_s)
        elif kind == "pong":
            self.round_trips_s.append((now_s, now_s - self.pings.pop(event["id"])))
        elif kind == "stats":
            self.read += event["fps"]
            self.left_out = event["dropped"]
        elif kind == "error":
            self.errors[event["code"]] += 1

    def _answered(self, event: dict[str, Any], now_s: float) -> None:
        if event["type"] == "face_emotion":
            self.behind_s = event["capture_t"] - event["t"]
        due_s = self.due.pop(round(event["capture_t"] * 1000), None)
        if due_s is not None:
            self.answered.append((due_s, now_s - due_s))

    def _ended(self, end_t: float, now_s: float) -> None:
        voiced = None if self.behind_s is None else end_t + self.behind_s
        self.utterances.append(Utterance(end_t, now_s, voiced))

    def _transcribed(self, event: dict[str, Any], now_s: float) -> None:
        waiting = [one for one in self.utterances if one.transcribed is None and abs(one.end_t - event["end_s"]) < 0.1]
        for one in waiting[:1]:
            one.transcribed, one.text = now_s, event["text"]
            one.length_s = event["end_s"] - event["start_s"]


@dataclass
class Client:
    """One session from its first to its last picture."""

    jpegs: list[bytes]
    """shown at the camera's rate, forth and back"""
    film_fps: float
    pcm: bytes
    """PCM16 mono 16 kHz, begun anew where it ends"""
    pictures_per_s: float = 6.0
    notes: Notes = field(default_factory=Notes)
    ended: str = ""
    """why it ended before its time"""
    _began: float = 0.0

    def now_s(self) -> float:
        """Its clock."""
        return time.perf_counter() - self._began

    async def run(self, address: str, seconds: float, drain_s: float = 6.0, token: str = "") -> None:
        """Send at a steady pace, read everything; what is on the way at the end has `drain_s` to come."""
        from websockets.asyncio.client import connect
        from websockets.exceptions import ConnectionClosed

        token = token or await asyncio.to_thread(guest, address)
        async with connect(f"ws://{address}/ws", max_size=None, compression=None, ping_interval=None) as connection:
            await connection.send(json.dumps({"type": "auth", "token": token}))
            while json.loads(await connection.recv())["type"] != "state":
                continue
            self._began = time.perf_counter()
            try:
                async with asyncio.TaskGroup() as tasks:
                    hearing = tasks.create_task(self._hear(connection, address))
                    work = (self._send_pictures, self._send_sound, self._ping)
                    sending = [tasks.create_task(one(connection, seconds)) for one in work]
                    await asyncio.wait(sending)
                    await asyncio.sleep(drain_s)
                    hearing.cancel()
            except* ConnectionClosed as closed:
                self.ended = str(closed.exceptions[0])
            with contextlib.suppress(ConnectionClosed):
                await connection.send(json.dumps({"type": "stop"}))

    async def _until(self, at_s: float) -> float:
        """Seconds that it is later than that."""
        await asyncio.sleep(max(0.0, at_s - self.now_s()))
        return self.now_s() - at_s

    async def _send_pictures(self, connection: Any, seconds: float) -> None:
        """Times are odd milliseconds: no other medium can echo one of them."""
        for number in range(int(seconds * self.pictures_per_s)):
            due_s = (2 * round(500 * number / self.pictures_per_s) + 1) / 1000
            late_s = await self._until(due_s)
            self.notes.send(due_s, late_s)
            await connection.send(struct.pack("<Bd", 1, due_s) + self._picture(due_s))

    def _picture(self, at_s: float) -> bytes:
        last = len(self.jpegs) - 1
        at = round(at_s * self.film_fps) % max(1, 2 * last)
        return self.jpegs[at if at <= last else 2 * last - at]

    async def _send_sound(self, connection: Any, seconds: float) -> None:
        """Each chunk when its last sample would have been recorded; times in even milliseconds. None without sound."""
        chunks = len(self.pcm) // BYTES_A_CHUNK
        for number in range(int(seconds / CHUNK_S) if chunks else 0):
            start_s, at = number * CHUNK_S, number % chunks * BYTES_A_CHUNK
            await self._until(start_s + CHUNK_S)
            await connection.send(struct.pack("<Bd", 2, start_s) + self.pcm[at : at + BYTES_A_CHUNK])

    async def _ping(self, connection: Any, seconds: float) -> None:
        for number in range(int(seconds / PING_S)):
            await self._until(number * PING_S + 0.05)
            self.notes.pings[number] = self.now_s()
            await connection.send(json.dumps({"type": "ping", "id": number}))

    async def _hear(self, connection: Any, address: str) -> None:
        async with asyncio.TaskGroup() as fetching:
            async for message in connection:
                event = json.loads(message)
                self.notes.hear(event, self.now_s())
                if event["type"] == "llm_response" and event["audio_url"]:
                    fetching.create_task(asyncio.to_thread(_fetch, f"http://{address}{event['audio_url']}"))


def _fetch(url: str) -> None:
    """A page would play it; over headphones here: the microphone hears the person alone."""
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=10) as answer:
        answer.read()
