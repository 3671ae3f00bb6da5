"""How recognisers are measured: through the live lanes, last words alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.engines.requests import Transcript
from core.settings import Settings
from core.types import Utterance
from models.training.evaluate_words import Ears, Heard, judge, judge_carrier, judge_confidence, words_table
from models.training.words_data import Said, around
from tests.benchmarks.sounds import _read


class Parrot:
    """Hears the same words in everything; notes what it was asked."""

    def __init__(self, text: str) -> None:
        self.text, self.asked = text, []

    def load(self, _settings: Settings) -> None:
        pass

    def infer(self, requests: Any) -> list[Transcript]:
        self.asked += requests
        return [Transcript(self.text, 0.9, "parrot")] * len(requests)


def heard(text: str, said: str = "say the word bath", confidence: float = 0.9, speaker: str = "one") -> Heard:
    words = Utterance(text, 0.0, 1.0, 0.0, 0.0, "en", is_final=True, origin="speech", confidence=confidence)
    return Heard(Said(np.zeros(1, np.float32), said, speaker), (words,), sound_s=2.0, cpu_s=0.1)


def test_a_recording_goes_through_the_live_lanes_and_last_words_alone_are_asked_for(datasets) -> None:
    parrot: Any = Parrot("go forward ten meters")
    sound = _read(datasets / "asr" / "goforward.flac")
    told = Ears(parrot).hear(Said(around(sound), "Go forward, 10 meters!", "somebody"))
    assert told.counted == (0, 4)
    assert parrot.asked
    assert not any(request.gives_way for request in parrot.asked), "words so far are nobody's last words"
    assert 0.5 < told.sound_s / len(parrot.asked) < len(sound) / 16_000 + 1


def test_silence_is_never_asked_of_the_recogniser() -> None:
    parrot: Any = Parrot("thank you for watching")
    assert Ears(parrot).hear(Said(np.zeros(48_000, np.float32), "", "nobody")).text == ""
    assert parrot.asked == []


def test_figures_of_a_set() -> None:
    told = judge([heard("say the word bath"), heard("say a word", speaker="two"), heard("", speaker="two")])
    assert (told["recordings"], told["words"]) == (3, 12)
    assert told["word_error"]["value"] == pytest.approx(6 / 12)
    assert told["without_words"] == pytest.approx(1 / 3)
    assert told["real_time_factor"] == pytest.approx(0.05)
    assert told["by_speaker"] == {"one": 0, "two": pytest.approx(6 / 8)}


def test_carrier_and_word_are_counted_apart() -> None:
    told = judge_carrier([heard("Say the word bath."), heard("Say the word path."), heard("")])
    assert told["carrier"]["value"] == pytest.approx(1 / 3)
    assert told["word"]["value"] == pytest.approx(2 / 3)


def test_wrong_words_are_counted_by_confidence() -> None:
    told = judge_confidence([heard("say the word bath", confidence=0.95), heard("say the", confidence=0.7)])
    assert [(part["from"], part["wrong"]["value"]) for part in told] == [(0.65, 0.5), (0.9, 0.0)]


def test_the_table_names_every_set() -> None:
    carrier = [heard("say the word bath")]
    sets = {"TESS": judge(carrier) | judge_carrier(carrier), "asr": judge(carrier)}
    english = {"sets": sets, "confidence": judge_confidence(carrier)}
    english["polish_as_english"] = {"recordings": 9, "with_words": 1}
    text = "\n".join(words_table({"english": english, "others": {"pl": judge(carrier)}}))
    assert all(f"| {name} |" in text for name in ("TESS", "asr", "pl"))
    assert "1 of 9" in text
