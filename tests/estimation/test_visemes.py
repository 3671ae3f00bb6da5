"""From phonemes to a mouth: shapes, bounds, times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.estimation.visemes import ARKIT, FRAMES_A_SECOND, NAMES, track, track_from_loudness, viseme_of
from core.types import Phoneme

KNOWN = {*ARKIT, *(f"viseme_{name}" for name in NAMES)}


def at(frames, time_s: float) -> dict[str, float]:
    return min(frames, key=lambda frame: abs(frame.time_s - time_s)).blend


@pytest.mark.parametrize(
    ("symbol", "viseme"),
    [
        ("m", "PP"), ("b", "PP"), ("f", "FF"), ("θ", "TH"), ("t", "DD"), ("k", "kk"), ("ʃ", "CH"), ("tɕ", "DD"),
        ("s", "SS"), ("n", "nn"), ("ɹ", "RR"), ("ʁ", "RR"), ("ˈɑː", "aa"), ("a", "aa"), ("ɛ", "E"), ("ə", "E"),
        ("ˈiː", "I"), ("oʊ", "O"), ("uː", "U"), ("w", "U"), ("y", "U"), ("ø", "O"), ("", "sil"), ("ˈ", "sil"),
        ("ɔ̃", "O"), ("?", "sil"), ("文", "E"),
    ],
)  # fmt: skip
def test_symbols_have_their_mouth(symbol: str, viseme: str) -> None:
    assert viseme_of(symbol) == viseme


def test_fifteen_oculus_visemes() -> None:
    assert len(NAMES) == 15


def test_open_vowel_opens_and_m_closes() -> None:
    frames = track([Phoneme("a", 0.1), Phoneme("m", 0.4), Phoneme("a", 0.55)], 0.9)
    assert at(frames, 0.25)["jawOpen"] > 0.45
    assert at(frames, 0.47).get("jawOpen", 0.0) < 0.15
    assert at(frames, 0.47)["mouthPressLeft"] > 0.3


def test_round_vowel_is_begun_before_its_time() -> None:
    frames = track([Phoneme("t", 0.1), Phoneme("uː", 0.3), Phoneme("", 0.6)], 0.8)
    assert at(frames, 0.27)["mouthPucker"] > at(frames, 0.13).get("mouthPucker", 0.0)


def test_mouth_is_closed_at_the_end() -> None:
    frames = track([Phoneme("a", 0.0)], 1.0)
    assert frames[-1].time_s >= 1.0
    assert frames[-1].blend.get("jawOpen", 0.0) == 0.0


_phonemes = st.lists(
    st.builds(Phoneme, st.sampled_from(["m", "a", "ˈuː", "", "s", "文", "ʃ", "x̃"]), st.floats(0, 5)), max_size=20
).map(lambda found: sorted(found, key=lambda p: p.start_s))


@given(_phonemes, st.floats(-1, 6))
def test_weights_and_times_stay_in_bounds(phonemes: list[Phoneme], duration_s: float) -> None:
    frames = track(phonemes, duration_s)
    times = [frame.time_s for frame in frames]
    assert times == sorted(set(times))
    if frames:
        assert times[0] == 0
        assert len(frames) == pytest.approx(duration_s * FRAMES_A_SECOND, abs=2)
    for frame in frames:
        assert set(frame.blend) <= KNOWN
        assert all(0.02 <= weight <= 1 for weight in frame.blend.values())


def tone(loud_s: float, quiet_s: float) -> np.ndarray:
    loud = 0.5 * np.sin(np.arange(int(16_000 * loud_s)) * 0.2)
    return np.concatenate([loud, np.zeros(int(16_000 * quiet_s))]).astype(np.float32)


def test_loudness_moves_the_mouth_where_no_phonemes_are_told() -> None:
    frames = track_from_loudness("mama la", tone(1.0, 1.0), 16_000)
    assert max(f.blend.get("jawOpen", 0.0) for f in frames if f.time_s < 1) > 0.3
    assert all(f.blend.get("jawOpen", 0.0) < 0.05 for f in frames if f.time_s > 1.1)


@pytest.mark.parametrize(
    ("text", "samples"),
    [("", tone(1, 0)), ("abc", np.zeros(0, np.float32)), ("abc", np.zeros(16_000, np.float32)), ("123", tone(1, 0))],
)
def test_nothing_to_show_is_no_frames(text: str, samples: np.ndarray) -> None:
    assert track_from_loudness(text, samples, 16_000) == ()


def test_no_sound_is_no_frames() -> None:
    assert track([], 1.0) == track([Phoneme("a", 0.0)], 0.0) == track([Phoneme("a", 0.0)], 1e6) == ()
