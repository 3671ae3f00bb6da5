"""What every export of a net ends with: its sidecar and checksum beside the ONNX file, and its command line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from core.engines.spec import Figure
from models._sidecar import WEIGHTS


def write_facts(path: Path, facts: dict[str, Any]) -> None:
    """NAME.json and NAME.sha256 beside NAME.onnx; `facts["sha256"]` is its checksum."""
    path.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")
    path.with_suffix(".sha256").write_text(f"{facts['sha256']}  {path.name}\n")


def measured(on: str, judged: dict[str, Any], at_home: bool) -> dict[str, Any]:
    """One row of what a sidecar says was measured; `judged` as `models.training.figures.judge` gives it."""
    interval = judged["uar_interval"]
    figure = Figure(
        on=on,
        at_home=at_home,
        measure="recognised, mean over the expressions",
        value=round(judged["uar"], 4),
        low=round(interval["low"], 4),
        high=round(interval["high"], 4),
        count=judged["pictures"],
    )
    return asdict(figure)


def keep_measured(name: str, rows: list[dict[str, Any]], folder: Path = WEIGHTS) -> None:
    """Into the sidecar of the weights that they were measured on; pages and programs read them there."""
    path = folder / f"{name}.json"
    facts = json.loads(path.read_text())
    facts.pop("figures", None)
    path.write_text(json.dumps(facts | {"measured": rows}, indent=2) + "\n")


def options_of(description: str | None) -> argparse.ArgumentParser:
    """Checkpoint and folder, as every export takes them."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--folder", type=Path, default=WEIGHTS)
    return parser


def export_from_shell(description: str | None, export: Callable[[Path, Path], Path]) -> None:
    """Exports the checkpoint named on the command line and prints its sidecar."""
    options = options_of(description).parse_args()
    torch.set_num_threads(1)
    print(export(options.checkpoint, options.folder).with_suffix(".json").read_text())
