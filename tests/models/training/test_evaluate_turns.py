"""Figures of the end of turn: when an end was decided, what counts as cut off, and the table."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.engines.requests import (
    DetectEndOfTurn,
    DetectSpeech,
    EndOfTurn,
    SpeechScores,
    TranscribeSpeech,
    Transcript,
)
from core.errors import EngineUnavailable
from core.live.lanes.voice import VoiceLane
from models import turn_smart
from models.training import evaluate_turns
from models.training.evaluate_turns import (
    RULES,
    Outcome,
    by_speaker,
    ends_of,
    figures,
    hear,
    turns_table,
    wilson,
    with_interval,
)
from models.training.evaluate_turns import (
    evaluate_turns as measure,
)
from tests.models.training.test_pauses import case

RATE = 16_000


class Engines:
    """Speech is where the sound is loud; the words are always the same."""

    def __init__(self, said: Transcript) -> None:
        self.said = said
        self.asked_s: list[float] = []
        self.sound_s: list[float] = []
        self.rules = RULES

    def answer(self, request):
        if isinstance(request, DetectSpeech):
            return SpeechScores((np.abs(request.samples.reshape(-1, 512)).max(axis=1) > 0.3).astype(np.float32), None)
        if isinstance(request, TranscribeSpeech):
            self.asked_s.append(0.05)
            return self.said
        if isinstance(request, DetectEndOfTurn):
            self.sound_s.append(0.05)
            return EndOfTurn(0.01, "ears")
        return EngineUnavailable("no voice model")


OVER, OPEN = Transcript("I went home.", 0.95, "ears", 0.97), Transcript("I went to the", 0.95, "ears", 0.0)


@pytest.fixture(autouse=True)
def recordings(monkeypatch):
    monkeypatch.setattr(evaluate_turns, "read_recording", lambda _source: np.ones(3 * RATE, np.float32))


def test_an_end_is_timed_to_a_frame() -> None:
    sound = np.zeros(3 * RATE, np.float32)
    sound[RATE // 2 : RATE] = 1
    ((end_s, decided_s),) = ends_of(sound, VoiceLane(language=""), Engines(OVER).answer)
    assert end_s == pytest.approx(1.0, abs=0.033)
    assert decided_s - end_s == pytest.approx(0.7, abs=0.033)


@pytest.mark.parametrize(
    ("rule", "said", "silence_s", "wait_s"),
    [("fixed", OVER, 0.6, None), ("words", OVER, 0.6, 0.35), ("fixed", OVER, 0.9, 0.7), ("words", OPEN, 0.9, None)],
)
def test_a_pause_is_ended_or_speech_goes_on_first(rule, said, silence_s, wait_s) -> None:
    outcome = hear(case(silence_s=silence_s), rule, Engines(said))
    assert outcome.is_ended == (wait_s is not None)
    if wait_s is None:
        assert math.isnan(outcome.wait_s)
    else:
        assert outcome.wait_s == pytest.approx(wait_s, abs=0.04)
    assert bool(outcome.asked_s) == (rule == "words")


def test_figures_tell_cut_offs_from_waits() -> None:
    within, after = case(within="sentence"), case(within="turn")
    told = figures(
        [
            Outcome(within, True, 0.7),
            Outcome(within, False, math.nan),
            Outcome(after, True, 0.35),
            Outcome(after, True, 0.7),
        ]
    )
    assert (told["in sentences"], told["cut off"], told["ends"], told["ended"]) == (2, 1, 2, 2)
    assert told["median wait s"][0] == pytest.approx(0.525)
    assert told["cut off share"][0] == 0.5


def test_intervals_hold_their_figure_and_stay_within_bounds() -> None:
    for hits, count in ((0, 10), (5, 10), (10, 10)):
        share, low, high = wilson(hits, count)
        assert -1e-9 <= low <= share <= high <= 1 + 1e-9
    assert math.isnan(wilson(0, 0)[0])
    middle, low, high = with_interval([0.3, 0.7, 0.7, 0.4], np.median)
    assert low <= middle <= high
    assert math.isnan(with_interval([], np.median)[0])


def test_speakers_are_counted_one_by_one() -> None:
    one, other = case(speaker="a"), case(speaker="b")
    before = [Outcome(one, True, 0.7), Outcome(other, False, math.nan)]
    after = [Outcome(one, False, math.nan), Outcome(other, True, 0.35)]
    assert by_speaker(before, after) == {"a": (1, 1, 0), "b": (1, 0, 1)}
    assert by_speaker(before, after, before) == {"a": (1, 1, 0, 1), "b": (1, 0, 1, 0)}


def test_the_table_names_speakers_who_are_cut_off_more_often(monkeypatch) -> None:
    cases = [
        case(part=part, kind=kind, within=within)
        for part in ("dev", "test")
        for kind in ("natural", "spliced")
        for within in ("sentence", "turn")
    ]
    monkeypatch.setattr(evaluate_turns, "read_cases", lambda: cases)
    monkeypatch.setattr(evaluate_turns, "Engines", lambda: Engines(OVER))
    text = "\n".join(turns_table(measure()))
    assert "by words than with the fixed patience: dev ['somebody'], test ['somebody']" in text
    assert "| test, spliced | words |" in text
    assert "| test, spliced | words and sound |" in text


def test_without_smart_turn_the_words_alone_are_measured_and_the_table_says_so(monkeypatch) -> None:
    find = turn_smart.importlib.util.find_spec
    monkeypatch.setattr(turn_smart.importlib.util, "find_spec", lambda name: None if "pipecat" in name else find(name))
    rules = evaluate_turns.Engines().rules
    assert list(rules) == ["fixed", "words"]
    told = {"speakers": {"dev": {}, "test": {}}, "rules": list(rules), "asked after s": 0.22}
    groups = {"test, ": {rule: figures([]) for rule in rules}}
    assert "not installed" in "\n".join(turns_table({**told, "groups": groups}))
