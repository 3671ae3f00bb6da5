"""What runs in Hibari's own process: text made readable, the net with its durations, whole and quiet-edged sound."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection

import numpy as np
import pytest

from models import _hibari_worker
from models._hibari_worker import LONGEST_S, RATE_HZ, _Speaker, readable


@pytest.fixture(scope="module")
def speaker() -> _Speaker:
    return _Speaker()


def samples_of(said: tuple[bytes, int, list]) -> np.ndarray:
    return np.frombuffer(said[0], "<i2") / 32768


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1234567890123456", " ".join("1234567890123456")),
        ("1,234,567.89 and 2,026", "1,234,567.89 and 2,026"),
        ("a" * 50, f"{'a' * 24} {'a' * 24} aa"),
        ("unbelievable", "unbelievable"),
    ],
)
def test_what_is_too_long_for_the_front_end_is_made_readable(written: str, read: str) -> None:
    assert readable(written) == read


HARD = [
    "Dr. Smith met Mr. Jones, e.g. at 5 p.m. on St. James St., approx. 3 km away etc.",
    "It costs $1,234.56 or €5, that is 50% of ½, at 10:30am on 2026-11-26.",
    "9" * 300,
    "$" + "9" * 60,
    "1,2,3,4" * 30,
    "12345678901234567890th",
    "1.5e400 v1.2.3 C++ www.example.com me@example.com x² -5°C",
    "a" * 300,
    "don’t 'quoted' “text” (aside) — wait—what?",
    "'" * 50 + "-" * 50 + "$" * 40,
    "!" * 300,
]


@pytest.mark.parametrize("text", HARD)
def test_numbers_abbreviations_and_nonsense_do_not_break_the_front_end(speaker: _Speaker, text: str) -> None:
    pcm, rate_hz, phonemes = speaker.say(text, 1.0, 1.0)
    assert rate_hz == RATE_HZ
    assert bool(pcm) == bool(phonemes) == any(character.isalnum() for character in text)
    assert len(pcm) <= 2 * LONGEST_S * RATE_HZ


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("Dr. Lee has 2 cats.", "Doctor Lee has two cats."),
        ("50% of $3.", "fifty percent of three dollars."),
        ("It is 10:30.", "It is ten thirty."),
        ("on 3 May", "on the third of May"),
    ],
)
def test_numbers_and_abbreviations_are_read_as_words(speaker: _Speaker, written: str, spelled: str) -> None:
    heard, meant = ([symbol for symbol, _ in speaker.say(text, 1.0, 1.0)[2]] for text in (written, spelled))
    assert heard == meant


def test_long_text_is_said_to_its_end_in_pieces(speaker: _Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "I lost my keys, and then I found them again. " * 3
    whole = [symbol for symbol, _ in speaker.say(text, 1.0, 1.0)[2]]
    in_pieces = _hibari_worker.pieces
    monkeypatch.setattr(_hibari_worker, "pieces", lambda signs: in_pieces(signs, 40))
    cut = speaker.say(text, 1.0, 1.0)
    sounds = lambda symbols: [symbol for symbol in symbols if symbol != "_"]  # noqa: E731
    assert sounds(symbol for symbol, _ in cut[2]) == sounds(whole)
    times = [start_s for _, start_s in cut[2]]
    assert times == sorted(times)


def test_sound_begins_at_once_and_ends_without_a_click(speaker: _Speaker) -> None:
    samples = samples_of(speaker.say("Papa and mama.", 1.0, 1.0))
    assert np.abs(samples[: RATE_HZ // 10]).max() > 0.01, "the silence that the net begins with is cut off"
    assert 0.2 < np.argmax(np.abs(samples[::-1]) > 0.003) / RATE_HZ < 0.27, "and so is most of that at the end"
    assert abs(samples[0]) < 1e-3
    assert abs(samples[-1]) < 1e-3


def test_the_same_sentence_is_the_same_sound(speaker: _Speaker) -> None:
    assert speaker.say("Hello.", 1.0, 1.0) == speaker.say("Hello.", 1.0, 1.0)


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    class Scripted:
        def say(self, text: str, rate: float, pitch: float) -> tuple[bytes, int, list[tuple[str, float]]]:
            return text.encode(), round(rate * 100), [("m", pitch)]

    monkeypatch.setattr(_hibari_worker, "_Speaker", Scripted)
    ours, theirs = multiprocessing.Pipe()
    thread = threading.Thread(target=_hibari_worker.work, args=(theirs,), daemon=True)
    thread.start()
    assert ours.recv() == "ready"
    yield ours
    ours.close()
    thread.join(timeout=5)
    assert not thread.is_alive(), "the worker goes on although nobody is there"


def test_each_message_has_one_answer(connection: Connection) -> None:
    connection.send(("hi", 1.2, 0.9))
    assert connection.recv() == (b"hi", 120, [("m", 0.9)])
