"""The day's table: how many small changes were tried, what share was noticed, and each one that was not."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.mutation.equivalent import EQUIVALENT

HEAD = "| where | kind | was | becomes |", "|---|---|---|---|"


def write(results: Path, told: dict[str, Any]) -> None:
    """Both files, `results` and the table beside it."""
    results.write_text(json.dumps(told, indent=1) + "\n")
    results.with_suffix(".md").write_text(table(told))


def table(told: dict[str, Any]) -> str:
    """Markdown."""
    tried = told["tried"]
    same = {key: one for key, one in tried.items() if key in EQUIVALENT and one["verdict"] == "survived"}
    survived = {key: one for key, one in tried.items() if one["verdict"] == "survived" and key not in same}
    counted = len(tried) - len(same)
    caught = counted - len(survived)
    later = sum(one["is_again"] for one in tried.values() if one["verdict"] != "survived")
    share = f"{100 * caught / counted:.0f} %" if counted else "none"
    lines = [
        "# Mutation",
        "",
        f"{told['when']}, commit {told['commit']}, seed {told['seed']}: {len(tried)} of {told['chosen']} chosen places",
        f"of {told['all']} were tried. {len(same)} change nothing that can be seen (listed with reasons). Of the other",
        f"{counted}, **{caught} were caught ({share})**, {len(survived)} survived. Of the caught ones {later} survived",
        "at first, and tests were added for them: of places not tried yet a smaller share is to be expected.",
        "",
        "| kind | tried | caught |",
        "|---|---|---|",
        *_kinds(tried, survived, same),
        "",
        "## Survivors",
        "",
        *HEAD,
        *(_row(one) for one in survived.values()),
        "",
        "## Changes that change nothing",
        "",
        "| where | was | becomes | why |",
        "|---|---|---|---|",
        *(f"| {_where(o)} | {_code(o['was'])} | {_code(o['becomes'])} | {EQUIVALENT[k]} |" for k, o in same.items()),
    ]
    return "\n".join(lines) + "\n"


def _kinds(tried: dict[str, Any], survived: dict[str, Any], same: dict[str, Any]) -> list[str]:
    count = Counter(one["kind"] for key, one in tried.items() if key not in same)
    missed = Counter(one["kind"] for one in survived.values())
    return [f"| {kind} | {count[kind]} | {count[kind] - missed[kind]} |" for kind in sorted(count)]


def _row(one: dict[str, Any]) -> str:
    return f"| {_where(one)} | {one['kind']} | {_code(one['was'])} | {_code(one['becomes'])} |"


def _where(one: dict[str, Any]) -> str:
    return f"`{one['path']}:{one['line']}` {one['within']}"


def _code(text: str) -> str:
    short = " ".join(text.split()).replace("|", "\\|").replace("`", "'")
    return f"`{short if len(short) <= 90 else short[:87] + '...'}`"
