"""Speech synthesis without a download: eSpeak NG in a process of its own. Robotic, quick, in sixteen languages."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.engines.requests import Sound, SpeakText, VoiceName
from core.engines.spec import EngineSpec
from core.errors import EngineFailed, EngineUnavailable
from core.settings import Settings
from core.types import Phoneme
from models import _espeak_worker
from models._spoken_text import spoken_text
from models._voice_process import ask_for_sound, share_of
from models._worker import Worker

NAME = "speak_espeak"
INSTALL = "pip install -r requirements.txt"
ANSWER_S = 5.0
"""a sentence takes milliseconds; a worker that needs longer is replaced"""
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
SEALED_S, BURST_S = 0.04, 0.012
"""eSpeak tells a "p" at its burst: the sound is quietest 32 ms before (median of 42 in 12 languages), lips are shut"""


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
        message = (text, voice + VARIANTS[request.voice], share_of(request.rate), share_of(request.pitch))
        answer = ask_for_sound(self.worker, message, ANSWER_S, self.spec)
        return replace(answer, phonemes=sealed(answer.phonemes)) if isinstance(answer, Sound) else answer


def sealed(phonemes: Sequence[Phoneme]) -> tuple[Phoneme, ...]:
    """The same, each "p" from where the lips are shut to its burst."""
    starts = [phoneme.start_s for phoneme in phonemes]
    for n, phoneme in enumerate(phonemes):
        if phoneme.symbol.lstrip("ˈˌ").startswith("p"):
            before = starts[n - 1] if n else -starts[n]
            starts[n + 1 : n + 2] = [min(start, starts[n] + BURST_S) for start in starts[n + 1 : n + 2]]
            starts[n] = max(0.0, starts[n] - SEALED_S, starts[n] - (starts[n] - before) / 3)
    return tuple(Phoneme(phoneme.symbol, start_s) for phoneme, start_s in zip(phonemes, starts, strict=True))


ENGINE = Espeak()
