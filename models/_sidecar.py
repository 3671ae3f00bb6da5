"""What our own nets have beside their weights: a .json with checksum, labels and temperature, read and checked here.

Shared by every `*_compact` engine; `models.training.export_*` writes the files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import EngineUnavailable
from core.types import EMOTIONS

WEIGHTS = Path(__file__).parent / "weights"


def read_weights(folder: Path, name: str, install: str) -> tuple[dict[str, Any], bytes]:
    """Facts of `<name>.json` and the bytes of `<name>.onnx`, whose sha256 the facts must hold.

    `install` is the command that a person is told to run. Raises EngineUnavailable.
    """
    path = folder / f"{name}.onnx"
    try:
        facts, weights = json.loads(path.with_suffix(".json").read_text()), path.read_bytes()
    except (OSError, ValueError) as error:
        raise EngineUnavailable(f"expected {path} and its .json, got {error}; run: {install}") from error
    found = hashlib.sha256(weights).hexdigest()
    if not isinstance(facts, dict) or found != facts.get("sha256"):
        raise EngineUnavailable(f"{path} has sha256 {found[:12]}…, its .json says otherwise; run: {install}")
    return facts, weights


def columns_of(labels: Sequence[str]) -> tuple[int | None, ...]:
    """For each of EMOTIONS its column in the net's output; None where the net does not know it."""
    return tuple(labels.index(label) if label in labels else None for label in EMOTIONS)


def arranged(outputs: NDArray[np.float32], columns: tuple[int | None, ...]) -> NDArray[np.float32]:
    """Net outputs (n, m) to logits (n, 7) in the order of EMOTIONS; -inf for a class the net does not know.

    Columns that EMOTIONS lacks (contempt) are dropped, which the softmax over the rest renormalises.
    """
    logits = np.full((len(outputs), len(columns)), -np.inf, dtype=np.float32)
    for place, column in enumerate(columns):
        if column is not None:
            logits[:, place] = outputs[:, column]
    return logits
