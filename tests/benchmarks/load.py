"""The whole server under load: real processes, real sockets, pictures and sound at a steady pace."""

from __future__ import annotations

import asyncio
import bisect
import json
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.lanes import PICTURES_PER_S, quantiles
from tests.benchmarks.pictures import moving_face
from tests.benchmarks.sounds import RATE_HZ, pcm, talk

ROOT = Path(__file__).parents[2]
SESSIONS = (1, 4, 8, 16)
WARM_UP_S = 3
CHUNK_S = 0.1


@contextmanager
def running_app() -> Iterator[tuple[str, psutil.Process, float]]:
    """`python app.py` on a free port: host:port, its process, seconds from start to a 200 of /health."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "app.py", "--host", "127.0.0.1", "--port", str(port), "--data-dir", data]
        command += ["--sessions-per-address", "1000"]  # all of the load comes from here
        began = time.perf_counter()
        process = subprocess.Popen([*command, "--log-level", "WARNING", "--guests-per-minute", "1000"], cwd=ROOT)
        try:
            yield f"127.0.0.1:{port}", psutil.Process(process.pid), _until_ready(port, began)
        finally:
            process.terminate()
            process.wait(30)


def _until_ready(port: int, began: float) -> float:
    while time.perf_counter() - began < 120:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as answer:
                if answer.status == 200:
                    return time.perf_counter() - began
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the app did not get ready in two minutes")


def _guest(address: str) -> str:
    body = json.dumps({"scopes": ["camera", "microphone", "history"], "purpose": "self"}).encode()
    request = urllib.request.Request(f"http://{address}/api/guest", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["token"])


@dataclass
class _Client:
    """One person: pictures, and sound where there is any; what came back of it and when."""

    jpegs: list[bytes]
    samples: Any = None
    ends_s: list[float] = field(default_factory=list)
    """when each sentence ended, on the client's clock"""
    sent: dict[float, float] = field(default_factory=dict)
    latencies_ms: list[float] = field(default_factory=list)
    lines_ms: list[float] = field(default_factory=list)
    """last voiced sample sent to utterance_emotion"""
    counts: dict[str, int] = field(default_factory=dict)
    began: float = 0.0

    async def run(self, address: str, late_s: float) -> None:
        """Send at a steady pace, read everything."""
        from websockets.asyncio.client import connect

        async with connect(f"ws://{address}/ws", max_size=None) as connection:
            await connection.send(json.dumps({"type": "auth", "token": await asyncio.to_thread(_guest, address)}))
            await asyncio.sleep(late_s)
            self.began = time.perf_counter()
            sending = asyncio.gather(self._send_pictures(connection), self._send_sound(connection))
            while not sending.done():
                try:
                    self._hear(json.loads(await asyncio.wait_for(connection.recv(), 0.2)))
                except TimeoutError:
                    continue
            await sending

    async def _send_pictures(self, connection: Any) -> None:
        for number, jpeg in enumerate(self.jpegs):
            capture_s = round(number / PICTURES_PER_S, 3)
            await self._wait_until(capture_s)
            self.sent[capture_s] = time.perf_counter()
            await connection.send(struct.pack("<Bd", 1, capture_s) + jpeg)
        await asyncio.sleep(1.0)

    async def _send_sound(self, connection: Any) -> None:
        """Each chunk when its last sample would have been recorded."""
        if self.samples is None:
            return
        size = int(CHUNK_S * RATE_HZ)
        for start in range(0, len(self.samples) - size, size):
            await self._wait_until(start / RATE_HZ + CHUNK_S)
            await connection.send(struct.pack("<Bd", 2, start / RATE_HZ) + pcm(self.samples[start : start + size]))

    async def _wait_until(self, at_s: float) -> None:
        await asyncio.sleep(max(0.0, self.began + at_s - time.perf_counter()))

    def _hear(self, event: dict[str, Any]) -> None:
        kind, now = event["type"], time.perf_counter()
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if kind == "fused_emotion":
            at = self.sent.pop(event["capture_t"], None)
            if at is not None and event["capture_t"] >= WARM_UP_S:
                self.latencies_ms.append((now - at) * 1000)
        elif kind == "utterance_emotion":
            index = bisect.bisect_right(self.ends_s, now - self.began) - 1
            if (
                index >= 0 and now - self.began - self.ends_s[index] < 2.0
            ):  # later ones are of the next sentence's pause
                self.lines_ms.append((now - self.began - self.ends_s[index]) * 1000)


async def _load(address: str, sessions: int, seconds: float, has_sound: bool) -> dict[str, Any]:
    count = int(seconds * PICTURES_PER_S)
    clients = []
    for n in range(sessions):
        seed = 100 * sessions + n
        samples, ends_s = talk(seconds, seed) if has_sound else (None, [])
        clients.append(_Client(moving_face(count, seed), samples, ends_s))
    await asyncio.gather(*(c.run(address, n / sessions / PICTURES_PER_S) for n, c in enumerate(clients)))
    read = sum(c.counts.get("face_emotion", 0) for c in clients)
    told: dict[str, Any] = quantiles([ms for c in clients for ms in c.latencies_ms])
    told["read_share"] = round(read / (count * sessions), 3)
    if has_sound and (lines_ms := [ms for c in clients for ms in c.lines_ms]):
        told["line"] = quantiles(lines_ms)
        told["voice_per_s"] = round(sum(c.counts.get("voice_emotion", 0) for c in clients) / sessions / seconds, 2)
    return told


def bench_load(load_s: float) -> dict[str, Any]:
    """Start to ready, memory at rest, and capture to fused event by number of sessions, without and with sound."""
    with running_app() as (address, process, ready_s):
        time.sleep(2)
        told: dict[str, Any] = {"start_to_ready_s": round(ready_s, 2), "memory_at_rest_mb": memory_mb(process)}
        told["capture_to_fused_ms"] = {str(n): asyncio.run(_load(address, n, load_s, False)) for n in SESSIONS}
        told["with_sound_ms"] = {str(n): asyncio.run(_load(address, n, load_s, True)) for n in SESSIONS}
        told["memory_after_load_mb"] = memory_mb(process)
    return told


def bench_memory(minutes: float) -> dict[str, Any]:
    """Resident memory at rest and after one session of this length, with sound."""
    with running_app() as (address, process, _):
        time.sleep(2)
        at_rest = memory_mb(process)
        asyncio.run(_load(address, 1, minutes * 60, True))
        return {"minutes": minutes, "at_rest_mb": at_rest, "after_mb": memory_mb(process)}


def memory_mb(process: psutil.Process) -> float:
    """Resident, of the server and of the worker processes it keeps."""
    family = [process, *process.children(recursive=True)]
    return round(sum(one.memory_info().rss for one in family) / 1e6, 1)
