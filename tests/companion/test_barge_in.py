"""What is said over a reply: murmurs are told from words that want the turn."""

from __future__ import annotations

from typing import Any

import pytest

from core.companion.barge_in import is_backchannel, is_murmur
from core.types import Utterance


@pytest.mark.parametrize(
    ("text", "language", "confidence", "expected"),
    [
        ("mhm", "en", 0.9, True),
        ("yes", "en-GB", 0.9, True),
        ("oh I see", "en", 0.9, True),
        ("", "en", 0.0, True),
        ("jaja", "nl", 0.9, True),
        ("genau", "de", 0.9, True),
        ("d'accord", "fr", 0.9, True),
        ("him", "en", 0.3, True),
        ("stop", "en", 0.3, False),
        ("nein", "de", 0.9, False),
        ("dogs", "en", 0.9, False),
        ("yes but my dog died", "en", 0.9, False),
    ],
)
def test_murmurs_are_told_from_words(text: str, language: str, confidence: float, expected: bool) -> None:
    assert is_backchannel(text, language, confidence) is expected


@pytest.mark.parametrize(("origin", "expected"), [("speech", True), ("typed", False)])
def test_only_speech_can_be_a_murmur(origin: Any, expected: bool) -> None:
    assert is_murmur(Utterance("mhm", 0.0, 1.0, 1.0, 1.0, "en", is_final=True, origin=origin)) is expected
