"""The voice net's pictures: shape, level, short windows, where a tone lands, and what a warped bank does."""

import numpy as np
import pytest

from core.engines.requests import VOICE_WINDOW
from core.estimation.log_mel import (
    BANDS,
    FRAMES,
    HOP,
    SAMPLE_RATE_HZ,
    WINDOW,
    levelled,
    log_mel,
    mel_bank,
    mel_energies,
)


def tone(hz: float, samples: int = WINDOW) -> np.ndarray:
    return (0.1 * np.sin(2 * np.pi * hz * np.arange(samples) / SAMPLE_RATE_HZ)).astype(np.float32)


def padded(sound: np.ndarray) -> np.ndarray:
    window = np.zeros((1, WINDOW), np.float32)
    window[0, WINDOW - len(sound) :] = sound
    return window


def noise(count: int = 1) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, (count, WINDOW)).astype(np.float32)


def test_window_is_the_one_the_live_lane_sends() -> None:
    assert WINDOW == VOICE_WINDOW


def test_picture_has_bands_and_frames_and_plain_numbers() -> None:
    picture = log_mel(noise(2))
    assert picture.shape == (2, BANDS, FRAMES)
    assert picture.dtype == np.float32
    assert picture.flags.c_contiguous


@pytest.mark.parametrize("gain", [0.003, 0.1, 8.0])
def test_loudness_does_not_change_the_picture(gain: float) -> None:
    window = noise()
    np.testing.assert_allclose(log_mel(gain * window), log_mel(window), atol=1e-3)


def test_silence_is_flat_and_finite() -> None:
    picture = log_mel(np.zeros((1, WINDOW), np.float32))
    assert np.isfinite(picture).all()
    assert np.ptp(picture) == 0


def test_zeros_before_short_speech_do_not_change_its_level() -> None:
    speech = noise()[0, : WINDOW // 2]
    short, doubled = log_mel(padded(speech)), log_mel(np.concatenate([speech, speech])[None])
    last = FRAMES // 4
    np.testing.assert_allclose(short[..., -last:], doubled[..., -last:], atol=0.05)
    assert np.ptp(short[..., : FRAMES // 4]) == 0


def test_each_window_is_read_alone() -> None:
    windows = noise(3)
    windows[1] *= 20
    together = log_mel(windows)
    for place in range(3):
        np.testing.assert_allclose(together[place], log_mel(windows[place : place + 1])[0], atol=1e-4)


def test_higher_tone_lands_in_a_higher_band() -> None:
    bands = [int(log_mel(tone(hz)[None])[0].mean(axis=1).argmax()) for hz in (100, 200, 500, 1000, 3000, 7000)]
    assert bands == sorted(set(bands))


def test_later_sound_lands_in_later_frames() -> None:
    window = np.zeros((1, WINDOW), np.float32)
    window[0, 16_000:17_600] = tone(500, 1600)
    loudest = int(log_mel(window)[0].max(axis=0).argmax())
    assert 16_000 // HOP - 4 <= loudest <= 17_600 // HOP


def test_every_band_listens_to_something_below_half_the_sample_rate() -> None:
    assert mel_bank().min() >= 0
    np.testing.assert_allclose(mel_bank().sum(axis=0), 1, atol=1e-5)
    np.testing.assert_allclose(mel_bank(1.16).sum(axis=0), 1, atol=1e-5)


def test_only_the_top_band_of_the_lowest_warp_is_deaf() -> None:
    heard = mel_bank(0.86).sum(axis=0)  # its top triangle lies above 8 kHz: training sees silence there
    np.testing.assert_allclose(heard[:-1], 1, atol=1e-5)
    assert heard[-1] == 0


def test_warped_bank_hears_a_voice_as_a_higher_one() -> None:
    band_of = {
        (hz, warp): int(levelled(mel_energies(tone(hz)[None], mel_bank(warp)))[0].mean(axis=0).argmax())
        for hz, warp in ((1000, 1.0), (1000, 1.15), (1150, 1.0))
    }
    assert band_of[1000, 1.15] > band_of[1000, 1.0]
    assert abs(band_of[1000, 1.15] - band_of[1150, 1.0]) <= 1
