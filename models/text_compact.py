"""Text model: our own compact net over words and letter groups, trained on the shared text corpora (MODEL_CARD.md).

Checksum, temperature and which head runs live stand in the sidecar that `models.training.export_text` writes. Rules on
top of it (negation, emoji) are core/estimation/words.py: the net's own reading stays visible as `probs_raw`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.engines.requests import ClassifyText, Scores
from core.engines.spec import EngineSpec, figures_of
from core.errors import EngineFailed, EngineUnavailable
from core.settings import Settings
from core.types import EMOTIONS
from models._onnx import open_session
from models._sidecar import WEIGHTS, arranged, columns_of, read_weights
from models._text_features import read_text

NAME = "text_compact"
INSTALL = "git checkout models/weights, or python -m models.training.export_text CHECKPOINT"


class CompactTextNet:
    """Answers ClassifyText with Scores, one row a text; a text without words is answered too, near the average."""

    name = NAME
    spec = EngineSpec(
        name=NAME,
        kind="text",
        version="1",
        licence="research only: DailyDialog and ISEAR state no licence, CARER is for research and education",
        description="our compact net over words and letter groups, seven expressions",
        packages=("onnxruntime",),
        install=INSTALL,
        input="text; the first 2,000 characters are read",
        max_batch=8,
        is_default=True,
    )

    def __init__(self, folder: Path = WEIGHTS) -> None:
        self._folder = folder

    def load(self, settings: Settings) -> None:
        """Check the weights against the sidecar and open them. Raises EngineUnavailable."""
        facts, weights = read_weights(self._folder, NAME, INSTALL)
        try:
            self._output, self._columns = facts["live_head"], columns_of(facts["labels"])
            self._temperature = float(facts["temperature"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            message = f"{NAME}.json lacks or garbles {error}; expected what models.training.export_text writes"
            raise EngineUnavailable(message) from error
        self.spec = replace(self.spec, checksum=facts["sha256"], figures=figures_of(facts))
        self._session = open_session(weights, settings.engine_threads)

    def infer(self, requests: Sequence[ClassifyText]) -> list[Scores | EngineFailed]:
        """One answer per request. Texts go through one by one: filling up to equal length would change readings."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: ClassifyText) -> Scores | EngineFailed:
        rows = [self._session.run([self._output], {"places": read_text(text)})[0] for text in request.texts]
        logits = arranged(np.concatenate(rows), self._columns) if rows else np.zeros((0, len(EMOTIONS)), np.float32)
        if not np.isfinite(logits).all():
            return EngineFailed(f"{NAME} gave numbers that are not finite for this text; the next one is tried")
        return Scores(logits, self._temperature, NAME)


ENGINE = CompactTextNet()
