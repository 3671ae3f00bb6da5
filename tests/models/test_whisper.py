"""What is asked of any Whisper, and what is made of its answers."""

from __future__ import annotations

import math
import zlib
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.engines.requests import TranscribeSpeech, Transcript
from models._whisper import LONGEST, answer, primary


def zip_ratio(text: str) -> float:
    """As faster-whisper tells it."""
    return len(text.encode()) / len(zlib.compress(text.encode()))


class Scripted:
    """Tells these segments, each a text and its mean log-probability, and notes what it was asked."""

    def __init__(self, *told: tuple[str, float]) -> None:
        self.told = [SimpleNamespace(text=t, avg_logprob=p, compression_ratio=zip_ratio(t)) for t, p in told]
        self.asked: list[tuple[int, str]] = []

    def transcribe(self, samples: Any, *, language: str, **options: Any) -> Any:
        self.options = options
        self.asked.append((len(samples), language))
        return iter(self.told), None


def said(count: int, language: str = "nl-BE") -> TranscribeSpeech:
    return TranscribeSpeech(np.zeros(count, np.float32), language, is_last=True)


def test_segments_become_one_text_with_their_mean_probability() -> None:
    model: Any = Scripted((" goede ", math.log(0.8)), ("morgen", math.log(0.8)))
    assert answer(model, said(16_000), "x") == Transcript("goede morgen", 0.8, "x")
    assert model.asked == [(16_000, "nl")]


def test_what_it_is_not_sure_of_is_dropped_and_says_how_sure_it_was() -> None:
    model: Any = Scripted(("ondertiteling", math.log(0.2)))
    assert answer(model, said(16_000), "x", least=0.3) == Transcript("", 0.2, "x")


def test_a_text_that_goes_round_in_circles_is_none() -> None:
    model: Any = Scripted(("van de deel " * 30, math.log(0.8)))
    assert answer(model, said(16_000), "x") == Transcript("", 0.0, "x")


def test_no_more_is_written_than_can_be_said() -> None:
    model: Any = Scripted()
    answer(model, said(2 * 16_000), "x")
    assert model.options["max_new_tokens"] == 8 + 24


def test_nothing_is_not_asked_and_endless_speech_is_cut_at_what_it_can_hear() -> None:
    model: Any = Scripted()
    assert answer(model, said(0), "x") == answer(model, said(LONGEST + 1), "x") == Transcript("", 0.0, "x")
    assert model.asked == [(LONGEST, "nl")]


@pytest.mark.parametrize(("tag", "language"), [("pt-BR", "pt"), ("pt_BR", "pt"), ("DE", "de")])
def test_a_language_is_named_by_the_first_part_of_its_tag(tag: str, language: str) -> None:
    assert primary(tag) == language
