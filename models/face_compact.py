"""Face model: our own compact net on 48x48 grey crops, trained on FER2013 with the FER+ votes (MODEL_CARD.md).

Everything that depends on the training run (checksum, temperature, which head runs live, label order) stands in
the sidecar face_compact.json that `models.training.export_face` writes beside the weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.engines.requests import ClassifyFaces, Scores
from core.engines.spec import EngineSpec, figures_of
from core.errors import EngineFailed, EngineUnavailable
from core.settings import Settings
from models._onnx import open_session
from models._sidecar import WEIGHTS, arranged, columns_of, read_weights

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
    hidden: tuple[str, ...] = ()
    """the output, (n,) logits, that says whether eyes or mouth are covered; empty: the net cannot say"""


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
        facts, weights = read_weights(self._folder, NAME, INSTALL)
        self._head = read_head(facts)
        self.spec = replace(self.spec, checksum=facts["sha256"], figures=figures_of(facts))
        self._session = open_session(weights, settings.engine_threads)

    def infer(self, requests: Sequence[ClassifyFaces]) -> list[Scores | EngineFailed]:
        """One answer per request; numbers that are not finite fail that request alone."""
        crops = np.concatenate([request.crops for request in requests])
        wanted = [self._head.output, *self._head.hidden]
        outputs, *hidden = self._session.run(wanted, {self._head.input: crops})
        logits = arranged(outputs, self._head.columns)
        ends = np.cumsum([len(request.crops) for request in requests])[:-1]
        parts = [np.split(rows, ends) for rows in (logits, *hidden)]
        return [self._answer(*part) for part in zip(*parts, strict=True)]

    def _answer(self, logits: NDArray[np.float32], hidden: NDArray[np.float32] | None = None) -> Scores | EngineFailed:
        numbers = logits if hidden is None else np.concatenate((logits.ravel(), hidden))
        if np.isnan(numbers).any() or np.isposinf(numbers).any():
            return EngineFailed(f"{NAME} gave numbers that are not finite for this picture; the next one is tried")
        covered = None if hidden is None else (1 / (1 + np.exp(-hidden))).astype(np.float32)
        return Scores(logits, self._head.temperature, NAME, covered)


def read_head(facts: dict[str, Any]) -> Head:
    """The live head from the sidecar; "temperature" is one number or one per output. Raises EngineUnavailable."""
    try:
        output, labels, temperature = facts["live_head"], facts["labels"], facts["temperature"]
        if isinstance(temperature, dict):
            temperature = temperature[output]
        hidden = (facts["hidden_output"],) if "hidden_output" in facts else ()
        return Head(facts["input"]["name"], output, float(temperature), columns_of(labels), hidden)
    except (KeyError, TypeError, ValueError) as error:
        message = f"{NAME}.json lacks or garbles {error}; expected what models.training.export_face writes"
        raise EngineUnavailable(message) from error


ENGINE = CompactFaceNet()
