"""A voice in a process of its own, as an engine asks it: a message out, sound or an error in words back."""

from __future__ import annotations

import numpy as np

from core.engines.requests import Sound
from core.engines.spec import EngineSpec
from core.errors import EngineFailed, EngineUnavailable
from core.types import Phoneme
from models._worker import Broken, Worker

LEAST_SHARE, MOST_SHARE = 0.7, 1.3
"""of rate and pitch: beyond it no voice here is pleasant"""


def share_of(wanted: float) -> float:
    """Rate or pitch within the limits."""
    return min(MOST_SHARE, max(LEAST_SHARE, wanted))


def ask_for_sound(
    worker: Worker, message: object, patience_s: float, spec: EngineSpec
) -> Sound | EngineFailed | EngineUnavailable:
    """The worker answers (PCM16, rate in Hz, ((symbol, start in s), ...)), or a str that says what is not there."""
    try:
        answer = worker.ask(message, patience_s)
    except Broken:
        return EngineFailed("the voice broke off and is started anew")
    except EngineUnavailable as error:
        return error
    if isinstance(answer, str):
        return EngineUnavailable(f"{answer}; run: {spec.install}")
    pcm, rate_hz, phonemes = answer
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768)
    return Sound(samples, rate_hz, tuple(Phoneme(symbol, start_s) for symbol, start_s in phonemes), spec.name)
