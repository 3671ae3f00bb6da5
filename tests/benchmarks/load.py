"""An honest load: sessions of filmed faces and unbroken speech against the app in a process of its own.

`python -m tests.benchmarks.load --sessions 1,4,8,12 --seconds 60` starts the app for each step; with `--url` one that
runs already is used, and `--pid` lets its memory be watched. Clients and app share the same cores. A latency is from
when a picture was due to the first event that answers it; what nothing answers is told as dropped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.clients import Client, Utterance
from tests.benchmarks.pictures import filmed_face
from tests.benchmarks.server import ROOMY, Watch, end_tidily, running_app
from tests.benchmarks.sounds import pcm, unbroken

PICTURES_PER_S = 6.0
WARM_UP_S = 3.0
WITHIN_S = 2.0
STAGGER_S = 0.4
"""between one client's start and the next"""


def make_client(number: int, pictures_per_s: float = PICTURES_PER_S, *, has_sound: bool = True) -> Client:
    """One person with a face, words and an order of their own; everything is encoded beforehand."""
    jpegs, fps = filmed_face(number)
    return Client(jpegs, fps, pcm(unbroken(number)) if has_sound else b"", pictures_per_s)


async def drive(clients: list[Client], address: str, seconds: float) -> None:
    """All of them at once, one joining after the other."""

    async def join(number: int, client: Client) -> None:
        await asyncio.sleep(number * STAGGER_S)
        await client.run(address, seconds)

    await asyncio.gather(*(join(number, client) for number, client in enumerate(clients)))


def measure(clients: list[Client], address: str, seconds: float, process: psutil.Process | None) -> dict[str, Any]:
    """One step of load, in figures."""
    with Watch(process) as watch:
        asyncio.run(drive(clients, address, seconds))
    return summary(clients, seconds) | {"machine": watch.told()}


def summary(clients: list[Client], seconds: float) -> dict[str, Any]:
    """What the clients noted, warm-up left out of times only."""
    notes = [client.notes for client in clients]
    latencies = [s for one in notes for due_s, s in one.answered if due_s >= WARM_UP_S]
    trips = [s for one in notes for at_s, s in one.round_trips_s if at_s >= WARM_UP_S]
    return {
        "sessions": len(clients),
        "seconds": seconds,
        "pictures": _pictures(clients),
        "latency_ms": quantiles(latencies),
        "sent_late_ms": quantiles([s for one in notes for s in one.sent_late_s]),
        "ping_ms": quantiles(trips),
        "utterances": _utterances(clients, seconds),
        "errors": dict(sum((one.errors for one in notes), Counter[str]())),
        "events": sum(sum(one.told.values()) for one in notes),
        "broken_off": [client.ended for client in clients if client.ended],
    }


def quantiles(values_s: list[float]) -> dict[str, float]:
    """Milliseconds: p50, p95, p99, max; and n."""
    if not values_s:
        return {"n": 0}
    ordered = sorted(values_s)
    told = {f"p{part}": ordered[round(part / 100 * (len(ordered) - 1))] for part in (50, 95, 99)} | {"max": ordered[-1]}
    return {name: round(1000 * value, 1) for name, value in told.items()} | {"n": len(ordered)}


def _pictures(clients: list[Client]) -> dict[str, float]:
    """`unanswered` were dropped, or held no face; `read` and `left_out` are what the server says of itself."""
    notes = [client.notes for client in clients]
    answered, open_still = sum(len(one.answered) for one in notes), sum(len(one.due) for one in notes)
    return {
        "sent": answered + open_still,
        "answered": answered,
        "unanswered": open_still,
        "answered_share": round(answered / max(1, answered + open_still), 4),
        "read": round(sum(one.read for one in notes)),
        "left_out": sum(one.left_out for one in notes),
    }


