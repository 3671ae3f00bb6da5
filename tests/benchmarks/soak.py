"""`make soak MINUTES=60`: two people live, and beside them everything else that happens to a server, meant well or not.

The app, the two clients and the attackers are three processes. Told every five minutes: the latency of the two, their
words, the server's memory, what it logged. The log stays beside the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.clients import Client
from tests.benchmarks.load import make_client, quantiles
from tests.benchmarks.server import ROOT, SCOPES, App, Watch, end_tidily, guest, running_app

PEOPLE = 2
WINDOW_S = 300.0
LOG, TALLY = "app.log", "attack.json"
TROUBLE = ("Traceback", " ERROR ", " CRITICAL ")
COLUMNS = (
    "minutes",
    "p50 ms",
    "p95 ms",
    "max ms",
    "pictures answered",
    "utterances with words",
    "ping p95 ms",
    "memory MB",
    "cores of server, others",
    "load",
    "500s",
    "errors in the log",
)


@dataclass
class Person:
    """One who stays live: comes back where the line breaks, which is counted."""

    likeness: Client
    """with the face and the words of every visit"""
    visits: list[tuple[float, Client]] = field(default_factory=list)
    """each with seconds since the start of the soak"""

    async def stay(self, address: str, began: float, seconds: float) -> None:
        """Until the time is over."""
        token = await asyncio.to_thread(guest, address, SCOPES)
        while (left_s := seconds - (time.perf_counter() - began)) > 1.0:
            client = Client(self.likeness.jpegs, self.likeness.film_fps, self.likeness.pcm)
            self.visits.append((time.perf_counter() - began, client))
            try:
                await client.run(address, left_s, token=token)
            except (OSError, ValueError) as error:
                client.ended = type(error).__name__
                await asyncio.sleep(1.0)

    @property
    def breaks(self) -> list[str]:
        """Why each visit but a whole one ended."""
        return [client.ended for _, client in self.visits if client.ended]


def window(people: list[Person], since_s: float, until_s: float) -> dict[str, Any]:
    """What the people met between two times of the soak; a picture counts when it was due."""
    late, trips, sent, words, ended = [], [], 0, 0, 0
    for at_s, client in (visit for person in people for visit in person.visits):
        notes, low, high = client.notes, since_s - at_s, until_s - at_s
        answered = [one for one in notes.answered if low <= one[0] < high]
        late += [one for _, one in answered]
        sent += len(answered) + sum(low <= due_s < high for due_s in notes.due.values())
        trips += [one for told_s, one in notes.round_trips_s if low <= told_s < high]
        said = [one for one in notes.utterances if low <= one.decided < high]
        ended, words = ended + len(said), words + sum(bool(one.text) for one in said)
    return {
        "latency_ms": quantiles(late),
        "ping_ms": quantiles(trips),
        "sent": sent,
        "answered": len(late),
        "ended": ended,
        "words": words,
    }


def troubles(log: Path) -> list[str]:
    """Lines of the log that tell of what should not happen."""
    return [line for line in log.read_text(errors="replace").splitlines() if any(sign in line for sign in TROUBLE)]


def line(told: dict[str, Any]) -> str:
    """As Markdown."""
    latency = told["latency_ms"]
    cells = [
        told["minutes"],
        *(latency.get(name, "none") for name in ("p50", "p95", "max")),
        f"{told['answered']} of {told['sent']}",
        f"{told['words']} of {told['ended']}",
        told["ping_ms"].get("p95", "none"),
        told["rss_mb"],
        f"{told['server_cores']}, {told['other_cores']}",
        told["load"],
        told["failures"],
        told["troubles"],
    ]
    return f"| {' | '.join(map(str, cells))} |"


@dataclass
class Soak:
    """One run: the app, those who stay, and a folder for what is written."""

    app: App
    people: list[Person]
    watch: Watch
    folder: Path
    rows: list[dict[str, Any]] = field(default_factory=list)

    async def run(self, seconds: float, window_s: float) -> None:
        """Until the end, with a line every window."""
        began = time.perf_counter()
        staying = asyncio.gather(*(person.stay(self.app.address, began, seconds) for person in self.people))
        print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}", flush=True)
        while not staying.done():
            await asyncio.wait([staying], timeout=window_s)
            since_s = window_s * len(self.rows)
            if since_s < seconds:
                self.rows.append(self._row(since_s, min(since_s + window_s, seconds)))
                print(line(self.rows[-1]), flush=True)
        await staying

    def _row(self, since_s: float, until_s: float) -> dict[str, Any]:
        """One line of the table, as figures."""
        watch, tally = self.watch, self.folder / TALLY
        looks = [n for n, at_s in enumerate(watch.at_s) if since_s <= at_s < until_s] or [len(watch.at_s) - 1]
        attack = json.loads(tally.read_text()) if tally.exists() else {"failures": []}
        return window(self.people, since_s, until_s) | {
            "minutes": round(until_s / 60, 1),
            "rss_mb": watch.rss_mb[looks[-1]],
            "server_cores": round(sum(watch.server_cores[n] for n in looks) / len(looks), 2),
            "other_cores": round(sum(watch.other_cores[n] for n in looks) / len(looks), 2),
            "load": round(sum(watch.load[n] for n in looks) / len(looks), 1),
            "failures": len(attack["failures"]),
            "troubles": len(troubles(self.folder / LOG)),
        }

    def told(self) -> dict[str, Any]:
        """All of it."""
        tally = self.folder / TALLY
        return {
            "rows": self.rows,
            "breaks": [why for person in self.people for why in person.breaks],
            "troubles": troubles(self.folder / LOG),
            "attack": json.loads(tally.read_text()) if tally.exists() else None,
        }


def main() -> None:
    """Writes FOLDER/soak.json, attack.json and app.log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--window-s", type=float, default=WINDOW_S)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/attune-soak"))  # noqa: S108
    parser.add_argument("--alone", action="store_true", help="nobody attacks")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    log, tally = chosen.folder / LOG, chosen.folder / TALLY
    tally.unlink(missing_ok=True)
    seconds = chosen.minutes * 60
    end_tidily()
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {chosen.minutes:g} minutes, {chosen.folder}", flush=True)
    people = [Person(make_client(number)) for number in range(PEOPLE)]
    with log.open("wb") as written, running_app(log=written) as app, Watch(app.process, every_s=5.0) as watch:
        run = Soak(app, people, watch, chosen.folder)
        command = [sys.executable, "-m", "tests.benchmarks.attack", "--address", app.address, "--out", str(tally)]
        attack = None if chosen.alone else subprocess.Popen([*command, "--seconds", str(seconds)], cwd=ROOT)
        try:
            asyncio.run(run.run(seconds, chosen.window_s))
            if attack is not None:
                attack.wait(180)
        finally:
            if attack is not None:
                attack.kill()
    told = run.told()
    (chosen.folder / "soak.json").write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps({name: told[name] for name in ("breaks", "troubles", "attack")}, indent=1))


if __name__ == "__main__":
    main()
