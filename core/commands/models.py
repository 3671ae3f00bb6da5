"""`make models`: the engines this installation knows, which of them are chosen, and whether they load."""

from __future__ import annotations

import asyncio
import sys

from core.engines.kinds import KINDS
from core.engines.registry import choose_engines, find_engines
from core.errors import AppError
from core.settings import read_settings

CHOICES = {name for name, kind in KINDS.items() if kind.is_persons_choice}
"""an engine of these that needs a key or an address nobody gave is no failure"""


def main() -> int:
    """Print one line an engine. Exit status 1 when a chosen one cannot be used."""
    try:
        settings = read_settings()
        found = find_engines()
        chosen = choose_engines(found, settings)
    except AppError as error:
        print(error.message, file=sys.stderr)
        return 2
    chosen.load()
    in_use = {engine.spec.name: engine for kind in KINDS for engine in chosen.of(kind)}
    for back_end in sorted(found.values(), key=lambda one: (one.spec.kind, one.name)):
        engine = in_use.get(back_end.name)
        state = "not chosen" if engine is None else "ready" if engine.fault is None else f"missing: {engine.fault}"
        spec = back_end.spec
        print(f"{spec.kind:10} {back_end.name:24} {spec.version:8} {state:12} {spec.description}")
        languages = ", ".join(spec.languages) or "any"
        print(f"{'':35} licence: {spec.licence}; languages: {languages}; runs in a {spec.runs_in}")
    asyncio.run(chosen.close())
    return 1 if any(engine.fault for engine in in_use.values() if engine.spec.kind not in CHOICES) else 0


if __name__ == "__main__":
    sys.exit(main())
