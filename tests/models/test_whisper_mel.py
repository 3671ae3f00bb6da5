"""Whisper's picture of sound: its bands, its range, and that it is the one the nets were trained on."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from models import turn_smart
from models._whisper_mel import BANDS, FRAME, HOP, mel_bank, mel_to_hz, whisper_mel

RATE = 16_000


def tone(hz: float, seconds: float = 1.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def test_a_higher_tone_stands_in_a_higher_band() -> None:
    loudest = [int(whisper_mel(tone(hz)).mean(axis=1).argmax()) for hz in (200, 500, 1000, 2000, 4000, 7000)]
    assert loudest == sorted(set(loudest))


def test_the_picture_has_a_frame_each_ten_milliseconds_and_eighty_decibels() -> None:
    shown = whisper_mel(tone(440, 2.0))
    assert (shown.shape, shown.dtype) == ((BANDS, 2 * RATE // HOP), np.float32)
    assert shown.max() - shown.min() <= 2.0 + 1e-5


def test_mel_is_linear_up_to_a_thousand_hertz_and_bands_never_go_down() -> None:
    assert mel_to_hz(np.array([0.0, 7.5, 15.0])) == pytest.approx([0.0, 500.0, 1000.0])
    centres = mel_bank().argmax(axis=0)
    assert (np.diff(centres) >= 0).all()
    assert mel_bank().shape == (FRAME // 2 + 1, BANDS)


def test_silence_is_one_level() -> None:
    assert np.ptp(whisper_mel(np.zeros(RATE, np.float32))) == 0


def test_it_is_the_picture_that_smart_turns_own_code_makes() -> None:
    beside = Path(turn_smart._path()).parents[1] / "_whisper_features.py"
    spec = importlib.util.spec_from_file_location("features", beside)
    theirs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(theirs)
    chance = np.random.default_rng(1)
    for sound in (chance.normal(0, 0.1, 3 * RATE), tone(300, 9.0), np.r_[tone(150, 2.0), np.zeros(RATE)]):
        window = np.zeros(turn_smart.WINDOW, np.float32)
        newest = sound[-turn_smart.WINDOW :]
        window[len(window) - len(newest) :] = newest
        ours = whisper_mel(turn_smart.levelled(sound.astype(np.float32)))
        assert np.abs(ours - theirs.compute_whisper_log_mel_features(window)).max() < 1e-5
