"""How loud a voice is heard, and every voice made equally loud. Pure.

ITU-R BS.1770-4 (EBU R 128): power of 400 ms blocks under a weighting near the ear's, without the pauses; in LUFS.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.engines.requests import Sound
from core.types import FloatArray

TARGET_LUFS = -20.0
"""about what eSpeak has by itself, and as loud as Hibari can be made without touching PEAK"""
PEAK = 0.89
"""-1 dBFS: what a converter or a coder adds between the samples stays below 1"""
FADE_S = 0.005
"""at both ends: some voices begin and end with a step (0.03 of full), heard as a click between two parts"""
MOST_DB = 15.0
"""of gain: a whisper is not blown up to noise"""
BLOCK_S, STEP_S = 0.4, 0.1
SILENT_LUFS, PAUSE_LU = -70.0, -10.0
"""blocks below the first, or this far below the mean of the others, are pauses"""
OFFSET_DB = -0.691
STANDARD_HZ = 48_000
SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
"""the two filters of the standard at STANDARD_HZ, numerator and denominator"""


def levelled(sound: Sound) -> Sound:
    """The same sound at TARGET_LUFS, or as near to it as PEAK and MOST_DB allow, without a step at its ends.

    Silence stays silence.
    """
    peak = float(np.abs(sound.samples).max(initial=0.0))
    lufs = loudness(sound.samples, sound.rate_hz)
    if lufs is None:
        return sound
    gain = min(10 ** (min(MOST_DB, TARGET_LUFS - lufs) / 20), PEAK / peak)
    return replace(sound, samples=sound.samples * np.float32(gain) * _edges(len(sound.samples), sound.rate_hz))


def _edges(count: int, rate_hz: int) -> FloatArray:
    """(count,) 0 at both ends, 1 within FADE_S of them."""
    inwards = np.minimum(np.arange(count), np.arange(count)[::-1])
    return np.minimum(inwards / max(1.0, FADE_S * rate_hz), 1.0).astype(np.float32)


def loudness(samples: FloatArray, rate_hz: int) -> float | None:
    """LUFS of mono samples (n,) -1..1; None for silence. What is shorter than a block is one block."""
    size, step = round(BLOCK_S * rate_hz), round(STEP_S * rate_hz)
    if len(samples) < size:
        samples = np.pad(samples, (0, size - len(samples)))
    blocks = np.lib.stride_tricks.sliding_window_view(samples, size)[::step]
    power = np.square(np.abs(np.fft.rfft(blocks, axis=1))) @ _weights(size, rate_hz)
    loud = power[_lufs(power) > SILENT_LUFS]
    if not len(loud):
        return None
    loud = loud[_lufs(loud) > _lufs(loud.mean()) + PAUSE_LU]
    return float(_lufs(loud.mean()))


def _lufs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return OFFSET_DB + 10 * np.log10(np.maximum(power, 1e-12))


def _weights(size: int, rate_hz: int) -> NDArray[np.float64]:
    """Of each bin of a block's spectrum, so that their sum is the weighted mean square (Parseval)."""
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(size, 1 / rate_hz) / STANDARD_HZ)
    gain = np.ones(len(turn), dtype=complex)
    for above, below in (SHELF, HIGH_PASS):
        gain *= np.polyval(above[::-1], turn) / np.polyval(below[::-1], turn)
    twice = np.full(len(turn), 2.0)
    twice[0] = 1.0
    return twice * np.square(np.abs(gain)) / size**2
