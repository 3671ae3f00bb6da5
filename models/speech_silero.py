"""Speech detection: Silero's net (MIT), streaming, as the faster-whisper package carries it.

One frame is 512 samples with the 64 before it; the recurrent state travels with the request, so any number of
streams share the net. Figures and names of inputs: snakers4/silero-vad, version 6.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from core.engines.requests import SPEECH_FRAME, DetectSpeech, SpeechScores
from core.engines.spec import EngineSpec
from core.errors import EngineUnavailable
from core.settings import Settings
from models._onnx import open_session

Floats = NDArray[np.float32]
CONTEXT = 64
"""samples before a frame that the net wants to see too"""
MEMORY = 128
"""numbers in each of its two recurrent states"""
INSTALL = "pip install -r requirements.txt (faster-whisper carries the net)"


class SileroSpeech:
    """Answers DetectSpeech with SpeechScores."""

    name = "speech_silero"
    spec = EngineSpec(
        name="speech_silero",
        kind="speech",
        version="6",
        licence="MIT",
        description="Silero's speech detection, 32 ms frames",
        packages=("onnxruntime", "faster_whisper"),
        install=INSTALL,
        input="float32 (k * 512,) mono 16 kHz -1..1",
        max_batch=16,
        is_default=True,
    )

    def load(self, settings: Settings) -> None:
        """Find the net inside faster-whisper without importing it. Raises EngineUnavailable."""
        found = importlib.util.find_spec("faster_whisper")
        folder = Path(found.origin).parent if found and found.origin else Path("faster_whisper")
        path = folder / "assets" / "silero_vad_v6.onnx"
        try:
            self._session = open_session(path.read_bytes(), settings.engine_threads)
        except OSError as error:
            raise EngineUnavailable(f"speech detection needs {path.name}: {error}; run: {INSTALL}") from error

    def infer(self, requests: Sequence[DetectSpeech]) -> list[SpeechScores]:
        """All frames of a request in one run: the net itself goes from row to row; its state holds one stream only."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: DetectSpeech) -> SpeechScores:
        h, c, context = cast(tuple[Floats, Floats, Floats] | None, request.memory) or _fresh()
        samples = np.concatenate([context, request.samples])
        rows = np.lib.stride_tricks.sliding_window_view(samples, CONTEXT + SPEECH_FRAME)[::SPEECH_FRAME]
        inputs = {"input": np.ascontiguousarray(rows, dtype=np.float32), "h": h, "c": c}
        probabilities, h, c = self._session.run(["speech_probs", "hn", "cn"], inputs)
        return SpeechScores(np.asarray(probabilities).reshape(-1), (h, c, samples[-CONTEXT:].astype(np.float32)))


def _fresh() -> tuple[Floats, Floats, Floats]:
    """Both recurrent states (1, 1, 128) and the context (64,) at the start of a stream."""
    state = np.zeros((1, 1, MEMORY), np.float32)
    return state, state, np.zeros(CONTEXT, np.float32)


ENGINE = SileroSpeech()
