"""Words that are settled are not heard again, and nothing said is lost or told twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.engines.requests import ClassifyText, TranscribeSpeech, Transcript
from core.errors import EngineUnavailable
from core.live.lanes.lane import EndSpeech, SpeechPiece, driven
from core.live.lanes.settling import LEAST, LONG, Settled, and_then, is_settled
from core.live.lanes.text import TextLane
from core.live.lanes.voice import SETTLED_WITHIN_S, VoiceLane
from core.types import AudioChunk, Utterance
from tests.live.lanes.test_voice import RATE, Engines, hear, hear_all, of, talk

SURE = Transcript("I went home.", 0.95, "ears", 0.95)
OPEN = Transcript("I went home because", 0.95, "ears", 0.1)
UNSURE = Transcript("I went home.", 0.7, "ears", 0.95)


@pytest.mark.parametrize(
    ("said", "samples", "expected"),
    [
        (SURE, LEAST - 1, False),
        (SURE, LEAST, True),
        (OPEN, LEAST, False),
        (UNSURE, LEAST, False),
        (replace(SURE, closing=None), LEAST, False),
        (OPEN, LONG, True),
        (UNSURE, LONG, True),
        (replace(SURE, text=" "), LONG, False),
    ],
)
def test_sure_sentences_are_settled_early_and_any_words_late(said: Transcript, samples: int, expected: bool) -> None:
    assert is_settled(said, samples) is expected


def test_words_join_and_their_confidence_is_the_mean_over_the_sound() -> None:
    first = and_then(None, SURE, 3000)
    assert first == Settled(SURE, 3000)
    both = and_then(first, Transcript(" and then ", 0.55, "other", 0.2), 1000)
    assert both == Settled(Transcript("I went home. and then", 0.85, "other", 0.2), 4000)
    assert and_then(first, Transcript("", 0.0, "ears", 0.0), 0).said.text == "I went home."


class Counting(Engines):
    """Numbers what it is asked to transcribe and does not give way; how words read is not asked."""

    def __init__(self, closing: float = 0.95) -> None:
        super().__init__()
        self.closing = closing
        self.asked: list[TranscribeSpeech] = []

    def answer(self, request):
        if not isinstance(request, TranscribeSpeech):
            return EngineUnavailable("no reader") if isinstance(request, ClassifyText) else super().answer(request)
        if request.gives_way:
            return None
        self.asked.append(request)
        return Transcript(f"part {len(self.asked)}.", 0.95, "ears", self.closing)


LONG_TALK = (0.5, 3, 0.3, 3, 0.3, 3, 0.3, 3, 0.3, 3, 2)
"""one utterance where words are no clear end: each pause is 0.3 s"""


def test_each_pause_of_a_long_utterance_hears_what_came_since_the_settled_words() -> None:
    ears = Counting()
    _, told = hear_all(talk(*LONG_TALK), [1600], ears)
    lengths = [len(request.samples) / RATE for request in ears.asked]
    assert max(lengths) < 8
    assert sum(lengths) < 1.6 * sum(LONG_TALK[1:-1]), "hardly anything is heard twice"
    settled = [piece.settled for piece in of(told, SpeechPiece) if piece.settled]
    assert len(settled) >= 2
    (last,) = [piece for piece in of(told, SpeechPiece) if piece.is_last]
    assert last.said is not None
    assert last.said.text.startswith(settled[-1].said.text)


def test_without_sure_sentences_stretches_are_longer_but_bounded() -> None:
    ears = Counting(closing=0.1)
    hear_all(talk(*LONG_TALK), [1600], ears)
    assert max(len(request.samples) for request in ears.asked) < LONG + 4 * RATE


def test_the_text_lane_has_every_sample_that_is_not_settled_and_tells_all_words() -> None:
    """Both lanes as they work together, ended in the middle of speech: what is left is heard once, and joined."""
    ears, voice, text = Counting(), VoiceLane(), TextLane()
    sound = talk(0.5, 5, 0.3, 2)
    heard, read, said = voice.start("s"), text.start("s"), []
    for begin in range(0, len(sound), 1600):
        at_s = begin / RATE
        heard, told = hear(voice, heard, AudioChunk(sound[begin : begin + 1600], at_s, at_s, at_s + 0.1), ears)
        for piece in of(told, SpeechPiece):
            read, words = driven(text.step(read, piece), ears.answer)
            said += words
    settled = ears.asked[0]
    _, told = hear(voice, heard, EndSpeech(8.0, 8.0, 8.0), ears)
    for piece in of(told, SpeechPiece):
        read, words = driven(text.step(read, piece), ears.answer)
        said += words
    final = [one for one in of(said, Utterance) if one.is_final]
    assert [one.text for one in final] == ["part 1. part 2."]
    assert any(one.text == "part 1." for one in of(said, Utterance)), "what is settled is shown at once"
    whole = len(settled.samples) + len(ears.asked[-1].samples)
    assert whole / RATE == pytest.approx(7.4, abs=0.3), "all of it was heard, none of it twice"


def test_an_utterance_whose_words_are_all_settled_asks_nobody() -> None:
    lane, settled = TextLane(), and_then(None, SURE, LEAST)
    nothing = np.zeros(0, np.float32)
    begun = SpeechPiece("s-1", np.ones(LEAST, np.float32), 1.0, 5.0, 5.1, 5.0, 5.2)
    state, _ = driven(lane.step(lane.start("s"), begun), lambda request: None)
    state, told = driven(lane.step(state, replace(begun, samples=nothing, settled=settled)), Counting().answer)
    assert [(one.text, one.is_final) for one in told] == [("I went home.", False)]
    ears = Counting()
    _, told = driven(lane.step(state, replace(begun, samples=nothing, is_last=True)), ears.answer)
    assert ears.asked == []
    assert [(one.text, one.confidence) for one in of(told, Utterance)] == [("I went home.", 0.95)]


def test_words_that_may_be_settled_are_waited_for_longer() -> None:
    ears = Counting()
    hear_all(talk(0.5, 1, 0.3, 5, 2), [1600], ears)
    assert [request.late_s for request in ears.asked] == pytest.approx([0.476, SETTLED_WITHIN_S], abs=0.01)
