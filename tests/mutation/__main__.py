"""`make mutate`: change core/ by a little in 200 places, one after the other, and see which of them a test notices.

Works in a copy, with a fixed seed. It may be stopped at any time and goes on where it was (`--again` tries the
survivors anew, with the tests as they are now). Writes a dated table to tests/benchmarks/results/.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from json import loads
from pathlib import Path
from typing import Any

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.places import Place, choose, places_of
from tests.mutation.report import write
from tests.mutation.trial import Outcome, Tree, load_large
from tests.sources import ROOT

SEED = 10
PLACES = 200
RESULTS = ROOT / "tests/benchmarks/results"
NEVER_SERVED = {"core/commands/avatar_shapes.py", "core/commands/avatar.py", "core/commands/screenshots.py"}
"""a mesh and pictures, made once by hand and looked at; every number in them is a matter of taste"""


def everything() -> list[Place]:
    """All places of core/ that could be changed."""
    files = [file for file in sorted((ROOT / "core").rglob("*.py")) if str(file.relative_to(ROOT)) not in NEVER_SERVED]
    return [place for file in files for place in places_of(ROOT, file)]


def begun(results: Path) -> dict[str, Any]:
    """What is known of today's run already."""
    return dict(loads(results.read_text())) if results.is_file() else {"tried": {}}


def due(places: list[Place], tried: dict[str, Any], *, again: bool) -> Iterator[Place]:
    """Those not tried yet; `again`: those that survived and could be noticed."""
    for place in places:
        known = tried.get(place.key)
        has_survived = known is not None and known["verdict"] == "survived" and place.key not in EQUIVALENT
        if has_survived if again else known is None:
            yield place


def main() -> None:
    """Read arguments and try one place after the other."""
    options = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    options.add_argument("--places", type=int, default=PLACES)
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--again", action="store_true", help="the survivors only, with the tests as they are now")
    options.add_argument("--results", type=Path, default=RESULTS / f"mutation-{datetime.now(UTC):%Y-%m-%d}.json")
    options.add_argument("--patience", type=float, default=1.0, help="multiplies time limits; 3 on a busy machine")
    chosen = options.parse_args()
    os.nice(10)
    places = everything()
    drawn = choose(places, chosen.places, chosen.seed)
    told = begun(chosen.results)
    told |= {"when": datetime.now(UTC).isoformat(timespec="minutes"), "commit": _commit(), "seed": chosen.seed}
    told |= {"all": len(places), "chosen": len(drawn)}
    told["tried"] = {key: one for key, one in told["tried"].items() if key in {place.key for place in drawn}}
    load_large()
    with tempfile.TemporaryDirectory(prefix="attune-mutation-") as folder:
        tree = Tree(Path(folder) / "tree", chosen.patience)
        for place in list(due(drawn, told["tried"], again=chosen.again)):
            outcome = tree.attempt(place)
            told["tried"][place.key] = asdict(place) | asdict(outcome) | {"is_again": chosen.again}
            write(chosen.results, told)
            print(_line(place, outcome), flush=True)


def _line(place: Place, outcome: Outcome) -> str:
    change = f"{_short(place.was)} -> {_short(place.becomes)}"
    told = f"{outcome.verdict:9}{outcome.seconds:6.1f} s  {place.key}  {place.path}:{place.line} {place.kind}"
    return f"{told}: {change}  ({outcome.by})"


def _short(text: str) -> str:
    return " ".join(text.split())[:60]


def _commit() -> str:
    asked = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    return asked.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
