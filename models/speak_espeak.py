"""Speech synthesis without a download: eSpeak NG in a process of its own. Robotic, quick, in sixteen languages."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence

import numpy as np

from core.engines.requests import Sound, SpeakText, VoiceName
from core.engines.spec import EngineSpec
from core.errors import EngineFailed, EngineUnavailable
from core.settings import Settings
from core.types import Phoneme
from models import _espeak_worker
from models._worker import Broken, Worker

NAME = "speak_espeak"
INSTALL = "pip install -r requirements.txt"
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
REGIONS = {
    **dict.fromkeys(("en-gb", "en-ie", "en-au", "en-nz"), "en"),
    **dict.fromkeys(("es-419", "es-mx", "es-ar", "es-co", "es-cl", "es-pe", "es-us"), "es-419"),
    "pt-pt": "pt",
    "fr-be": "fr-BE",
    "fr-ch": "fr-CH",
    "cmn": "cmn",
}
VARIANTS: dict[VoiceName, str] = {"female": "+f3", "male": "+m3"}
LEAST_SHARE, MOST_SHARE = 0.7, 1.3
SPOKEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff<>{}\[\]|\\^~`*_#]+")
"""control characters, half characters, and marks that eSpeak would spell out or take for commands"""


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
        languages=(*sorted(VOICES), "cmn"),
        runs_in="process",
    )

    def __init__(self) -> None:
        self.worker = Worker(_espeak_worker.work, "speaker", "replies are shown as text")

    def load(self, _settings: Settings) -> None:
        """Start the worker. Raises EngineUnavailable."""
        if importlib.util.find_spec("espeakng_loader") is None:
            raise EngineUnavailable(f"speech needs the package espeakng-loader; run: {INSTALL}")
        self.worker.start()

    def close(self) -> None:
        """End the worker; nothing is left behind."""
        self.worker.close()

    def infer(self, requests: Sequence[SpeakText]) -> list[Sound | EngineFailed | EngineUnavailable]:
        """One after another."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: SpeakText) -> Sound | EngineFailed | EngineUnavailable:
        language = request.language.lower().replace("_", "-")
        voice = REGIONS.get(language) or VOICES.get(language.split("-")[0])
        if voice is None:
            known = ", ".join(sorted(VOICES))
            return EngineUnavailable(
                f"nobody here speaks {request.language!r:.40}, read it instead; spoken are: {known}"
            )
        text = spoken_text(request.text)
        if not text:
            return Sound(np.zeros(0, dtype=np.float32), 22_050, (), NAME)
        rate, pitch = (min(MOST_SHARE, max(LEAST_SHARE, share)) for share in (request.rate, request.pitch))
        try:
            return self._said(text, voice + VARIANTS[request.voice], rate, pitch)
        except Broken:
            return EngineFailed("the voice broke off and was started anew; this sentence stays text")
        except EngineUnavailable as error:
            return error

    def _said(self, text: str, voice: str, rate: float, pitch: float) -> Sound | EngineUnavailable:
        answer = self.worker.ask((text, voice, rate, pitch), ANSWER_S)
        if isinstance(answer, str):
            return EngineUnavailable(f"{answer}; run: {INSTALL}")
        pcm, rate_hz, phonemes = answer
        samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768)
        return Sound(samples, rate_hz, tuple(Phoneme(symbol, start_s) for symbol, start_s in phonemes), NAME)


def spoken_text(text: str) -> str:
    """What is handed to eSpeak: no control characters or marks, cut at a space."""
    clean = " ".join(SPOKEN.sub(" ", text).split())
    if len(clean) > LONGEST:
        clean = clean[: max(clean.rfind(" ", 0, LONGEST), LONGEST // 2)]
    return clean


ENGINE = Espeak()
