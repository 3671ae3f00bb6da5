"""Sound for the benchmarks: read sentences with pauses between, never twice the same samples."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

RATE_HZ = 16_000
PAUSE_S = 2.0
DATASETS = Path(os.environ.get("ATTUNE_DATASETS", "../shared/datasets"))


def clips() -> list[np.ndarray]:
    """The short sentences of the recognition clips, float32 mono 16 kHz. Raises FileNotFoundError without them."""
    files = sorted((DATASETS / "asr").glob("*.flac"))
    if not files:
        raise FileNotFoundError(f"no speech at {DATASETS / 'asr'}; set ATTUNE_DATASETS")
    sounds = [_read(file) for file in files]
    return [sound for sound in sounds if 1.5 * RATE_HZ <= len(sound) <= 8 * RATE_HZ]


def _read(file: Path) -> np.ndarray:
    import av

    with av.open(str(file)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray().ravel() for frame in frames])


def talk(seconds: float, seed: int) -> tuple[np.ndarray, list[float]]:
    """Sentences and pauses over faint noise: samples (seconds * 16000,), and when each sentence ended, in seconds."""
    chance = np.random.default_rng(seed)
    said = clips()
    parts, ends, at = [np.zeros(RATE_HZ // 2, np.float32)], [], RATE_HZ // 2
    while at < seconds * RATE_HZ:
        sentence = said[int(chance.integers(len(said)))]
        pause = np.zeros(int((PAUSE_S + chance.uniform(0, 0.5)) * RATE_HZ), np.float32)
        parts += [sentence, pause]
        ends.append((at + _last_loud(sentence)) / RATE_HZ)
        at += len(sentence) + len(pause)
    samples = np.concatenate(parts)[: int(seconds * RATE_HZ)]
    return (samples + chance.normal(0, 1e-3, len(samples))).astype(np.float32), ends


def _last_loud(sentence: np.ndarray) -> int:
    """Where the last 20 ms above a tenth of the loudest end."""
    frames = sentence[: len(sentence) // 320 * 320].reshape(-1, 320)
    energy = np.sqrt((frames**2).mean(axis=1))
    return int((np.flatnonzero(energy > energy.max() / 10)[-1] + 1) * 320)


def pcm(samples: np.ndarray) -> bytes:
    """Little-endian PCM16."""
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
