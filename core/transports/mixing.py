"""Several channels to one: their mean, or the louder one alone where they cancel each other."""

from __future__ import annotations

import numpy as np

from core.types import SOUND_RATE_HZ, FloatArray

CANCELLED = 0.1
"""power of the mean by what channels without anything in common would leave (1; equal ones leave their number, and one
that speaks beside silent ones leaves 1): below this, 10 dB down, they cancel, as an inverted one does"""
MEMORY_S = 0.5
"""powers are averaged over this, so that single runs of samples do not switch to and fro"""


class Mixer:
    """One stream's channels to mono; what it remembers is how strong they were."""

    def __init__(self) -> None:
        self._powers: FloatArray = np.zeros(0, dtype=np.float32)
        """(channels + 1,) mean squares: of each channel, then of their mean"""

    def mono(self, channels: FloatArray, rate_hz: int = SOUND_RATE_HZ) -> FloatArray:
        """(channels, n) to (n,)."""
        if len(channels) == 1 or not channels.shape[1]:
            only: FloatArray = channels[0]
            return only
        mean: FloatArray = channels.mean(axis=0, dtype=np.float32)
        self._remember(np.append(np.square(channels).mean(axis=1), np.square(mean).mean()), channels.shape[1] / rate_hz)
        powers, left = self._powers[:-1], self._powers[-1]
        if left * len(channels) ** 2 < CANCELLED * powers.sum():
            loudest: FloatArray = channels[int(powers.argmax())]
            return loudest
        return mean

    def _remember(self, powers: FloatArray, seconds: float) -> None:
        if len(self._powers) != len(powers):
            self._powers = np.zeros(len(powers), dtype=np.float32)
        kept = np.float32(np.exp(-seconds / MEMORY_S))
        self._powers = kept * self._powers + (1 - kept) * powers.astype(np.float32)
