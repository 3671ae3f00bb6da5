"""From phonemes to a mouth: shapes, bounds, times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.companion.visemes import ARKIT, FRAMES_A_SECOND, NAMES, _opened, track, track_from_loudness, visemes_of
from core.types import Phoneme, VisemeFrame

KNOWN = {*ARKIT, *(f"viseme_{name}" for name in NAMES)}


def at(frames, time_s: float) -> dict[str, float]:
    return min(frames, key=lambda frame: abs(frame.time_s - time_s)).blend


@pytest.mark.parametrize(
    ("symbol", "visemes"),
    [
        ("m", "PP"), ("b", "PP"), ("f", "FF"), ("θ", "TH"), ("t", "DD"), ("k", "kk"), ("ʃ", "CH"), ("s", "SS"),
        ("n", "nn"), ("ɹ", "RR"), ("ʁ", "RR"), ("ˈɑː", "aa"), ("a", "aa"), ("ɛ", "E"), ("ə", "E"), ("ˈiː", "I"),
        ("uː", "U"), ("w", "U"), ("y", "U"), ("ø", "O"), ("ɔ̃", "O"), ("", "sil"), ("ˈ", "sil"), ("文", "E"),
        ("?", "sil"), ("ɯ", "I"), ("ɯᵝ", "U"), ("mʲ", "PP"), ("(en)", ""), ("ʲ", ""),
        ("tʃ", "CH"), ("dʒ", "CH"), ("tɕh", "CH"), ("ts", "SS"), ("ts.h", "CH"), ("th", "DD"), ("pf", "PP FF"),
        ("aɪ", "aa I"), ("aʊ", "aa U"), ("oʊ", "O U"), ("ju", "I U"), ("ʊɹ", "U RR"), ("onɡ", "O nn kk"),
    ],
)  # fmt: skip
def test_symbols_have_their_mouths(symbol: str, visemes: str) -> None:
    assert visemes_of(symbol) == tuple(visemes.split())


def test_fifteen_oculus_visemes() -> None:
    assert len(NAMES) == 15


def test_open_vowel_opens_and_m_closes() -> None:
    frames = track([Phoneme("a", 0.1), Phoneme("m", 0.4), Phoneme("a", 0.55)], 0.9)
    assert at(frames, 0.25)["jawOpen"] > 0.45
    assert at(frames, 0.47).get("jawOpen", 0.0) < 0.15
    assert at(frames, 0.47)["mouthPressLeft"] > 0.3


@pytest.mark.parametrize("symbol", ["m", "b", "p"])
def test_even_a_short_closure_really_closes(symbol: str) -> None:
    frames = track([Phoneme("a", 0.1), Phoneme(symbol, 0.3), Phoneme("a", 0.335)], 0.6)
    closed = max(frames, key=lambda frame: frame.blend.get("mouthPressLeft", 0.0))
    assert abs(closed.time_s - 0.3) <= 0.08
    assert closed.blend.get("jawOpen", 0.0) < 0.08
    assert closed.blend["mouthPressLeft"] > 0.45
    assert closed.blend["mouthClose"] > 0.2
    assert at(frames, 0.2)["jawOpen"] > 0.5
    assert at(frames, 0.45)["jawOpen"] > 0.5


def test_lips_are_round_before_a_round_vowel_begins() -> None:
    """In the consonant before it already, and not before a spread one."""
    said = {vowel: track([Phoneme("t", 0.1), Phoneme(vowel, 0.2), Phoneme("", 0.5)], 0.8) for vowel in ("uː", "iː")}
    assert at(said["uː"], 0.16)["mouthPucker"] > 0.3
    assert at(said["iː"], 0.16).get("mouthPucker", 0.0) == 0.0
    assert at(said["uː"], 0.16)["mouthPucker"] < at(said["uː"], 0.35)["mouthPucker"]


def test_diphthong_moves_from_one_vowel_to_the_other() -> None:
    frames = track([Phoneme("aʊ", 0.1)], 0.6)
    assert at(frames, 0.2)["jawOpen"] > at(frames, 0.46)["jawOpen"] + 0.2
    assert at(frames, 0.46)["mouthPucker"] > at(frames, 0.13)["mouthPucker"] + 0.2


def test_long_sound_is_followed_to_its_end() -> None:
    frames = track([Phoneme("ma"[n % 2], n * 0.2) for n in range(300)], 60.0)
    assert len(frames) == 1801
    assert max(f.blend.get("jawOpen", 0.0) for f in frames if f.time_s > 58) > 0.5
    assert track([Phoneme("a", 30.0)], 40.0)[300].blend == {"viseme_sil": 1.0}, "what comes before is a pause"


def test_mouth_is_closed_at_the_end() -> None:
    frames = track([Phoneme("a", 0.0)], 1.0)
    assert frames[-1].time_s >= 1.0
    assert frames[-1].blend == {"viseme_sil": 1.0}


_phonemes = st.lists(
    st.builds(Phoneme, st.sampled_from(["m", "p", "a", "ˈuː", "", "s", "文", "ʃ", "x̃", "aɪ", "(en)"]), st.floats(0, 5)),
    max_size=20,
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
        assert sum(w for n, w in frame.blend.items() if n.startswith("viseme_")) == pytest.approx(1.0, abs=0.2)


def tone(loud_s: float, quiet_s: float) -> np.ndarray:
    loud = 0.5 * np.sin(np.arange(int(16_000 * loud_s)) * 0.2)
    return np.concatenate([loud, np.zeros(int(16_000 * quiet_s))]).astype(np.float32)


def test_loudness_moves_the_mouth_where_no_phonemes_are_told() -> None:
    frames = track_from_loudness("mama la", tone(1.0, 1.0), 16_000)
    assert max(f.blend.get("jawOpen", 0.0) for f in frames if f.time_s < 1) > 0.3
    assert all(f.blend.get("jawOpen", 0.0) < 0.05 for f in frames if f.time_s > 1.1)


@pytest.mark.parametrize("text", ["мама", "ママ", "마마", "mámá", "ばば"])
def test_letters_of_other_scripts_close_the_lips_too(text: str) -> None:
    frames = track_from_loudness(text, tone(1.0, 0.0), 16_000)
    closed = [frame.time_s for frame in frames if frame.blend.get("viseme_PP", 0.0) > 0.6]
    assert min(closed) < 0.25
    assert 0.45 < max(closed) < 0.8


@given(
    st.text(max_size=30),
    st.lists(st.floats(-1, 1, width=32), max_size=40).map(lambda found: np.repeat(np.array(found, np.float32), 400)),
)
def test_any_text_over_any_sound_stays_in_bounds(text: str, samples: np.ndarray) -> None:
    frames = track_from_loudness(text, samples, 16_000)
    assert [f.time_s for f in frames] == sorted({f.time_s for f in frames})
    assert all(0.02 <= weight <= 1 for frame in frames for weight in frame.blend.values())


@pytest.mark.parametrize(
    ("text", "samples"),
    [("", tone(1, 0)), ("abc", np.zeros(0, np.float32)), ("abc", np.zeros(16_000, np.float32)), ("123", tone(1, 0))],
)
def test_nothing_to_show_is_no_frames(text: str, samples: np.ndarray) -> None:
    assert track_from_loudness(text, samples, 16_000) == ()


def test_no_sound_is_no_frames() -> None:
    assert track([], 1.0) == track([Phoneme("a", 0.0)], 0.0) == track([Phoneme("a", 0.0)], 1e6) == ()


def test_a_sound_nearly_as_loud_as_it_gets_opens_the_whole_mouth() -> None:
    frame = VisemeFrame(0.0, {"jawOpen": 0.6})
    assert _opened(frame, 0.9) == frame
    assert _opened(frame, 0.3).blend["jawOpen"] < 0.3
