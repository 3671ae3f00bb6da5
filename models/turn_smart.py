"""End of turn by the sound of it: Smart Turn v3.2 (BSD-2), in the wheel of pipecat-ai, whose code is never imported.

It hears the melody that words do not tell, of the last eight seconds. By setting, where somebody has brought it.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.engines.requests import DetectEndOfTurn, EndOfTurn
from core.engines.spec import EngineSpec
from core.errors import EngineUnavailable
from core.settings import Settings
from core.types import SOUND_RATE_HZ, FloatArray
from models._onnx import open_session
from models._whisper_mel import whisper_mel

if TYPE_CHECKING:
    import onnxruntime

NAME = "turn_smart"
PACKAGE = "pipecat"
FILE = "audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx"
CHECKSUM = "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f"
INSTALL = "make run TURNS=1"
WINDOW = 8 * SOUND_RATE_HZ
"""samples; what is shorter stands at its end, with zeros before it"""
LEAST_VARIANCE = 1e-7
CODES = "ar bn zh da nl de en fi fr hi id it ja ko mr no pl pt ru es tr uk vi"
"""of the languages it was trained on, as its makers tell"""
LANGUAGES = tuple(CODES.split())


class SmartTurn:
    """Answers DetectEndOfTurn with EndOfTurn."""

    name = NAME
    spec = EngineSpec(
        name=NAME,
        kind="turn",
        version="3.2, in pipecat-ai 1.14.0",
        licence="BSD-2-Clause",
        description="Smart Turn: whether a turn is over, by its sound",
        packages=(PACKAGE, "onnxruntime"),
        install=INSTALL,
        checksum=CHECKSUM,
        input="float32 (1, 80, 800), Whisper's log-mel of the last 8 s",
        languages=LANGUAGES,
    )

    _session: onnxruntime.InferenceSession
    """from `load` on"""

    def load(self, settings: Settings) -> None:
        """Raises EngineUnavailable where the wheel is missing or its net is another."""
        content = _path().read_bytes()
        if hashlib.sha256(content).hexdigest() != CHECKSUM:
            raise EngineUnavailable(f"Smart Turn is not the published one (sha256 differs); run: {INSTALL}")
        self._session = open_session(content, settings.engine_threads)

    def infer(self, requests: Sequence[DetectEndOfTurn]) -> list[EndOfTurn]:
        """One after another."""
        return [EndOfTurn(self._probability(request.samples), NAME) for request in requests]

    def _probability(self, samples: FloatArray) -> float:
        features = whisper_mel(levelled(samples))[None]
        (told,) = self._session.run(None, {"input_features": features})
        return float(np.asarray(told).ravel()[0])


def levelled(samples: FloatArray) -> FloatArray:
    """(WINDOW,): the newest of (n,) samples behind zeros, of mean 0 and variance 1."""
    window = np.zeros(WINDOW, dtype=np.float32)
    newest = samples[-WINDOW:]
    window[WINDOW - len(newest) :] = newest
    return np.asarray((window - window.mean()) / np.sqrt(window.var() + LEAST_VARIANCE), dtype=np.float32)


def _path() -> Path:
    """Of the net in the installed wheel, which is located, never imported."""
    found = importlib.util.find_spec(PACKAGE)
    folders = found.submodule_search_locations if found is not None else None
    path = Path(next(iter(folders or ()), "")) / FILE
    if not folders or not path.is_file():
        raise EngineUnavailable(f"turns are not ended by their sound here, only by words; run: {INSTALL}")
    return path


ENGINE = SmartTurn()
