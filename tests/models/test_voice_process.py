"""What a voice's process answers as the engine passes it on: sound, or an error in words."""

from __future__ import annotations

import numpy as np
import pytest

from core.engines.requests import Sound
from core.engines.spec import EngineSpec
from core.errors import EngineFailed, EngineUnavailable
from core.types import Phoneme
from models._voice_process import LEAST_SHARE, MOST_SHARE, ask_for_sound, share_of
from models._worker import Broken

SPEC = EngineSpec("voice", "speak", "1", "MIT", "for tests", install="pip install voice")


class Process:
    """Answers with this, or raises it."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def ask(self, _message: object, _patience_s: float) -> object:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_pcm_becomes_samples_with_their_phonemes() -> None:
    pcm = np.array([0, 16384, -32768], "<i2").tobytes()
    answer = ask_for_sound(Process((pcm, 24_000, [("m", 0.1)])), "hi", 1.0, SPEC)
    assert isinstance(answer, Sound)
    assert answer.samples.tolist() == [0.0, 0.5, -1.0]
    assert (answer.rate_hz, answer.phonemes, answer.engine) == (24_000, (Phoneme("m", 0.1),), "voice")


def test_words_say_what_is_missing_and_the_command_is_added() -> None:
    answer = ask_for_sound(Process("it has no voice"), "hi", 1.0, SPEC)
    assert isinstance(answer, EngineUnavailable)
    assert answer.message == "it has no voice; run: pip install voice"


@pytest.mark.parametrize(
    ("error", "kind"), [(Broken("voice"), EngineFailed), (EngineUnavailable("no"), EngineUnavailable)]
)
def test_process_that_broke_or_will_not_start_is_an_answer(error: Exception, kind: type) -> None:
    assert isinstance(ask_for_sound(Process(error), "hi", 1.0, SPEC), kind)


@pytest.mark.parametrize(("wanted", "given"), [(0.1, LEAST_SHARE), (1.1, 1.1), (9.0, MOST_SHARE)])
def test_rate_and_pitch_stay_within_what_is_pleasant(wanted: float, given: float) -> None:
    assert share_of(wanted) == given
