"""The app as a process of its own, and what it and the rest of the machine use meanwhile."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil

ROOT = Path(__file__).parents[2]
ROOMY = ("--sessions-per-address", "1000", "--guests-per-minute", "1000", "--connections-per-address", "1000")
"""all of the load comes from one address here"""
SCOPES = ("camera", "microphone", "text", "history")


@dataclass(frozen=True)
class App:
    """A running one."""

    address: str
    """host:port"""
    process: psutil.Process
    ready_s: float
    """from the command to a 200 of /health"""


@contextmanager
def running_app(*settings: str, log: IO[bytes] | None = None, log_level: str = "WARNING") -> Iterator[App]:
    """`python app.py` on a free port, with a data folder of its own; what it logs goes to `log`, or beside ours."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "app.py", "--host", "127.0.0.1", "--port", str(port), "--data-dir", data]
        began = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--log-level", log_level, *settings], cwd=ROOT, stdout=log, stderr=log and subprocess.STDOUT
        )
        try:
            yield App(f"127.0.0.1:{port}", psutil.Process(process.pid), _until_ready(port, began))
        finally:
            process.terminate()
            process.wait(30)


def end_tidily() -> None:
    """Told to end (by `timeout`, say), this process ends as with Ctrl-C, and so do those that it started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def _until_ready(port: int, began: float) -> float:
    while time.perf_counter() - began < 120:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as answer:
                if answer.status == 200:
                    return time.perf_counter() - began
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the app did not get ready in two minutes")


def guest(address: str, scopes: tuple[str, ...] = SCOPES) -> str:
    """A token."""
    body = json.dumps({"scopes": scopes, "purpose": "self"}).encode()
    request = urllib.request.Request(f"http://{address}/api/guest", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(json.load(answer)["token"])


def family(process: psutil.Process) -> list[psutil.Process]:
    """A process and all that it started."""
    return [process, *process.children(recursive=True)]


def memory_mb(process: psutil.Process) -> float:
    """Resident, of a process and of the workers it keeps."""
    total = 0
    for one in family(process):
        with suppress(psutil.NoSuchProcess):
            total += one.memory_info().rss
    return round(total / 1e6, 1)


def _cpu_s(process: psutil.Process) -> float:
    """Seconds of a core that a process and its workers have used."""
    spent = 0.0
    for one in family(process):
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            spent += times.user + times.system
    return spent


def _busy_s() -> float:
    """Seconds of a core that the whole machine has used."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


@dataclass
class Watch:
    """Looks at the server now and then, from a thread of the client's process.

    The client and this watch count as the client; what neither they nor the server used was used by others.
    """

    process: psutil.Process | None
    every_s: float = 2.0
    at_s: list[float] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)
    server_cores: list[float] = field(default_factory=list)
    client_cores: list[float] = field(default_factory=list)
    other_cores: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    """the machine's load average over a minute"""

    def __enter__(self) -> Watch:
        self.at_rest_mb = self._memory_mb()
        self._over = threading.Event()
        self._began = time.perf_counter()
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        before = self._used()
        while not self._over.wait(self.every_s):
            now = self._used()
            with suppress(psutil.NoSuchProcess):
                self._note(*(after - earlier for after, earlier in zip(now, before, strict=True)))
            before = now

    def _memory_mb(self) -> float:
        return 0.0 if self.process is None else memory_mb(self.process)

    def _used(self) -> tuple[float, float, float, float]:
        own = os.times()
        server_s = 0.0 if self.process is None else _cpu_s(self.process)
        return time.perf_counter(), server_s, own.user + own.system, _busy_s()

    def _note(self, elapsed_s: float, server_s: float, client_s: float, busy_s: float) -> None:
        self.at_s.append(round(time.perf_counter() - self._began, 1))
        self.rss_mb.append(self._memory_mb())
        self.server_cores.append(round(server_s / elapsed_s, 2))
        self.client_cores.append(round(client_s / elapsed_s, 2))
        self.other_cores.append(round(max(0.0, busy_s - server_s - client_s) / elapsed_s, 2))
        self.load.append(round(os.getloadavg()[0], 2))

    def told(self) -> dict[str, Any]:
        """Means and the course of time."""
        return {
            "rss_mb": {"at_rest": self.at_rest_mb, "max": max(self.rss_mb), "last": self.rss_mb[-1]},
            "server_cores": _mean(self.server_cores),
            "client_cores": _mean(self.client_cores),
            "other_cores": _mean(self.other_cores),
            "load": _mean(self.load),
            "course": {
                "at_s": self.at_s,
                "rss_mb": self.rss_mb,
                "server_cores": self.server_cores,
                "other_cores": self.other_cores,
            },
        }


def _mean(values: list[float]) -> float:
    return round(sum(values) / max(1, len(values)), 2)
