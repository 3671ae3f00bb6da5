"""Silero's detector: speech from silence, wherever the stream is cut."""

from __future__ import annotations

import numpy as np

from core.engines.requests import DetectSpeech
from core.settings import Settings
from models.speech_silero import SileroSpeech
from tests.benchmarks.sounds import _read


def test_speech_is_told_from_silence_and_the_cut_makes_no_difference(datasets) -> None:
    engine = SileroSpeech()
    engine.load(Settings())
    sound = np.concatenate([np.zeros(16_000, np.float32), _read(datasets / "asr" / "goforward.flac")])
    sound = sound[: len(sound) // 512 * 512]
    whole = engine.infer([DetectSpeech(sound)])[0].probabilities
    memory, parts = None, []
    for start in range(0, len(sound), 1536):
        scores = engine.infer([DetectSpeech(sound[start : start + 1536], memory)])[0]
        memory = scores.memory
        parts.append(scores.probabilities)
    assert np.allclose(np.concatenate(parts), whole, atol=1e-4)
    assert whole[:30].max() < 0.3
    assert whole.max() > 0.9
