"""Quality of a window of speech: what lowers it, and that more of a fault never raises it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.estimation.sound import (
    FLOOR_DB,
    LONGEST_DIP,
    follow_noise,
    level_db,
    onset,
    periodicity,
    signal_to_noise_db,
    upper_db,
    voice_quality,
)

NOISE = (0.1 * np.random.default_rng(1).standard_normal(32_000)).astype(np.float32)
GOOD = (0.5 * (np.arange(32_000) % 128 == 0) + 0.05 * NOISE).astype(np.float32)
"""a buzz of 125 Hz with a little breath in it"""


def test_good_speech_has_no_fault() -> None:
    assert voice_quality(GOOD, -60.0, 0.8) == voice_quality(GOOD, None, 0.8)
    assert voice_quality(GOOD, -60.0, 0.8).score == pytest.approx(1)
    assert voice_quality(GOOD, -60.0, 0.8).reasons == ()


@pytest.mark.parametrize(
    ("speech", "noise_db", "voiced", "reason"),
    [
        (GOOD * 0.01, None, 0.8, "too_quiet"),
        (np.where(GOOD > 0.4, 1.0, GOOD), None, 0.8, "clipping"),
        (GOOD, -30.0, 0.8, "noisy"),
        (NOISE, -60.0, 0.8, "whispered"),
        (0.5 * np.sin(np.arange(32_000) / 20), None, 0.8, "narrow_band"),
        (GOOD[:6000], None, 0.8, "short_speech"),
        (GOOD, None, 0.1, "no_voice_activity"),
    ],
)
def test_each_fault_has_its_word_and_its_price(speech, noise_db, voiced, reason) -> None:
    quality = voice_quality(speech.astype(np.float32), noise_db, voiced)
    assert quality.reasons == (reason,)
    assert quality.score < 0.95


@given(st.floats(-90, 0), st.floats(-90, 0))
def test_more_noise_is_never_better(one, other) -> None:
    low, high = sorted((one, other))
    for speech in (GOOD, NOISE):
        assert voice_quality(speech, low, 0.8).score >= voice_quality(speech, high, 0.8).score - 1e-9


def test_silence_and_nothing_have_a_finite_level() -> None:
    assert level_db(np.zeros(100, np.float32)) == level_db(np.zeros(0, np.float32)) == FLOOR_DB
    assert 0 <= voice_quality(np.zeros(0, np.float32), None, 0.0).score <= 1


def test_the_noise_floor_follows_in_about_a_second() -> None:
    level = None
    for _ in range(100):
        level = follow_noise(level, -50.0, 0.032)
    assert level == pytest.approx(-50)
    for _ in range(31):
        level = follow_noise(level, -30.0, 0.032)
    assert -40 < level < -30
    assert signal_to_noise_db(-30.0, -50.0) == pytest.approx(20, abs=0.1)


def test_the_longer_the_speech_the_more_it_is_worth_and_a_moment_is_worth_half() -> None:
    scores = [voice_quality(GOOD[:count], None, 0.8).score for count in (160, 4000, 8000, 12_000, 32_000)]
    assert scores == sorted(scores)
    assert scores[0] == pytest.approx(0.5, abs=0.05)
    assert len(set(scores)) > 3


@pytest.mark.parametrize(("share", "reasons"), [(0.0005, ()), (0.003, ("clipping",))])
def test_a_few_samples_at_full_scale_are_no_clipping_three_of_a_thousand_are(share: float, reasons: tuple) -> None:
    speech = GOOD.copy()
    speech[: round(share * len(speech))] = 1.0
    assert voice_quality(speech, None, 0.8).reasons == reasons


SILENCE, SPEECH, SOFT = -80.0, -20.0, -45.0


@pytest.mark.parametrize(
    ("before", "begins"),
    [
        ([SILENCE] * 9, 9),
        ([SILENCE] * 5 + [SOFT] * 4, 5),
        ([SPEECH] * 9, 0),
        ([SILENCE] * 2 + [SPEECH] * 3 + [SILENCE] * 4, 2),
        ([SPEECH] * 2 + [SILENCE] * (LONGEST_DIP + 1), LONGEST_DIP + 3),
        ([], 0),
    ],
)
def test_speech_begins_where_it_is_loud_enough_before_it_was_surely_heard(before, begins) -> None:
    assert onset([*before, SPEECH, SPEECH], len(before), None) == begins


@pytest.mark.parametrize(("noise_db", "begins"), [(None, 5), (-60.0, 5), (-50.0, 9), (-45.0, 9)])
def test_what_may_be_the_noise_before_speech_is_none_of_it(noise_db, begins) -> None:
    assert onset([SILENCE] * 5 + [SOFT] * 4 + [SPEECH], 9, noise_db) == begins


@given(st.lists(st.floats(FLOOR_DB, 0), min_size=1, max_size=40), st.floats(-90, 0), st.data())
def test_more_noise_never_begins_speech_earlier_and_none_begins_after_it_was_heard(levels, noise_db, data) -> None:
    first = data.draw(st.integers(0, len(levels) - 1))
    assert onset(levels, first, None) <= onset(levels, first, noise_db) <= onset(levels, first, noise_db + 5) <= first


@pytest.mark.parametrize("hz", [70, 125, 220, 390])
def test_a_voice_of_any_pitch_repeats_itself_and_noise_does_not(hz) -> None:
    at = np.arange(32_000) / 16_000
    voice = sum(np.sin(2 * np.pi * hz * n * at) / n for n in range(1, 9)).astype(np.float32)
    assert periodicity(voice) > 0.9
    assert periodicity(NOISE) < 0.5
    assert periodicity(0.3 * voice + NOISE) < periodicity(voice)
    assert periodicity(voice[:1000]) == 1.0, "too short to tell"
    assert periodicity(np.zeros(32_000, np.float32)) == 0.0


def test_what_lies_above_a_telephones_band_is_counted_against_all() -> None:
    at = np.arange(32_000) / 16_000
    low, high = np.sin(2 * np.pi * 1000 * at), np.sin(2 * np.pi * 6000 * at)
    assert upper_db((low + 0.01 * high).astype(np.float32)) == pytest.approx(-40, abs=1)
    assert upper_db(high.astype(np.float32)) == pytest.approx(0, abs=0.1)
    assert upper_db(low.astype(np.float32)) < -60
    assert upper_db(np.zeros(32_000, np.float32)) == upper_db(low[:100].astype(np.float32)) == 0.0
