"""Sound for the benchmarks: real speech, as sentences with pauses between or without a break."""

from __future__ import annotations

import io
import os
from functools import cache
from pathlib import Path
from typing import IO

import numpy as np

RATE_HZ = 16_000
PAUSE_S = 2.0
EDGE_S = 0.35
"""what a recording's own silence at its ends is cut to: two of them are a pause between sentences"""
LEVEL, LOUDEST = 0.06, 0.9
"""root mean square of a sentence near a microphone, and its peak at most"""
SENTENCES_OF_ONE = 12
"""sentences of one actor, among those that were read"""
DATASETS = Path(os.environ.get("ATTUNE_DATASETS", "../shared/datasets"))


def clips() -> list[np.ndarray]:
    """The short sentences of the recognition clips, float32 mono 16 kHz. Raises FileNotFoundError without them."""
    return [sound for sound in _recorded() if 1.5 * RATE_HZ <= len(sound) <= 8 * RATE_HZ]


def _recorded() -> list[np.ndarray]:
    files = sorted((DATASETS / "asr").glob("*.flac"))
    if not files:
        raise FileNotFoundError(f"no speech at {DATASETS / 'asr'}; set ATTUNE_DATASETS")
    return [_read(file) for file in files]


def _read(file: Path | IO[bytes]) -> np.ndarray:
    import av

    with av.open(file if not isinstance(file, Path) else str(file)) as container:
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


def unbroken(number: int) -> np.ndarray:
    """A minute or more of real speech, float32 mono 16 kHz, that may be begun anew; the next number says other words.

    Recorded sentences in an order of their own, and among them those of one actor, with no more silence between
    than the recordings have at their ends. Raises FileNotFoundError without them.
    """
    chance = np.random.default_rng(number)
    said = [*_recorded(), *_acted(number % 20 + 1)]
    return np.concatenate([_levelled(_trimmed(said[at])) for at in chance.permutation(len(said))])


@cache
def _actors() -> dict[int, list[bytes]]:
    """Recordings of each actor; none where that table is missing."""
    import pyarrow.parquet as pq

    file = DATASETS / "speech/ravdess_speech_actors01-20.parquet"
    rows = pq.read_table(file, columns=["speaker", "audio"]).to_pylist() if file.exists() else []
    of: dict[int, list[bytes]] = {}
    for row in rows:
        of.setdefault(int(row["speaker"].rsplit("_", 1)[1]), []).append(row["audio"])
    return of


def _acted(actor: int) -> list[np.ndarray]:
    """Sentences of every sort of one actor."""
    every = _actors().get(actor, [])
    return [_read(io.BytesIO(audio)) for audio in every[:: max(1, len(every) // SENTENCES_OF_ONE)]][:SENTENCES_OF_ONE]


def _trimmed(sentence: np.ndarray) -> np.ndarray:
    edge = round(EDGE_S * RATE_HZ)
    return sentence[max(0, first_loud(sentence) - edge) : _last_loud(sentence) + edge]


def _levelled(sentence: np.ndarray) -> np.ndarray:
    gain = min(LEVEL / float(np.sqrt((sentence**2).mean())), LOUDEST / float(np.abs(sentence).max()))
    return (sentence * gain).astype(np.float32)


def first_loud(sentence: np.ndarray) -> int:
    """Where the first 20 ms above a tenth of the loudest begin."""
    return int(_loud(sentence)[0] * 320)


def _last_loud(sentence: np.ndarray) -> int:
    """Where the last 20 ms above a tenth of the loudest end."""
    return int((_loud(sentence)[-1] + 1) * 320)


def _loud(sentence: np.ndarray) -> np.ndarray:
    """Numbers of the runs of 20 ms above a tenth of the loudest."""
    frames = sentence[: len(sentence) // 320 * 320].reshape(-1, 320)
    energy = np.sqrt((frames**2).mean(axis=1))
    return np.flatnonzero(energy > energy.max() / 10)


def pcm(samples: np.ndarray) -> bytes:
    """Little-endian PCM16."""
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
