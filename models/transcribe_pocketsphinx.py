"""Transcription without a download: CMU pocketsphinx with its own English model, in a process of its own. Rough.

Word error is 12 to 45 % on read speech; the page calls it rough and typing always works.
"""

from __future__ import annotations

import importlib.util
import logging
import multiprocessing
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import numpy as np

from core.errors import EngineFailed, EngineUnavailable
from core.live.engine import TranscribeSpeech, Transcript
from core.settings import Settings
from core.types import EngineSpec, FloatArray
from models import _sphinx_worker

log = logging.getLogger(__name__)

NAME = "transcribe_pocketsphinx"
INSTALL = "pip install -r requirements.txt"
READY_S = 30.0
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
        facts={"languages": "en", "grade": "rough", "partial": "yes"},
    )

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def load(self, _settings: Settings) -> None:
        """Start the worker. Raises EngineUnavailable."""
        if importlib.util.find_spec("pocketsphinx") is None:
            raise EngineUnavailable(f"transcription needs the package pocketsphinx; run: {INSTALL}")
        self._start()

    def close(self) -> None:
        """End the worker; nothing is left behind."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.join(timeout=1)
            if self._process.is_alive():
                self._process.kill()
                self._process.join(timeout=5)
        self._process = self._connection = None

    def infer(self, requests: Sequence[TranscribeSpeech]) -> list[Transcript | EngineFailed | EngineUnavailable]:
        """One after another; the pieces of a stream come in order."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: TranscribeSpeech) -> Transcript | EngineFailed | EngineUnavailable:
        if request.language.split("-")[0].lower() != "en":
            return EngineUnavailable(f"type instead: this transcriber knows English only, not {request.language!r}")
        try:
            connection = self._connected()
            connection.send((request.stream_id, _pcm(request.samples), request.is_last))
            if not connection.poll(ANSWER_S):
                raise TimeoutError
            text, confidence = connection.recv()
        except (EOFError, OSError, TimeoutError) as error:
            log.warning("the transcriber's process is gone (%s); starting another", type(error).__name__)
            return self._started_anew()
        return Transcript(text, round(float(np.clip(confidence, 0.0, 1.0)), 2), NAME)

    def _started_anew(self) -> EngineFailed | EngineUnavailable:
        self.close()
        try:
            self._start()
        except EngineUnavailable as error:
            return error
        return EngineFailed("the transcriber broke off and was started anew; the next sentence is heard again")

    def _start(self) -> None:
        """A fresh interpreter: a fork would copy the server's threads half-way through their work.

        Raises EngineUnavailable when it does not get ready.
        """
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_sphinx_worker.work, args=(theirs,), name="transcriber", daemon=True)
        self._process.start()
        theirs.close()
        try:
            if self._connection.poll(READY_S) and self._connection.recv() == "ready":
                return
        except (EOFError, OSError):
            log.warning("the transcriber's process ended before it was ready")
        self.close()
        raise EngineUnavailable(f"the transcriber did not start within {READY_S:.0f} s; type instead")

    def _connected(self) -> Connection:
        if self._connection is None:
            raise EOFError("no worker")
        return self._connection


def _pcm(samples: FloatArray) -> bytes:
    """Little-endian 16 bit, as the recogniser takes it."""
    return bytes((np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes())


ENGINE = PocketSphinx()
