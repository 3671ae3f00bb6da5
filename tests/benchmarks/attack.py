"""Everybody else while somebody is live: exports, deletions, bundles, clips, and clients that mean harm.

A process of its own (`python -m tests.benchmarks.attack --address HOST:PORT --seconds 60`). Each attacker has a thread,
a pace, and an address of its own on the loopback, so that each meets its own limits and not the listeners'. What was
answered is counted; whatever is a 500 is told with its request.
"""

from __future__ import annotations

import argparse
import http.client
import json
import logging
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

TIMEOUT_S = 60.0


@dataclass
class Tally:
    """What all attackers met; shared between their threads."""

    answers: Counter[str] = field(default_factory=Counter)
    """by attacker and status, or by attacker and what broke"""
    failures: list[str] = field(default_factory=list)
    """requests that were answered with 500, the newest hundred"""
    rounds: Counter[str] = field(default_factory=Counter)
    slowest_s: dict[str, float] = field(default_factory=dict)
    """by attacker, of one answer"""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, who: str, what: str, took_s: float = 0.0) -> None:
        with self._lock:
            self.answers[f"{who} {what}"] += 1
            self.slowest_s[who] = round(max(took_s, self.slowest_s.get(who, 0.0)), 2)

    def fail(self, who: str, request: str, answer: bytes) -> None:
        with self._lock:
            self.failures = [*self.failures, f"{who}: {request}: {answer[:200]!r}"][-100:]

    def told(self) -> dict[str, Any]:
        with self._lock:
            return {
                "rounds": dict(self.rounds),
                "answers": dict(sorted(self.answers.items())),
                "slowest_s": dict(self.slowest_s),
                "failures": list(self.failures),
            }


@dataclass
class Door:
    """How one attacker comes in: from an address of its own, with chance of its own."""

    who: str
    server: tuple[str, int]
    own: str
    """its loopback address"""
    tally: Tally
    chance: random.Random
    kept: dict[str, Any] = field(default_factory=dict)
    """what it has from the rounds before, such as a token"""

    def call(
        self, method: str, path: str, body: Any = None, token: str = "", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body of one request; bytes go out as they are, other bodies as JSON."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        given = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {}) | dict(headers or {})
        began = time.monotonic()
        connection = http.client.HTTPConnection(*self.server, timeout=TIMEOUT_S, source_address=(self.own, 0))
        try:
            connection.request(method, path, data, given)
            answer = connection.getresponse()
            status, content = answer.status, answer.read()
        finally:
            connection.close()
        self.tally.note(self.who, str(status), time.monotonic() - began)
        if status == 500:
            self.tally.fail(self.who, f"{method} {path} {(data or b'')[:200]!r}", content)
        return status, content

    def guest(self, *scopes: str) -> str:
        """A token of a new guest; empty where none is given."""
        status, content = self.call("POST", "/api/guest", {"scopes": scopes, "purpose": "self"})
        return str(json.loads(content)["token"]) if status == 200 else ""

    def line(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(self.server, timeout=TIMEOUT_S, source_address=(self.own, 0))

    @contextmanager
    def live(self, token: str, resume_token: str = "") -> Iterator[ClientConnection]:
        """A socket that has said who it is; closed at the end, or gone before."""
        host, port = self.server
        auth = {"type": "auth", "token": token} | ({"resume_token": resume_token} if resume_token else {})
        with connect(
            f"ws://{host}:{port}/ws", sock=self.line(), max_size=None, compression=None, close_timeout=2
        ) as connection:
            connection.send(json.dumps(auth))
            yield connection


Round = Callable[[Door], None]


def run(doors: list[tuple[Door, Round, float]], seconds: float) -> None:
    """Every attacker at its pace, in seconds between two rounds, until the time is over."""
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=_go_on, args=(*one, until), daemon=True) for one in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until + TIMEOUT_S - time.monotonic()))


def _go_on(door: Door, attack: Round, pace_s: float, until: float) -> None:
    """Whatever breaks on the line is counted; the next round comes."""
    while time.monotonic() < until:
        try:
            attack(door)
        except (OSError, http.client.HTTPException, WebSocketException, KeyError, ValueError) as error:
            door.tally.note(door.who, type(error).__name__)
        door.tally.rounds[door.who] += 1
        time.sleep(pace_s * door.chance.uniform(0.5, 1.5))


def main() -> None:
    """Until the time is over; writes the tally every half minute and at the end."""
    from tests.benchmarks.attackers import ATTACKERS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True, help="host:port")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", default="", help="names of attackers, by commas")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    logging.getLogger("websockets").setLevel(logging.CRITICAL)  # lines that we break ourselves
    host, _, port = chosen.address.partition(":")
    tally = Tally()
    doors = [
        (Door(name, (host, int(port)), f"127.0.1.{number}", tally, random.Random(number)), attack, pace_s)
        for number, (name, (attack, pace_s)) in enumerate(ATTACKERS.items(), 1)
        if name in (chosen.only or name).split(",")
    ]
    working = threading.Thread(target=run, args=(doors, chosen.seconds), daemon=True)
    working.start()
    while working.is_alive():
        working.join(30.0)
        with suppress(OSError):
            chosen.out.write_text(json.dumps(tally.told(), indent=1) + "\n")


if __name__ == "__main__":
    main()
