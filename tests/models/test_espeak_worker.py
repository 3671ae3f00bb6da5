"""What runs in eSpeak's own process: particles as they are said, and answers over its connection."""

from __future__ import annotations

import multiprocessing
import threading
from multiprocessing.connection import Connection

import pytest

from models import _espeak_worker
from models._espeak_worker import _Missing, _said


@pytest.mark.parametrize(
    ("written", "kana", "said"),
    [
        ("は", "は", "わ"),
        ("私は", "わたしは", "わたしわ"),
        ("へ", "へ", "え"),
        ("はは", "はは", "はは"),
        ("はい", "はい", "はい"),
    ],
)
def test_particles_are_spelled_as_they_are_said(written: str, kana: str, said: str) -> None:
    assert _said(written, kana) == said


class ScriptedSpeaker:
    """Stands for eSpeak itself, which must not be loaded into this process."""

    def say(self, text: str, voice: str, rate: float, pitch: float) -> tuple[bytes, int, list[tuple[str, float]]]:
        if voice == "tlh":
            raise _Missing("eSpeak NG has no voice tlh")
        return text.encode(), round(rate * 100), [(voice, pitch)]

    def phonemes_of(self, text: str, voice: str) -> str:
        if voice == "tlh":
            raise _Missing("eSpeak NG has no voice tlh")
        return text.upper()


@pytest.fixture(params=["work"])
def connection(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setattr(_espeak_worker, "_Speaker", ScriptedSpeaker)
    ours, theirs = multiprocessing.Pipe()
    thread = threading.Thread(target=getattr(_espeak_worker, request.param), args=(theirs,), daemon=True)
    thread.start()
    assert ours.recv() == "ready"
    yield ours
    ours.close()
    thread.join(timeout=5)
    assert not thread.is_alive(), "the worker goes on although nobody is there"


def test_each_message_has_one_answer(connection: Connection) -> None:
    connection.send(("hi", "en", 1.2, 0.9))
    assert connection.recv() == (b"hi", 120, [("en", 0.9)])


def test_missing_voice_is_told_and_the_next_is_spoken(connection: Connection) -> None:
    connection.send(("hi", "tlh", 1.0, 1.0))
    assert connection.recv() == "eSpeak NG has no voice tlh"
    connection.send(("hi", "en", 1.0, 1.0))
    assert connection.recv()[0] == b"hi"


@pytest.mark.parametrize("connection", ["work_on_phonemes"], indirect=True)
def test_phonemes_alone_are_a_tuple_and_what_is_missing_is_told(connection: Connection) -> None:
    connection.send(("hi", "en"))
    assert connection.recv() == ("HI",)
    connection.send(("hi", "tlh"))
    assert connection.recv() == "eSpeak NG has no voice tlh"
