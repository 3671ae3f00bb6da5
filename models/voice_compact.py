"""Voice model: our own nets on two legs, over log-mel windows of 2 s and over a recogniser's encoding of them.

The first leg stands alone: its features are core/estimation/log_mel.py, the same as in training. Where the request
brings rows of the encoder that the second was trained on, the logits of both are averaged. Both were trained on RAVDESS
and nEMO (MODEL_CARD.md). Checksums, temperatures, label order and the second's share stand in the sidecars that
`models.training.export_voice` and `models.training.export_voice_rows` write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.engines.requests import ClassifyVoice, Encoded, Scores
from core.engines.spec import EngineSpec, figures_of
from core.errors import EngineFailed, EngineUnavailable
from core.estimation.log_mel import log_mel
from core.settings import Settings
from models._onnx import open_session
from models._sidecar import WEIGHTS, arranged, columns_of, read_weights

NAME = "voice_compact"
SECOND = "voice_rows"
INSTALL = "git checkout models/weights, or python -m models.training.export_voice CHECKPOINT"


class CompactVoiceNet:
    """Answers ClassifyVoice with Scores; the windows of a whole batch of requests go through the first leg in one run.

    `Scores.engine` names the encoder too where both legs were heard.
    """

    name = NAME
    spec = EngineSpec(
        name=NAME,
        kind="voice",
        version="2",
        licence="non-commercial: trained on RAVDESS and nEMO, both CC BY-NC-SA 4.0",
        description="our compact nets over log-mel and an encoder's rows, seven expressions",
        packages=("onnxruntime", "threadpoolctl"),
        install=INSTALL,
        input="float32 (n, 32000) mono 16 kHz -1..1, 2 s; an encoder's rows of them",
        max_batch=8,
        is_default=True,
    )

    def __init__(self, folder: Path = WEIGHTS) -> None:
        self._folder = folder

    def load(self, settings: Settings) -> None:
        """Check the weights against their sidecars and open them. Raises EngineUnavailable."""
        facts, weights = read_weights(self._folder, NAME, INSTALL)
        second_facts, second = read_weights(self._folder, SECOND, INSTALL)
        try:
            self._columns, self._temperature = columns_of(facts["labels"]), float(facts["temperature"])
            self._encoder, self._width = str(second_facts["encoder"]), int(second_facts["width"])
            self._share, self._temperature_of_both = float(second_facts["share"]), float(second_facts["temperature"])
        except (KeyError, TypeError, ValueError) as error:
            message = f"{NAME}.json or {SECOND}.json lacks or garbles {error}; expected what the exports write"
            raise EngineUnavailable(message) from error
        self.spec = replace(self.spec, checksum=facts["sha256"], figures=figures_of(second_facts))
        self._session = open_session(weights, settings.engine_threads)
        self._second = open_session(second, settings.engine_threads)
        _limit_products(settings.engine_threads)

    def infer(self, requests: Sequence[ClassifyVoice]) -> list[Scores | EngineFailed]:
        """One answer per request; numbers that are not finite fail that request alone."""
        pictures = log_mel(np.concatenate([request.windows for request in requests]))
        (outputs,) = self._session.run(["logits"], {"pictures": pictures})
        logits = arranged(outputs, self._columns)
        ends = np.cumsum([len(request.windows) for request in requests])[:-1]
        parts = np.split(logits, ends)
        return [self._answer(rows, request.encoded) for rows, request in zip(parts, requests, strict=True)]

    def _answer(self, logits: NDArray[np.float32], encoded: Encoded | None) -> Scores | EngineFailed:
        if np.isnan(logits).any() or np.isposinf(logits).any():
            return EngineFailed(f"{NAME} gave numbers that are not finite for this window; the next one is tried")
        if encoded is not None and self._reads(encoded, len(logits)):
            second = np.concatenate([self._second.run(["logits"], {"rows": rows[None]})[0] for rows in encoded.rows])
            if np.isfinite(second).all():
                both = ((1 - self._share) * logits + self._share * second).astype(np.float32)
                return Scores(both, self._temperature_of_both, f"{NAME}+{encoded.engine}")
        return Scores(logits, self._temperature, NAME)

    def _reads(self, encoded: Encoded, count: int) -> bool:
        """Whether these are rows of so many windows, of the encoder that the second leg was trained on."""
        is_known = encoded.engine == self._encoder and len(encoded.rows) == count
        return is_known and all(
            rows.ndim == 2 and len(rows) > 0 and rows.shape[1] == self._width for rows in encoded.rows
        )


def _limit_products(threads: int) -> None:
    """Of the whole process: numpy's product of spectrum and bank would wait, spinning, for threads on every core."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(threads, user_api="blas")


ENGINE = CompactVoiceNet()
