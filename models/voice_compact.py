"""Voice model: our own compact net over log-mel windows of 2 s, trained on RAVDESS and nEMO (MODEL_CARD.md).

The features are core/estimation/log_mel.py, the same as in training. Checksum, temperature and label order stand in the
sidecar that `models.training.export_voice` writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.engines.requests import ClassifyVoice, Scores
from core.engines.spec import EngineSpec
from core.errors import EngineFailed, EngineUnavailable
from core.estimation.log_mel import log_mel
from core.settings import Settings
from models._onnx import open_session
from models._sidecar import WEIGHTS, arranged, columns_of, read_weights

NAME = "voice_compact"
INSTALL = "git checkout models/weights, or python -m models.training.export_voice CHECKPOINT"


class CompactVoiceNet:
    """Answers ClassifyVoice with Scores; the windows of a whole batch of requests go through the net in one run."""

    name = NAME
    spec = EngineSpec(
        name=NAME,
        kind="voice",
        version="1",
        licence="non-commercial: trained on RAVDESS and nEMO, both CC BY-NC-SA 4.0",
        description="our compact log-mel net, seven expressions",
        packages=("onnxruntime", "threadpoolctl"),
        install=INSTALL,
        input="float32 (n, 32000) mono 16 kHz -1..1, 2 s",
        max_batch=8,
        is_default=True,
    )

    def __init__(self, folder: Path = WEIGHTS) -> None:
        self._folder = folder

    def load(self, settings: Settings) -> None:
        """Check the weights against the sidecar and open them. Raises EngineUnavailable."""
        facts, weights = read_weights(self._folder, NAME, INSTALL)
        try:
            self._columns, self._temperature = columns_of(facts["labels"]), float(facts["temperature"])
        except (KeyError, TypeError, ValueError) as error:
            message = f"{NAME}.json lacks or garbles {error}; expected what models.training.export_voice writes"
            raise EngineUnavailable(message) from error
        self.spec = replace(self.spec, checksum=facts["sha256"])
        self._session = open_session(weights, settings.engine_threads)
        _limit_products(settings.engine_threads)

    def infer(self, requests: Sequence[ClassifyVoice]) -> list[Scores | EngineFailed]:
        """One answer per request; numbers that are not finite fail that request alone."""
        pictures = log_mel(np.concatenate([request.windows for request in requests]))
        (outputs,) = self._session.run(["logits"], {"pictures": pictures})
        logits = arranged(outputs, self._columns)
        ends = np.cumsum([len(request.windows) for request in requests])[:-1]
        return [self._answer(rows) for rows in np.split(logits, ends)]

    def _answer(self, logits: NDArray[np.float32]) -> Scores | EngineFailed:
        if np.isnan(logits).any() or np.isposinf(logits).any():
            return EngineFailed(f"{NAME} gave numbers that are not finite for this window; the next one is tried")
        return Scores(logits, self._temperature, NAME)


def _limit_products(threads: int) -> None:
    """Of the whole process: numpy's product of spectrum and bank would wait, spinning, for threads on every core."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(threads, user_api="blas")


ENGINE = CompactVoiceNet()
