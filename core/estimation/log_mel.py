"""What the voice net hears: log-mel pictures of 2 s windows, the same for training and serving.

Level-normalised: a window's energies are divided by its own, so a louder microphone gives the same picture and the net
cannot learn loudness in place of expression (RAVDESS's angry clips are seven times as loud as its neutral ones).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SAMPLE_RATE_HZ = 16_000
WINDOW = 32_000
"""samples, 2 s"""
FRAME = 640
"""samples, 40 ms: four periods of a low voice at 100 Hz, so that its harmonics stand apart"""
TRANSFORM = 1024
"""points, the next power of two: bins of 15.625 Hz"""
HOP = 160
"""samples, 10 ms"""
FRAMES = 1 + (WINDOW - FRAME) // HOP
"""197 in a window: 1 + (32000 - 640) // 160"""
BANDS = 64
LOWEST_HZ, HIGHEST_HZ = 60.0, 7600.0
"""from below the lowest voice to just under half the sample rate (8000)"""
FLOOR = 1e-5
"""Added to energies of mean 1: 50 dB under the window's mean band, so silence is one flat level"""
SILENCE = 1e-10
"""Mean squared sample under which a frame is nothing but zeros: -100 dB of full scale"""
CENTRE, SPREAD = -5.0, 4.0
"""Subtracted and divided by, in nats: brings speech to about -1..2 and silence to ln(1e-5) = -11.5, so -1.6"""

_TAPER = np.hanning(FRAME + 1)[:-1].astype(np.float32)


def hz_to_mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pitch as heard, in mel (O'Shaughnessy 1987)."""
    return np.asarray(2595.0 * np.log10(1.0 + hz / 700.0))


def mel_bank(warp: float = 1.0) -> Floats:
    """Triangles (TRANSFORM // 2 + 1, BANDS), evenly spaced in mel, each summing to 1.

    With a `warp` above 1 they look for everything that much lower, so a voice sounds like a shorter throat's; training
    makes new speakers of old ones so (vocal tract length perturbation, Jaitly and Hinton 2013).
    """
    low, high = hz_to_mel(np.array([LOWEST_HZ, HIGHEST_HZ]))
    edges_hz = 700.0 * (10.0 ** (np.linspace(low, high, BANDS + 2) / 2595.0) - 1.0) / warp
    bins_hz = np.arange(TRANSFORM // 2 + 1)[:, None] * SAMPLE_RATE_HZ / TRANSFORM
    rising = (bins_hz - edges_hz[:-2]) / (edges_hz[1:-1] - edges_hz[:-2])
    falling = (edges_hz[2:] - bins_hz) / (edges_hz[2:] - edges_hz[1:-1])
    weights = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(weights / np.maximum(weights.sum(axis=0), 1e-9), dtype=np.float32)


_BANK = mel_bank()


def mel_energies(windows: Floats, bank: Floats = _BANK) -> Floats:
    """Sound (n, k >= FRAME) at 16 kHz to mean power by frame and band (n, frames, BANDS)."""
    frames = np.lib.stride_tricks.sliding_window_view(windows, FRAME, axis=1)[:, ::HOP]
    spectrum = np.fft.rfft(frames * _TAPER, TRANSFORM, axis=2)
    power = spectrum.real**2 + spectrum.imag**2
    return np.asarray(power @ bank, dtype=np.float32)


def levelled(energies: Floats) -> Floats:
    """Energies (n, frames, BANDS) to logarithms of about -2..3, whatever the level they came at.

    The level is the mean frame energy weighted by itself: pauses and the zeros before a short window do not move it.
    """
    loudness = energies.mean(axis=2)
    level = (loudness**2).sum(axis=1) / np.maximum(loudness.sum(axis=1), 1e-20)
    relative = energies / np.maximum(level, SILENCE * FRAME)[:, None, None]
    return np.asarray((np.log(relative + FLOOR) - CENTRE) / SPREAD, dtype=np.float32)


def log_mel(windows: Floats) -> Floats:
    """Raw windows (n, WINDOW), float32 -1..1 mono 16 kHz, to pictures (n, BANDS, FRAMES); the first band is lowest."""
    return np.ascontiguousarray(levelled(mel_energies(windows)).transpose(0, 2, 1))