def _utterances(clients: list[Client], seconds: float) -> dict[str, Any]:
    """Shares are of those that ended; `covered` is the share of all sound that lies in final words."""
    every = [one for client in clients for one in client.notes.utterances]
    told = [one for one in every if one.transcribed is not None]
    with_words = [one for one in told if one.text]
    after_voice = [late for one in with_words if (late := _late_s(one)) is not None]
    after_end = [one.transcribed - one.decided for one in with_words if one.transcribed is not None]
    return {
        "ended": len(every),
        "length_s_p50": round(statistics.median([one.length_s for one in told]), 1) if told else None,
        "within_2s": _share(sum(late <= WITHIN_S for late in after_voice), len(every)),
        "within_2s_of_the_decision": _share(sum(late <= WITHIN_S for late in after_end), len(every)),
        "empty": len(told) - len(with_words),
        "never": len(every) - len(told),
        "last_voiced_to_words_ms": quantiles(after_voice),
        "decision_to_words_ms": quantiles(after_end),
        "covered": _share(sum(one.length_s for one in with_words), seconds * len(clients)),
    }


def _late_s(one: Utterance) -> float | None:
    return None if one.transcribed is None or one.voiced is None else one.transcribed - one.voiced


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 3) if whole else None


HEAD = (
    "sessions",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "max ms",
    "pictures answered",
    "utterances",
    "with words within 2 s of the last voiced sample, of the decision",
    "empty, never",
    "ping p95 ms",
    "cores of server, client, others",
    "memory at rest, at most MB",
)


def rows(steps: list[dict[str, Any]]) -> list[str]:
    """As Markdown."""
    return [f"| {' | '.join(HEAD)} |", "|" + "---|" * len(HEAD), *map(_row, steps)]


def _row(step: dict[str, Any]) -> str:
    q, pictures, said, machine = step["latency_ms"], step["pictures"], step["utterances"], step["machine"]
    cells = [
        step["sessions"],
        *(q.get(name, "none") for name in ("p50", "p95", "p99", "max")),
        f"{pictures['answered_share']:.1%} of {pictures['sent']}",
        said["ended"],
        f"{_percent(said['within_2s'])}, {_percent(said['within_2s_of_the_decision'])}",
        f"{said['empty']}, {said['never']}",
        step["ping_ms"].get("p95", "none"),
        f"{machine['server_cores']}, {machine['client_cores']}, {machine['other_cores']}",
        f"{machine['rss_mb']['at_rest']:.0f}, {machine['rss_mb']['max']:.0f}",
    ]
    return f"| {' | '.join(map(str, cells))} |"


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.0%}"


def _step(sessions: int, chosen: argparse.Namespace) -> dict[str, Any]:
    clients = [make_client(number, chosen.pictures_per_s, has_sound=not chosen.silent) for number in range(sessions)]
    if chosen.url:
        process = psutil.Process(chosen.pid) if chosen.pid else None
        return measure(clients, chosen.url.removeprefix("ws://").split("/")[0], chosen.seconds, process)
    with running_app(*ROOMY, *chosen.setting) as app:
        told = measure(clients, app.address, chosen.seconds, app.process)
    return told | {"ready_s": round(app.ready_s, 2)}


def main() -> None:
    """The steps one after another, as a table; `--out` also writes the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", default="12", help="how many at a time; several steps by commas")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of a step")
    parser.add_argument("--pictures-per-s", type=float, default=PICTURES_PER_S)
    parser.add_argument("--silent", action="store_true", help="pictures alone")
    parser.add_argument("--url", default="", help="ws://host:port/ws of an app that runs; else one is started")
    parser.add_argument("--pid", type=int, help="with --url: that app's process")
    parser.add_argument("--cores", type=int, default=2, help="clients and app share so many")
    parser.add_argument(
        "--setting", action="append", default=[], help="passed to the app, such as --setting=--language=en"
    )
    parser.add_argument("--out", type=Path, help="file for the figures")
    chosen = parser.parse_args()
    end_tidily()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: chosen.cores])
    steps: list[dict[str, Any]] = []
    for sessions in chosen.sessions.split(","):
        steps.append(_step(int(sessions), chosen))
        print("\n".join(rows(steps)[0 if len(steps) == 1 else -1 :]), flush=True)
        if chosen.out:
            chosen.out.write_text(json.dumps(steps, indent=1) + "\n")


if __name__ == "__main__":
    main()
