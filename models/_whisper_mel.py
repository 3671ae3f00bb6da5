"""Whisper's picture of sound: logarithms of mel energies (Radford et al. 2022), made with numpy alone. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.types import SOUND_RATE_HZ, FloatArray

FRAME, HOP, BANDS = 400, 160, 80
"""samples of a frame (25 ms) and from one to the next (10 ms); bands of mel"""
FLOOR, RANGE = 1e-10, 8.0
"""least power, and what is shown below the loudest, in powers of ten"""
LINEAR_HZ, LINEAR_MEL = 1000.0, 15.0
"""up to here mel is linear (Slaney's Auditory Toolbox), above it logarithmic"""
STEP = np.log(6.4) / 27.0


def mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slaney's scale."""
    above = LINEAR_HZ * np.exp(STEP * (mel - LINEAR_MEL))
    return np.where(mel < LINEAR_MEL, mel * LINEAR_HZ / LINEAR_MEL, above)


def mel_bank() -> NDArray[np.float64]:
    """Triangles (FRAME // 2 + 1, BANDS) from 0 Hz to half the rate, each of the same area."""
    highest = LINEAR_MEL + np.log(SOUND_RATE_HZ / 2 / LINEAR_HZ) / STEP
    edges_hz = mel_to_hz(np.linspace(0.0, highest, BANDS + 2))
    bins_hz = np.linspace(0.0, SOUND_RATE_HZ / 2, FRAME // 2 + 1)[:, None]
    rising = (bins_hz - edges_hz[:-2]) / np.diff(edges_hz)[:-1]
    falling = (edges_hz[2:] - bins_hz) / np.diff(edges_hz)[1:]
    weights = np.maximum(0.0, np.minimum(rising, falling)) * 2.0 / (edges_hz[2:] - edges_hz[:-2])
    return np.asarray(weights)


_BANK = mel_bank()
_TAPER = np.hanning(FRAME + 1)[:-1]


def whisper_mel(samples: FloatArray) -> FloatArray:
    """(n,) float32 at 16 kHz to (BANDS, n // HOP) float32, about -1 to 2; the first band is the lowest."""
    padded = np.pad(samples.astype(np.float64), FRAME // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP][: len(samples) // HOP]
    power = np.abs(np.fft.rfft(frames * _TAPER, axis=1)) ** 2
    shown = np.log10(np.maximum(FLOOR, power @ _BANK)).T
    shown = np.maximum(shown, shown.max() - RANGE)
    return np.ascontiguousarray((shown + 4.0) / 4.0, dtype=np.float32)
