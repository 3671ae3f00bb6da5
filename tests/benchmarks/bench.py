"""`make bench`: how fast the face lane is, how long a picture takes to its fused event, how much memory it needs.

Writes a dated table with machine, commit and versions to tests/benchmarks/results/. Never a pass or a fail. The parts
(`--only lane`, `load`, `memory`) can be run apart; each keeps its own time and machine load in the day's table.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.pictures import moving_face

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).parent / "results"
PICTURES_PER_S = 6
SESSIONS = (1, 4, 8, 16)
LOAD_S = 20
WARM_UP_S = 3


def quantiles(values_ms: list[float]) -> dict[str, float]:
    """p50, p95 and n of milliseconds."""
    ordered = sorted(values_ms)
    at = min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))
    return {"p50": round(statistics.median(ordered), 2), "p95": round(ordered[at], 2), "n": len(ordered)}


# -- the face lane alone ------------------------------------------------------------------------------


def bench_lane(count: int = 300) -> dict[str, dict[str, float]]:
    """Milliseconds per 640x480 picture, by stage, one thread, at 6 pictures/s of media time."""
    from core.live.assembly import choose_engines
    from core.live.lanes.face import FaceLane
    from core.metrics import Metrics
    from core.plugins import discover
    from core.settings import Settings
    from core.types import EncodedFrame

    settings = Settings()
    engines = choose_engines(discover("models", "ENGINE"), settings, Metrics())
    for engine in engines.by_kind.values():
        engine.engine.load(settings)
    lane = FaceLane()
    state = lane.start()
    spent: dict[str, list[float]] = {"whole lane": []}
    for number, jpeg in enumerate(moving_face(count + 10, seed=1)):
        frame = EncodedFrame(jpeg, number / PICTURES_PER_S, number / PICTURES_PER_S, 0.0)
        state, took = _timed_step(lane.step(state, frame), engines)
        if number < 10:
            continue
        for stage, elapsed_ms in took.items():
            spent.setdefault(stage, []).append(elapsed_ms)
    return {stage: quantiles(values) for stage, values in spent.items()}


def _timed_step(step: Any, engines: Any) -> tuple[Any, dict[str, float]]:
    """Drive one pure step; milliseconds by the name of each request, and the rest as "track, crop, quality"."""
    took: dict[str, float] = {}
    began = time.perf_counter()
    answer = None
    try:
        while True:
            request = step.send(answer)
            asked = time.perf_counter()
            answer = engines.by_kind[request.kind].engine.infer([request])[0]
            name = type(request).__name__
            took[name] = took.get(name, 0.0) + (time.perf_counter() - asked) * 1000
    except StopIteration as end:
        whole = (time.perf_counter() - began) * 1000
        took["track, crop, quality"] = whole - sum(took.values())
        took["whole lane"] = whole
        return end.value[0], took


# -- the whole server ---------------------------------------------------------------------------------


@contextmanager
def running_app() -> Iterator[tuple[str, psutil.Process, float]]:
    """`python app.py` on a free port: host:port, its process, seconds from start to a 200 of /health."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "app.py", "--host", "127.0.0.1", "--port", str(port), "--data-dir", data]
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
    body = json.dumps({"scopes": ["camera", "history"], "purpose": "self"}).encode()
    request = urllib.request.Request(f"http://{address}/api/guest", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["token"])


async def _one_session(address: str, jpegs: list[bytes], late_s: float, seconds: float) -> dict[str, Any]:
    """Send at a steady pace, read everything; latency of each picture that got a fused event of its own."""
    from websockets.asyncio.client import connect

    sent: dict[float, float] = {}
    latencies_ms: list[float] = []
    faces = 0
    async with connect(f"ws://{address}/ws", max_size=None) as connection:
        await connection.send(json.dumps({"type": "auth", "token": await asyncio.to_thread(_guest, address)}))
        await asyncio.sleep(late_s)
        began = time.perf_counter()

        async def send() -> None:
            for number, jpeg in enumerate(jpegs):
                due = began + number / PICTURES_PER_S
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                capture_s = round(number / PICTURES_PER_S, 3)
                sent[capture_s] = time.perf_counter()
                await connection.send(struct.pack("<Bd", 1, capture_s) + jpeg)
            await asyncio.sleep(1.0)

        sending = asyncio.create_task(send())
        while not sending.done():
            try:
                event = json.loads(await asyncio.wait_for(connection.recv(), 0.2))
            except TimeoutError:
                continue
            faces += event["type"] == "face_emotion"
            at_s = sent.pop(event["capture_t"], None) if event["type"] == "fused_emotion" else None
            if at_s is not None and event["capture_t"] >= WARM_UP_S:
                latencies_ms.append((time.perf_counter() - at_s) * 1000)
        await sending
    return {"latencies_ms": latencies_ms, "faces": faces, "sent": len(jpegs)}


