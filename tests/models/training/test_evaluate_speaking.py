"""How voices are measured: by ear, by pitch, by lips, in the same sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from core.engines.requests import Sound, SpeakText, Transcript
from core.errors import EngineFailed
from core.types import Phoneme
from models.training.evaluate_speaking import (
    judge,
    lips_away_s,
    pitch_hz,
    resampled,
    say,
    sentences,
    speaking_table,
)

HZ = 24_000


def hum(hz: float, seconds: float, level: float = 0.2) -> np.ndarray:
    """A tone with overtones, as a voice has them."""
    times = np.arange(round(seconds * HZ)) / HZ
    return (level * sum(np.sin(2 * np.pi * hz * n * times) / n for n in (1, 2, 3))).astype(np.float32)


def papa(sealed_s: float) -> Sound:
    """ "apa" that says its p is at 0.5 s, silent for 60 ms from `sealed_s` on."""
    samples = hum(150, 1.2)
    samples[round(sealed_s * HZ) : round((sealed_s + 0.06) * HZ)] = 0
    phonemes = (Phoneme("a", 0.2), Phoneme("p", 0.5), Phoneme("a", 0.56), Phoneme("_", 0.9))
    return Sound(samples, HZ, phonemes, "voice")


class Voice:
    """Hums as long and as high as it is asked to."""

    name = "hum"

    def infer(self, requests: Sequence[SpeakText]) -> list[Sound]:
        return [Sound(hum(150 * one.pitch, 1.2 / one.rate), HZ, papa(0.5).phonemes, "hum") for one in requests]


class Listener:
    """Always understands the same."""

    def infer(self, requests: Sequence[Any]) -> list[Transcript]:
        assert all(request.samples.dtype == np.float32 for request in requests)
        return [Transcript("you lost your keys", 0.9, "listener") for _ in requests]


def test_sentences_are_plain_and_always_the_same(datasets) -> None:
    found = sentences(50)
    assert len(set(found)) == 50
    assert found == sentences(50)
    assert all(4 <= len(text.split()) <= 20 and " ," not in text for text in found)


@pytest.mark.parametrize("hz", [97.0, 150.0, 220.0])
def test_pitch_of_a_hum(hz: float) -> None:
    assert pitch_hz(Sound(hum(hz, 1.0), HZ, (), "voice")) == pytest.approx(hz, rel=0.02)
    assert np.isnan(pitch_hz(Sound(np.zeros(HZ, np.float32), HZ, (), "voice")))


def test_resampling_keeps_pitch_and_length() -> None:
    made = resampled(hum(200, 1.0), HZ, 16_000)
    assert len(made) == 16_000
    assert pitch_hz(Sound(made, 16_000, (), "voice")) == pytest.approx(200, rel=0.02)


def test_lips_are_with_the_sound_or_as_far_away_as_it_is_moved() -> None:
    assert lips_away_s(papa(0.5)) == [pytest.approx(0.0, abs=0.005)]
    assert [0.02 < away_s < 0.1 for sealed_s in (0.42, 0.58) for away_s in lips_away_s(papa(sealed_s))] == [True, True]


def test_a_closure_that_is_not_heard_does_not_count() -> None:
    assert lips_away_s(Sound(hum(150, 1.2), HZ, papa(0.5).phonemes, "voice")) == []


def test_figures_of_a_voice() -> None:
    told = judge(Voice(), "female", ["You lost your keys.", "You lost it."], Listener())
    assert told["word_error"]["value"] == pytest.approx(2 / 7)
    assert told["pitch_hz"] == pytest.approx(150, abs=2)
    assert told["rate_0.88"] == pytest.approx(0.88, abs=0.01)
    assert told["pitch_1.12"] == pytest.approx(1.12, abs=0.02)
    assert told["levelled_lufs"]["p50"] == pytest.approx(-20, abs=0.3)
    assert told["edge"] == 0
    table = speaking_table({"sentences": 2, "voices": {"hum, female": told}})
    assert table[-1].startswith("| hum, female | 28.6 (")
    assert {line.count("|") for line in table[2:]} == {table[2].count("|")}


def test_what_fails_is_raised() -> None:
    class Broken(Voice):
        def infer(self, requests: Sequence[SpeakText]) -> list[EngineFailed]:  # type: ignore[override]
            return [EngineFailed("broken")]

    with pytest.raises(EngineFailed):
        say(Broken(), SpeakText("hello", "en"))
