"""Transcription without a download: CMU pocketsphinx with its own English model, in a process of its own. Rough.

Word error is 12 to 45 % on read speech; the page calls it rough and typing always works.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

import numpy as np

from core.engines.requests import TranscribeSpeech, Transcript
from core.engines.spec import EngineSpec
from core.errors import EngineFailed, EngineUnavailable
from core.settings import Settings
from core.types import FloatArray
from models import _sphinx_worker
from models._worker import Broken, Worker

NAME = "transcribe_pocketsphinx"
INSTALL = "pip install -r requirements.txt"
ANSWER_S = 15.0
"""a piece takes 0.1 s, the longest utterance 9 s; a worker that needs longer is replaced"""


class PocketSphinx:
    """Answers TranscribeSpeech with Transcript; the worker process holds the half-heard utterances."""

    name = NAME
    spec = EngineSpec(
        name=NAME,
        kind="transcribe",
        version="5",
        licence="BSD-2-Clause, model included",
        description="CMU pocketsphinx, English, rough: words may be wrong, typing is better",
        packages=("pocketsphinx",),
        install=INSTALL,
        input="float32 (n,) mono 16 kHz -1..1, piece by piece",
        max_batch=4,
        is_default=True,
        languages=("en",),
        grade="rough",
        runs_in="process",
    )

    def __init__(self) -> None:
        self.worker = Worker(_sphinx_worker.work, "transcriber", "type instead")

    def load(self, _settings: Settings) -> None:
        """Start the worker. Raises EngineUnavailable."""
        if importlib.util.find_spec("pocketsphinx") is None:
            raise EngineUnavailable(f"transcription needs the package pocketsphinx; run: {INSTALL}")
        self.worker.start()

    def close(self) -> None:
        """End the worker; nothing is left behind."""
        self.worker.close()

    def infer(self, requests: Sequence[TranscribeSpeech]) -> list[Transcript | EngineFailed | EngineUnavailable]:
        """One after another; the pieces of a stream come in order."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: TranscribeSpeech) -> Transcript | EngineFailed | EngineUnavailable:
        if request.language.split("-")[0].lower() != "en":
            return EngineUnavailable(f"type instead: this transcriber knows English only, not {request.language!r}")
        try:
            heard = self.worker.ask((request.stream_id, _pcm(request.samples), request.is_last), ANSWER_S)
        except Broken:
            return EngineFailed("the transcriber broke off and was started anew; the next sentence is heard again")
        except EngineUnavailable as error:
            return error
        text, confidence = heard
        return Transcript(text, round(float(np.clip(confidence, 0.0, 1.0)), 2), NAME)


def _pcm(samples: FloatArray) -> bytes:
    """Little-endian 16 bit, as the recogniser takes it."""
    return bytes((np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes())


ENGINE = PocketSphinx()