async def _load(address: str, sessions: int, seconds: float) -> dict[str, Any]:
    count = int(seconds * PICTURES_PER_S)
    pictures = [moving_face(count, seed=100 * sessions + n) for n in range(sessions)]
    clients = [_one_session(address, p, n / sessions / PICTURES_PER_S, seconds) for n, p in enumerate(pictures)]
    told = await asyncio.gather(*clients)
    latencies = [ms for one in told for ms in one["latencies_ms"]]
    read, sent = sum(one["faces"] for one in told), sum(one["sent"] for one in told)
    return {**quantiles(latencies), "read_share": round(read / sent, 3)}


def bench_load(load_s: float) -> dict[str, Any]:
    """Start to ready, memory at rest, and capture to fused event by number of sessions."""
    with running_app() as (address, process, ready_s):
        time.sleep(2)
        told: dict[str, Any] = {"start_to_ready_s": round(ready_s, 2), "memory_at_rest_mb": _memory_mb(process)}
        told["capture_to_fused_ms"] = {str(n): asyncio.run(_load(address, n, load_s)) for n in SESSIONS}
        told["memory_after_load_mb"] = _memory_mb(process)
    return told


def bench_memory(minutes: float) -> dict[str, Any]:
    """Resident memory at rest and after one session of this length."""
    with running_app() as (address, process, _):
        time.sleep(2)
        at_rest = _memory_mb(process)
        asyncio.run(_load(address, 1, minutes * 60))
        return {"minutes": minutes, "at_rest_mb": at_rest, "after_mb": _memory_mb(process)}


def _memory_mb(process: psutil.Process) -> float:
    return round(process.memory_info().rss / 1e6, 1)


# -- the report ---------------------------------------------------------------------------------------


def about() -> dict[str, Any]:
    """Machine, commit and versions."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    packages = ("onnxruntime", "opencv-python-headless", "fastapi", "uvicorn", "websockets", "duckdb", "gradio")
    sidecar = json.loads((ROOT / "models/weights/face_compact.json").read_text())
    processor = platform.processor() or platform.machine()
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip() or "unknown",
        "machine": f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_before": round(os.getloadavg()[0], 2),
        "weights": sidecar["sha256"][:12],
        "versions": {name: version(name) for name in packages},
        "command": "make bench",
    }


def table(result: dict[str, Any]) -> str:
    """The day's parts as Markdown."""
    lines = ["# Bench", ""]
    for name, part in result.items():
        about = part["about"]
        lines += [
            f"{name}: {about['when']}, {about['machine']}, commit {about['commit']}, weights {about['weights']}, "
        ]
        lines[-1] += f"load before {about['load_before']}"
        lines += ["", *_ROWS[name](part["measured"]), ""]
    return "\n".join(lines)


def _lane_rows(stages: dict[str, Any]) -> list[str]:
    head = ["| face lane, one 640x480 JPEG | p50 ms | p95 ms | n |", "|---|---|---|---|"]
    return head + [f"| {stage} | {q['p50']} | {q['p95']} | {q['n']} |" for stage, q in stages.items()]


def _load_rows(measured: dict[str, Any]) -> list[str]:
    rows = ["| sessions at 6 pictures/s | p50 ms | p95 ms | pictures read | n |", "|---|---|---|---|---|"]
    for sessions, q in measured["capture_to_fused_ms"].items():
        rows.append(f"| {sessions} | {q['p50']} | {q['p95']} | {q['read_share']:.0%} | {q['n']} |")
    rows += ["", "| start to ready s | memory at rest MB | memory after the load MB |", "|---|---|---|"]
    figures = (measured[name] for name in ("start_to_ready_s", "memory_at_rest_mb", "memory_after_load_mb"))
    return [*rows, f"| {' | '.join(map(str, figures))} |"]


def _memory_rows(measured: dict[str, Any]) -> list[str]:
    head = [f"| memory at rest MB | after {measured['minutes']:g} minutes of one session MB |", "|---|---|"]
    return [*head, f"| {measured['at_rest_mb']} | {measured['after_mb']} |"]


_ROWS = {"lane": _lane_rows, "load": _load_rows, "memory": _memory_rows}


def main() -> None:
    """Run the parts and write the dated result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(_ROWS), help="one part instead of all")
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the memory run")
    parser.add_argument("--load-s", type=float, default=LOAD_S, help="seconds of each load step")
    parser.add_argument("--no-write", action="store_true", help="print only")
    chosen = parser.parse_args()
    parts = {
        "lane": bench_lane,
        "load": lambda: bench_load(chosen.load_s),
        "memory": lambda: bench_memory(chosen.minutes),
    }
    file = RESULTS / f"bench-{datetime.now(UTC):%Y-%m-%d}.json"
    result = json.loads(file.read_text()) if file.exists() else {}
    for name, run in parts.items():
        if chosen.only in (None, name):
            result[name] = {"about": about(), "measured": run()}
    print(table(result))
    if not chosen.no_write:
        file.write_text(json.dumps(result, indent=1) + "\n")
        file.with_suffix(".md").write_text(table(result))


if __name__ == "__main__":
    main()
