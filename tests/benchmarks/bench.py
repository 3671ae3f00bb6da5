"""`make bench`: how fast the lanes are, how long a picture takes to its fused event, how much memory it needs.

Writes a dated table with machine, commit and versions to tests/benchmarks/results/. Never a pass or a fail. The parts
(`--only lane`, `hearing`, `words`, `load`, `talk`, `memory`) can be run apart; each keeps its own time and load.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.benchmarks import words
from tests.benchmarks.conversation import bench_conversation
from tests.benchmarks.lanes import bench_hearing, bench_lane
from tests.benchmarks.load import rows
from tests.benchmarks.server import ROOT

RESULTS = Path(__file__).parent / "results"
SESSIONS, LOAD_S = "1,4,8,12,16", 40.0


def about() -> dict[str, Any]:
    """Machine, commit and versions."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    packages = ("onnxruntime", "opencv-python-headless", "fastapi", "uvicorn", "websockets", "duckdb", "gradio")
    sidecars = sorted((ROOT / "models/weights").glob("*.json"))
    processor = platform.processor() or platform.machine()
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip() or "unknown",
        "machine": f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_before": round(os.getloadavg()[0], 2),
        "weights": " ".join(f"{file.stem} {json.loads(file.read_text())['sha256'][:12]}" for file in sidecars),
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


def _hearing_rows(measured: dict[str, Any]) -> list[str]:
    head = ["| sound, words, fusion | p50 ms | p95 ms | n |", "|---|---|---|---|"]
    rows = [f"| {stage} | {q['p50']} | {q['p95']} | {q['n']} |" for stage, q in measured["stages"].items()]
    return [*head, *rows]


def _load_rows(measured: dict[str, Any]) -> list[str]:
    ready = ", ".join(f"{step['ready_s']}" for step in measured["steps"])
    return [*rows(measured["steps"]), "", f"Start to ready, s, each time: {ready}"]


def _memory_rows(measured: dict[str, Any]) -> list[str]:
    (step,) = measured["steps"]
    memory = step["machine"]["rss_mb"]
    head = [
        f"| memory at rest MB | after {step['seconds'] / 60:g} minutes of one session MB | at most MB |",
        "|---|---|---|",
    ]
    return [*head, f"| {memory['at_rest']} | {memory['last']} | {memory['max']} |"]


def _talk_rows(measured: dict[str, Any]) -> list[str]:
    head = ["| spoken turns | p50 ms | p95 ms | n |", "|---|---|---|---|"]
    rows = [f"| {name} | {q['p50']} | {q['p95']} | {q['n']} |" for name, q in measured["turns"].items()]
    voices = [
        "",
        "| voice | work, s a second | a sentence, ms p50, p95 | memory of its process MB |",
        "|---|---|---|---|",
    ]
    for name, told in measured["synthesis"].items():
        took = told["sentence_ms"]
        voices.append(f"| {name} | {told['work_per_second']} | {took['p50']}, {took['p95']} | {told['memory_mb']} |")
    return [*head, *rows, *voices]


_ROWS = {
    "lane": _lane_rows,
    "hearing": _hearing_rows,
    "words": words.rows,
    "load": _load_rows,
    "talk": _talk_rows,
    "memory": _memory_rows,
}


def bench_load(sessions: str, seconds: float) -> dict[str, Any]:
    """The load generator's steps, from a process of its own; of the machine the means alone are kept."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "steps.json"
        command = [sys.executable, "-m", "tests.benchmarks.load", "--sessions", sessions, "--seconds", str(seconds)]
        subprocess.run([*command, "--out", str(out)], cwd=ROOT, check=True)
        steps = json.loads(out.read_text())
    for step in steps:
        del step["machine"]["course"]
    return {"steps": steps}


def main() -> None:
    """Run the parts and write the dated result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(_ROWS), help="one part instead of all")
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the memory runs")
    parser.add_argument("--load-s", type=float, default=LOAD_S, help="seconds of each load step")
    parser.add_argument("--no-write", action="store_true", help="print only")
    chosen = parser.parse_args()
    parts = {
        "lane": bench_lane,
        "hearing": bench_hearing,
        "words": lambda: words.bench_words(chosen.minutes),
        "load": lambda: bench_load(SESSIONS, chosen.load_s),
        "talk": bench_conversation,
        "memory": lambda: bench_load("1", chosen.minutes * 60),
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
