"""Transcription with faster-whisper: any local CTranslate2 folder, or a model name that is downloaded once.

Full-size: on two cores the small models keep up with speech, the large ones want a GPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.engines.requests import TranscribeSpeech, Transcript
from core.engines.spec import EngineSpec
from core.errors import EngineUnavailable
from core.settings import Settings
from models._whisper import answer, primary

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

NAME = "transcribe_whisper"
INSTALL = "set ATTUNE_WHISPER_MODEL to the folder of a CTranslate2 Whisper model, or to a name such as small"


class Whisper:
    """Answers TranscribeSpeech with Transcript."""

    name = NAME
    spec = EngineSpec(
        name=NAME,
        kind="transcribe",
        version="1.2",
        licence="MIT (faster-whisper); the model's own",
        description="Whisper through CTranslate2; the words of a sentence come when it ends, long ones sooner",
        packages=("faster_whisper",),
        install=INSTALL,
        input="float32 (n,) mono 16 kHz -1..1, an utterance so far",
        grade="full-size",
    )

    _model: WhisperModel
    """from `load` on"""

    def __init__(self) -> None:
        self._languages: frozenset[str] = frozenset()

    def load(self, settings: Settings) -> None:
        """Raises EngineUnavailable without a model, or where it does not load."""
        if not settings.whisper_model:
            raise EngineUnavailable(f"no Whisper model is named; {INSTALL}")
        from faster_whisper import WhisperModel

        try:
            self._model = WhisperModel(
                settings.whisper_model, compute_type="default", cpu_threads=settings.engine_threads
            )
        except (OSError, RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise EngineUnavailable(
                f"the model {settings.whisper_model!r} does not load ({reason}); {INSTALL}"
            ) from error
        self._languages = frozenset(self._model.supported_languages)
        self.spec = replace(self.spec, languages=tuple(sorted(self._languages)))

    def infer(self, requests: Sequence[TranscribeSpeech]) -> list[Transcript | EngineUnavailable]:
        """One after another."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: TranscribeSpeech) -> Transcript | EngineUnavailable:
        if primary(request.language) not in self._languages:
            return EngineUnavailable(f"type instead: this Whisper model does not know {request.language!r}")
        return answer(self._model, request, NAME)


ENGINE = Whisper()
