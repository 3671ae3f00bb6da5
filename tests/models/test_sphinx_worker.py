"""The recogniser's own process: one decoder an utterance, kept within bounds, cleaned before the next speaker."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from models._sphinx_worker import IDLE_S, MOST_STREAMS, _decoder, _heard


@dataclass
class Segment:
    word: str
    prob: float


@dataclass
class ScriptedDecoder:
    """What the worker asks of pocketsphinx's Decoder."""

    calls: list[str] = field(default_factory=list)
    segments: tuple[Segment, ...] = ()

    def set_cmn(self, means: str) -> None:
        self.calls.append(f"cmn {means}")

    def start_utt(self) -> None:
        self.calls.append("start")

    def end_utt(self) -> None:
        self.calls.append("end")

    def hyp(self) -> object | None:
        return self.segments or None

    def seg(self) -> tuple[Segment, ...]:
        return self.segments


def test_utterance_keeps_its_decoder() -> None:
    running, spare = {}, [ScriptedDecoder()]
    first = _decoder("a", running, spare, "40,3")
    assert _decoder("a", running, spare, "40,3") is first
    assert first.calls == ["cmn 40,3", "start"]


def test_next_speaker_gets_a_decoder_that_remembers_nobody() -> None:
    used = ScriptedDecoder(["heard somebody"])
    assert _decoder("b", {}, [used], "40,3") is used
    assert used.calls[1:] == ["cmn 40,3", "start"]


def test_utterance_that_was_left_gives_its_decoder_back() -> None:
    left, now = ScriptedDecoder(), time.monotonic()
    running = {"left": (left, now - IDLE_S - 1)}
    assert _decoder("b", running, [], "") is left
    assert left.calls[0] == "end"
    assert list(running) == ["b"]


def test_oldest_utterance_goes_when_there_are_too_many() -> None:
    now = time.monotonic()
    running = {f"u{n}": (ScriptedDecoder(), now - n) for n in range(MOST_STREAMS)}
    _decoder("new", running, [], "")
    assert len(running) == MOST_STREAMS
    assert f"u{MOST_STREAMS - 1}" not in running


def test_words_are_told_without_the_recogniser_s_marks() -> None:
    marks = (Segment("<s>", 1.0), Segment("go", 0.5), Segment("forward(2)", 1.0), Segment("[NOISE]", 0.1))
    assert _heard(ScriptedDecoder(segments=marks)) == ("go forward", 0.75)
    assert _heard(ScriptedDecoder()) == ("", 0.0)
