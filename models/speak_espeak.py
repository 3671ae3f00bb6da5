"""Speech synthesis without a download: eSpeak NG in a process of its own. Robotic, quick, in sixteen languages."""

from __future__ import annotations

import importlib.util
import logging
import multiprocessing
import re
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import numpy as np

from core.errors import EngineFailed, EngineUnavailable
from core.live.speaking import Sound, SpeakText, VoiceName
from core.settings import Settings
from core.types import EngineSpec, Phoneme
from models import _espeak_worker

log = logging.getLogger(__name__)

NAME = "speak_espeak"
INSTALL = "pip install -r requirements.txt"
READY_S = 30.0
ANSWER_S = 5.0
"""a sentence takes milliseconds; a worker that needs longer is replaced"""
LONGEST = 600
"""characters; the rest of a longer text stays silent, its words are on the screen"""
VOICES = {
    **{language: language for language in ("nl", "de", "it", "pl", "tr", "ru", "cs", "ar", "hu", "ko", "ja")},
    "en": "en-us",
    "fr": "fr",
    "es": "es",
    "pt": "pt-br",
    "zh": "cmn",
}
"""language -> eSpeak's voice; regions that sound otherwise are named beside"""
REGIONS = {"en-gb": "en", "pt-pt": "pt", "es-mx": "es-419", "es-419": "es-419", "fr-be": "fr-BE"}
VARIANTS: dict[VoiceName, str] = {"female": "+f3", "male": "+m3"}
LEAST_SHARE, MOST_SHARE = 0.7, 1.3
SPOKEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff<>{}\[\]|\\^~`*_#]+")
"""control characters, and marks that eSpeak would spell out or take for commands"""


class Espeak:
    """Answers SpeakText with Sound; the worker process holds the voice."""

    name = NAME
    spec = EngineSpec(
        name=NAME,
        kind="speak",
        version="1.52",
        licence="GPL-3.0, in a process of its own",
        description="eSpeak NG, sixteen languages, robotic but quick",
        packages=("espeakng_loader",),
        install=INSTALL,
        input="text, up to 600 characters at a time",
        is_default=True,
        facts={"languages": ",".join(sorted(VOICES)), "voices": "female,male", "grade": "embedded"},
    )

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def load(self, _settings: Settings) -> None:
        """Start the worker. Raises EngineUnavailable."""
        if importlib.util.find_spec("espeakng_loader") is None:
            raise EngineUnavailable(f"speech needs the package espeakng-loader; run: {INSTALL}")
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

    def infer(self, requests: Sequence[SpeakText]) -> list[Sound | EngineFailed | EngineUnavailable]:
        """One after another."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: SpeakText) -> Sound | EngineFailed | EngineUnavailable:
        language = request.language.lower()
        voice = REGIONS.get(language) or VOICES.get(language.split("-")[0])
        if voice is None:
            known = ", ".join(sorted(VOICES))
            return EngineUnavailable(f"nobody here speaks {request.language!r:.40}; spoken are: {known}")
        text = spoken_text(request.text)
        if not text:
            return Sound(np.zeros(0, dtype=np.float32), 22_050, (), NAME)
        rate, pitch = (min(MOST_SHARE, max(LEAST_SHARE, share)) for share in (request.rate, request.pitch))
        try:
            return self._said(text, voice + VARIANTS[request.voice], rate, pitch)
        except (EOFError, OSError, TimeoutError) as error:
            log.warning("the speaker's process is gone (%s); starting another", type(error).__name__)
            return self._started_anew()

    def _said(self, text: str, voice: str, rate: float, pitch: float) -> Sound | EngineUnavailable:
        if self._connection is None:
            raise EOFError("no worker")
        self._connection.send((text, voice, rate, pitch))
        if not self._connection.poll(ANSWER_S):
            raise TimeoutError
        answer = self._connection.recv()
        if answer is None:
            return EngineUnavailable(f"eSpeak NG has no voice {voice}; run: {INSTALL}")
        pcm, rate_hz, phonemes = answer
        samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768
        return Sound(samples, rate_hz, tuple(Phoneme(symbol, start_s) for symbol, start_s in phonemes), NAME)

    def _started_anew(self) -> EngineFailed | EngineUnavailable:
        self.close()
        try:
            self._start()
        except EngineUnavailable as error:
            return error
        return EngineFailed("the voice broke off and was started anew; this sentence stays text")

    def _start(self) -> None:
        """A fresh interpreter: a fork would copy the server's threads half-way through their work.

        Raises EngineUnavailable when it does not get ready.
        """
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_espeak_worker.work, args=(theirs,), name="speaker", daemon=True)
        self._process.start()
        theirs.close()
        try:
            if self._connection.poll(READY_S) and self._connection.recv() == "ready":
                return
        except (EOFError, OSError):
            log.warning("the speaker's process ended before it was ready")
        self.close()
        raise EngineUnavailable("the speaker did not start; replies are shown as text")


def spoken_text(text: str) -> str:
    """What is handed to eSpeak: no control characters or marks, cut at a space."""
    clean = " ".join(SPOKEN.sub(" ", text).split())
    if len(clean) > LONGEST:
        clean = clean[: max(clean.rfind(" ", 0, LONGEST), LONGEST // 2)]
    return clean


ENGINE = Espeak()
