"""`make models`: the engines this installation knows, which of them are chosen, and whether they load."""

from __future__ import annotations

import sys

from core.engines.registry import choose_engines
from core.errors import AppError
from core.metrics import Metrics
from core.plugins import discover
from core.settings import read_settings


def main() -> int:
    """Print one line an engine. Exit status 1 when a chosen one cannot be used."""
    try:
        settings = read_settings()
        found = discover("models", "ENGINE")
        chosen = choose_engines(found, settings, Metrics())
    except AppError as error:
        print(error.message, file=sys.stderr)
        return 2
    chosen.load()
    in_use = {engine.engine.name: engine for engine in chosen.by_kind.values()}
    for engine in sorted(found.values(), key=lambda e: (e.spec.kind, e.name)):
        local = in_use.get(engine.name)
        state = "not chosen" if local is None else "ready" if local.fault is None else f"missing: {local.fault}"
        print(f"{engine.spec.kind:10} {engine.name:18} {engine.spec.version:8} {state:12} {engine.spec.description}")
        print(f"{'':29} licence: {engine.spec.licence}")
    chosen.close()
    return 1 if any(engine.fault for engine in in_use.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
