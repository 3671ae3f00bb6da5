"""Face model: our own compact net on 48x48 grey crops, trained on FER2013 with the FER+ votes (MODEL_CARD.md).

Everything that depends on the training run (checksum, temperature, which head runs live, label order) stands in
the sidecar face_compact.json that `models.training.export_face` writes beside the weights.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import EngineFailed, EngineUnavailable
from core.live.engine import ClassifyFaces, Scores
from core.settings import Settings
from core.types import EMOTIONS, EngineSpec
from models._onnx import open_session

WEIGHTS = Path(__file__).parent / "weights"
NAME = "face_compact"
INSTALL = "git checkout models/weights, or python -m models.training.export_face CHECKPOINT"


@dataclass(frozen=True)
class Head:
    """What the sidecar says about the output that runs live."""

    input: str
    output: str
    temperature: float
    columns: tuple[int | None, ...]
    """for each of EMOTIONS its column in the output; None where the net does not know it. Other columns (contempt)
    are dropped, which the softmax over the rest renormalises."""


class CompactFaceNet:
    """Answers ClassifyFaces with Scores; the crops of a whole batch of requests go through the net in one run."""

    name = NAME
    spec = EngineSpec(
        name=NAME,
        kind="face",
        version="1",
        licence="research only: FER2013 states no licence; FER+ votes MIT",
        description="our compact residual net, seven expressions",
        packages=("onnxruntime",),
        install=INSTALL,
        input="float32 (n, 1, 48, 48) grey 0..255",
        max_batch=16,
        is_default=True,
    )

    def __init__(self, folder: Path = WEIGHTS) -> None:
        self._folder = folder

    def load(self, settings: Settings) -> None:
        """Check the weights against the sidecar and open them. Raises EngineUnavailable."""
        path = self._folder / f"{NAME}.onnx"
        try:
            facts, weights = json.loads(path.with_suffix(".json").read_text()), path.read_bytes()
        except (OSError, ValueError) as error:
            raise EngineUnavailable(f"expected {path} and its .json, got {error}; run: {INSTALL}") from error
        found = hashlib.sha256(weights).hexdigest()
        if found != facts.get("sha256"):
            raise EngineUnavailable(f"{path} has sha256 {found[:12]}…, its .json says otherwise; run: {INSTALL}")
        self._head = read_head(facts)
        self.spec = replace(self.spec, checksum=found)
        self._session = open_session(weights, settings.engine_threads)

    def infer(self, requests: Sequence[ClassifyFaces]) -> list[Scores | EngineFailed]:
        """One answer per request; numbers that are not finite fail that request alone."""
        crops = np.concatenate([request.crops for request in requests])
        (outputs,) = self._session.run([self._head.output], {self._head.input: crops})
        logits = arranged(outputs, self._head.columns)
        ends = np.cumsum([len(request.crops) for request in requests])[:-1]
        return [self._answer(rows) for rows in np.split(logits, ends)]

    def _answer(self, logits: NDArray[np.float32]) -> Scores | EngineFailed:
        if np.isnan(logits).any() or np.isposinf(logits).any():
            return EngineFailed(f"{NAME} gave numbers that are not finite for this picture; the next one is tried")
        return Scores(logits, self._head.temperature, NAME)


def read_head(facts: dict[str, Any]) -> Head:
    """The live head from the sidecar; "temperature" is one number or one per output. Raises EngineUnavailable."""
    try:
        output, labels, temperature = facts["live_head"], facts["labels"], facts["temperature"]
        if isinstance(temperature, dict):
            temperature = temperature[output]
        columns = tuple(labels.index(label) if label in labels else None for label in EMOTIONS)
        return Head(facts["input"]["name"], output, float(temperature), columns)
    except (KeyError, TypeError, ValueError) as error:
        message = f"{NAME}.json lacks or garbles {error}; expected what models.training.export_face writes"
        raise EngineUnavailable(message) from error


def arranged(outputs: NDArray[np.float32], columns: tuple[int | None, ...]) -> NDArray[np.float32]:
    """Net outputs (n, m) to logits (n, 7) in the order of EMOTIONS; -inf for a class the net does not know."""
    logits = np.full((len(outputs), len(columns)), -np.inf, dtype=np.float32)
    for place, column in enumerate(columns):
        if column is not None:
            logits[:, place] = outputs[:, column]
    return logits


ENGINE = CompactFaceNet()
