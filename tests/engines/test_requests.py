"""What may be asked and what answers: every request goes to a kind that exists, every answer is a plain value."""

from __future__ import annotations

import pickle
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

from core.engines import requests
from core.engines.kinds import KINDS
from core.engines.requests import (
    ClassifyText,
    DecodePicture,
    DetectEndOfTurn,
    Detections,
    DetectSpeech,
    EndOfTurn,
    Scores,
    Sound,
    SpeakText,
    SpeechScores,
    TranscribeSpeech,
    Transcript,
)
from core.engines.spec import EngineSpec
from core.types import Phoneme

ASKED = [one for one in vars(requests).values() if is_dataclass(one) and isinstance(getattr(one, "kind", None), str)]
ANSWERS: list[Any] = [
    Detections(np.zeros((1, 4), np.float32), np.ones(1, np.float32), np.zeros((1, 5, 2), np.float32)),
    Scores(np.zeros((1, 7), np.float32), 1.5, "net"),
    SpeechScores(np.ones(2, np.float32), (np.zeros(3), 1)),
    Transcript("words", 0.5, "ears"),
    EndOfTurn(0.5, "ears"),
    Sound(np.zeros(4, np.float32), 22_050, (Phoneme("m", 0.0),), "voice"),
]


@pytest.mark.parametrize("request_type", ASKED, ids=lambda one: one.__name__)
def test_every_request_has_a_kind_that_an_engine_can_be_of(request_type: type) -> None:
    assert request_type.kind in KINDS
    assert "kind" not in {field.name for field in fields(request_type)}, (
        "the kind is the type's, not the asker's to choose"
    )


def test_requests_of_every_kind_but_reply_stand_here() -> None:
    assert {one.kind for one in ASKED} == set(KINDS) - {"reply"}


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda one: type(one).__name__)
def test_answer_travels_to_another_process_and_back(answer: Any) -> None:
    assert repr(pickle.loads(pickle.dumps(answer))) == repr(answer)  # noqa: S301 - our own bytes


def test_sound_lasts_as_long_as_its_samples() -> None:
    assert Sound(np.zeros(11_025, np.float32), 22_050, (), "voice").duration_s == pytest.approx(0.5)


def test_unasked_speech_starts_without_memory_and_in_the_ordinary_voice() -> None:
    assert DetectSpeech(np.zeros(512, np.float32)).memory is None
    spoken = SpeakText("hello", "en")
    assert (spoken.voice, spoken.rate, spoken.pitch) == ("female", 1.0, 1.0)


ENGLISHWOMAN = EngineSpec("x", "speak", "1", "MIT", "", languages=("en",), voices=("female",), scripts=("LATIN",))


@pytest.mark.parametrize(
    ("request_", "fits"),
    [
        (SpeakText("hello", "en-GB"), True),
        (SpeakText("hello", "nl"), False),
        (SpeakText("hello", "en", "male"), False),
        (SpeakText("Привет", "en"), False),
        (ClassifyText(("Привет",), "en"), True),
        (ClassifyText(("hello",), "nl"), False),
        (TranscribeSpeech(np.zeros(1, np.float32), "nl", is_last=True), False),
        (DetectEndOfTurn(np.zeros(1, np.float32), "en", 0.5), True),
        (DetectEndOfTurn(np.zeros(1, np.float32), "nl", 0.5), False),
        (DecodePicture(b""), True),
    ],
)
def test_what_a_request_needs_is_held_against_what_an_engine_declares(request_: Any, fits: bool) -> None:
    assert request_.fits(ENGLISHWOMAN) is fits
