"""How loud a voice is heard: the standard's own test tones, and every voice equally loud."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.companion.loudness import MOST_DB, PEAK, TARGET_LUFS, levelled, loudness
from core.engines.requests import Sound
from core.types import FloatArray


def tone(level: float, rate_hz: int = 24_000, seconds: float = 2.0, hz: float = 997.0) -> FloatArray:
    return (level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def sound(samples: FloatArray, rate_hz: int = 24_000) -> Sound:
    return Sound(samples, rate_hz, (), "voice")


@pytest.mark.parametrize("rate_hz", [22_050, 24_000, 48_000])
def test_full_tone_of_997_hz_is_what_the_standard_says(rate_hz: int) -> None:
    assert loudness(tone(1.0, rate_hz), rate_hz) == pytest.approx(-3.01, abs=0.02)


def test_a_tone_at_minus_23_is_minus_23() -> None:
    """EBU Tech 3341, case 1: 1 kHz at -23 dBFS in both channels; -3 dB in one alone."""
    assert loudness(tone(10 ** (-23 / 20), hz=1000.0), 24_000) == pytest.approx(-26.0, abs=0.1)


def test_pauses_do_not_count() -> None:
    said = tone(0.1)
    paused = np.concatenate([said, np.zeros(72_000, np.float32), said])
    assert loudness(paused, 24_000) == pytest.approx(loudness(said, 24_000), abs=0.5)


def test_low_rumble_is_heard_less_and_a_hiss_more() -> None:
    assert loudness(tone(0.1, hz=40), 24_000) < loudness(tone(0.1), 24_000) - 3
    assert loudness(tone(0.1, hz=5000), 24_000) > loudness(tone(0.1), 24_000) + 2


@pytest.mark.parametrize("level", [0.05, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("seconds", [0.15, 2.0])
def test_quiet_and_loud_become_equally_loud(level: float, seconds: float) -> None:
    made = levelled(sound(tone(level, seconds=seconds)))
    assert loudness(made.samples, 24_000) == pytest.approx(TARGET_LUFS, abs=0.3)


def test_a_peak_is_not_pushed_over_the_edge() -> None:
    spiked = tone(0.02)
    spiked[1000] = 0.9
    assert np.abs(levelled(sound(spiked)).samples).max() == pytest.approx(PEAK, abs=1e-4)


def test_a_step_at_the_ends_is_taken_off_and_the_rest_stays() -> None:
    made = levelled(sound(np.full(24_000, 0.1, np.float32) + tone(0.1, seconds=1.0))).samples
    assert made[0] == made[-1] == 0
    assert np.abs(np.diff(made[:240])).max() < 0.05
    assert made[12_000] > 0.05


def test_a_whisper_is_lifted_by_no_more_than_the_most() -> None:
    whisper = tone(0.001)
    assert levelled(sound(whisper)).samples.max() == pytest.approx(whisper.max() * 10 ** (MOST_DB / 20), rel=1e-3)


@pytest.mark.parametrize("count", [0, 1, 5000])
def test_silence_stays_silence(count: int) -> None:
    assert not levelled(sound(np.zeros(count, np.float32))).samples.any()


@given(st.lists(st.floats(-1, 1, width=32), max_size=300))
def test_whatever_comes_stays_within_the_edges_and_as_long(samples: list[float]) -> None:
    made = levelled(sound(np.array(samples, np.float32), 8_000)).samples
    assert len(made) == len(samples)
    assert np.abs(made).max(initial=0.0) <= PEAK + 1e-4
