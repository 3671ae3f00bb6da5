"""Voices that are no clear speech of one person, through the real detector, encoder and nets: the reason is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from core.live.lanes.lane import driven
from core.live.lanes.voice import VoiceLane
from core.transports.sound import PcmSound
from core.types import EMOTIONS, SOUND_RATE_HZ, AudioChunk, Estimate, FloatArray
from models.training.evaluate_voice_live import Answer, answer_of, load_engines
from models.training.voice_data import decode, trim

SURE = 0.8
LABELS = ("happy", "sad", "angry", "fear")
ORDER = 12
"""of the linear prediction by which a throat is told from what sounds in it"""


@pytest.fixture(scope="module")
def answer() -> Answer:
    return answer_of(load_engines(absent=("transcribe", "text")))


@pytest.fixture(scope="module")
def spoken(datasets) -> list[tuple[str, FloatArray]]:
    """A recording of each of four expressions by a woman and a man who trained nothing, level as at a laptop."""
    table = pd.read_parquet(datasets / "speech" / "ravdess_speech_actors01-20.parquet")
    chosen = table[table["split"].eq("valid") & table["label"].isin(LABELS)].groupby(["speaker", "label"]).head(1)
    sounds = [(row["label"], trim(decode(row["audio"]))) for row in chosen.to_dict("records")]
    return [(label, (sound * (0.05 / np.sqrt((sound**2).mean()))).astype(np.float32)) for label, sound in sounds]


def read(sound: FloatArray, answer: Answer) -> list[Estimate]:
    """All readings, half a second of faint noise before and a second behind."""
    noise = (0.0003 * np.random.default_rng(1).normal(size=len(sound) + 24_000)).astype(np.float32)
    noise[8_000 : 8_000 + len(sound)] += sound
    lane = VoiceLane()
    state, told = lane.start("stream"), []
    for begin in range(0, len(noise), 1600):
        part, at_s = noise[begin : begin + 1600], begin / SOUND_RATE_HZ
        state, events = driven(lane.step(state, AudioChunk(part, at_s, at_s, at_s)), answer)
        told += [event for event in events if isinstance(event, Estimate)]
    return told


def telephoned(sound: FloatArray) -> FloatArray:
    """Sampled 8,000 times a second, as a client sends it, and brought up again as the server does."""
    spectrum = np.fft.rfft(sound)
    half = np.fft.irfft(spectrum[: len(sound) // 4 + 1], len(sound) // 2) / 2
    pcm = (np.clip(half, -1, 1) * 32767).astype("<i2").tobytes()
    return np.asarray(PcmSound(8000).feed(pcm), np.float32)


def overdriven(sound: FloatArray) -> FloatArray:
    return np.clip(sound * (4 / np.abs(sound).max()), -1, 1).astype(np.float32)


def whispered(sound: FloatArray) -> FloatArray:
    """Noise in place of the vocal folds: through the throat's resonances (linear prediction) as loud as before."""
    size, step, chance = 640, 320, np.random.default_rng(2)
    taper, out = np.hanning(size + 1)[:-1], np.zeros(len(sound) + size)
    for begin in range(0, len(sound) - size, step):
        frame = sound[begin : begin + size] * taper
        alike = np.correlate(frame, frame, "full")[size - 1 : size + ORDER]
        table = alike[np.abs(np.subtract.outer(range(ORDER), range(ORDER)))] + 1e-4 * alike[0] * np.eye(ORDER)
        throat = np.linalg.solve(table + 1e-12 * np.eye(ORDER), alike[1:])
        response = 1 / np.maximum(1e-3, np.abs(np.fft.rfft(np.concatenate([[1.0], -throat]), size)))
        breath = np.fft.irfft(np.fft.rfft(chance.normal(size=size)) * response)
        loud = np.sqrt((frame**2).mean() / max(1e-12, float((breath**2).mean())))
        out[begin : begin + size] += breath * loud * np.sqrt(taper)
    return out[: len(sound)].astype(np.float32)


def share_with(reason: str, readings: Sequence[Estimate]) -> float:
    return float(np.mean([reason in reading.quality.reasons for reading in readings]))


SPOILT: dict[str, Callable[[FloatArray], FloatArray]] = {
    "narrow_band": telephoned,
    "clipping": overdriven,
    "whispered": whispered,
}


@pytest.mark.parametrize("reason", SPOILT)
def test_what_is_wrong_with_a_voice_is_told_and_lowers_its_quality(spoken, answer, reason) -> None:
    clear = [reading for _, sound in spoken for reading in read(sound, answer)]
    spoilt = [reading for _, sound in spoken for reading in read(SPOILT[reason](sound), answer)]
    assert share_with(reason, clear) == 0
    assert share_with(reason, spoilt) >= 0.75
    assert all(np.isfinite(reading.probs).all() for reading in spoilt)
    scores = [np.mean([reading.quality.score for reading in readings]) for readings in (spoilt, clear)]
    assert scores[0] < scores[1]


@pytest.mark.parametrize("reason", SPOILT)
def test_nothing_is_surely_misread_without_a_reason(spoken, answer, reason) -> None:
    for label, sound in spoken:
        for reading in read(SPOILT[reason](sound), answer):
            is_right = EMOTIONS[int(reading.probs.argmax())] == label
            assert is_right or reading.probs.max() < SURE or reading.quality.reasons


def test_two_voices_at_once_are_read_as_neither_surely(spoken, answer) -> None:
    half = len(spoken) // 2
    told = []
    for (_, one), (_, other) in zip(spoken[:half], spoken[half:][::-1], strict=True):
        length = min(len(one), len(other))
        told += read(one[:length] + other[:length], answer)
    assert told
    assert np.mean([reading.probs.max() for reading in told]) < 0.6
    assert np.mean([reading.probs.max() >= SURE and not reading.quality.reasons for reading in told]) < 0.1
