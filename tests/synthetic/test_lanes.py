"""What the lanes would tell of a script: the states, times and reasons of the real ones."""

from __future__ import annotations

import numpy as np
import pytest

from core.synthetic.lanes import PATIENCE_S, outcomes
from core.synthetic.script import Line, Passer, Scene, Script
from core.types import Estimate, SpeechLasting, SpeechState, Utterance

SPOKEN = Line(1.0, 3.0, "I am so glad that you came", words={"happy": 0.8}, voice={"happy": 0.7})
TYPED = Line(5.0, 5.0, "ok then", words={"neutral": 0.8}, origin="typed")
CALM = (Scene(0.0, {"neutral": 0.9}),)


def told(*lines: Line, scenes=CALM, passers=(), seed: int = 1):
    return outcomes(Script(8.0, scenes, lines, passers), np.random.default_rng(seed))


def events(found, kind):
    return [(at_s, event) for at_s, outcome in found for event in outcome.events if isinstance(event, kind)]


def test_outcomes_come_in_the_order_in_which_they_are_told() -> None:
    times = [at_s for at_s, _ in told(SPOKEN, TYPED)]
    assert times == sorted(times)


def test_nothing_is_told_before_it_happened() -> None:
    assert all(outcome.upto_s <= at_s for at_s, outcome in told(SPOKEN, TYPED))


def test_readings_are_distributions_of_the_mood() -> None:
    for _, estimate in events(told(SPOKEN), Estimate):
        assert estimate.probs.sum() == pytest.approx(1, abs=1e-5)
        expected = {"face": 0, "voice": 1, "text": 1}[estimate.modality]
        assert int(estimate.probs.argmax()) == expected


def test_speech_begins_lasts_and_ends_after_the_patience() -> None:
    found = told(SPOKEN)
    assert [(state.state, state.time_s) for _, state in events(found, SpeechState)] == [("start", 1.0), ("end", 3.0)]
    assert len(events(found, SpeechLasting)) == 1
    (at_s, _) = events(found, SpeechState)[1]
    assert at_s > 3.0 + PATIENCE_S


def test_words_grow_and_are_final_with_their_reading() -> None:
    found = told(SPOKEN)
    said = [event for _, event in events(found, Utterance)]
    assert [one.is_final for one in said] == [False] * (len(said) - 1) + [True]
    assert said[-1].text == SPOKEN.text
    assert all(SPOKEN.text.startswith(one.text) for one in said)
    (read,) = [event for _, event in events(found, Estimate) if event.modality == "text"]
    assert (read.start_s, read.end_s) == (said[-1].start_s, said[-1].end_s), "the fusion takes it for these words"


def test_typed_words_have_no_voice_and_the_quality_of_their_length() -> None:
    found = told(TYPED)
    assert not events(found, SpeechState)
    (read,) = [event for _, event in events(found, Estimate) if event.modality == "text"]
    assert read.quality.reasons == ("short_text",)


def test_a_scene_without_a_face_gives_outcomes_without_readings() -> None:
    scenes = (*CALM, Scene(4.0, {"neutral": 0.9}, has_face=False))
    late = [o for at_s, o in told(scenes=scenes) if o.modality == "face" and o.upto_s >= 4.0]
    assert late
    assert not any(outcome.events for outcome in late)


def test_who_walks_by_is_no_subject() -> None:
    found = events(told(passers=(Passer(2.0, 4.0, {"happy": 0.6}),)), Estimate)
    others = [event for _, event in found if not event.is_subject]
    assert others
    assert {event.face_id for event in others} == {2}
    assert all(2.0 <= event.end_s <= 4.0 for event in others)


def test_only_what_was_spoken_names_an_engine_that_wrote_it_down() -> None:
    written = {event.origin: event.engine for _, event in events(told(SPOKEN, TYPED), Utterance)}
    assert written["typed"] == ""
    assert written["speech"] != ""


def test_whoever_walks_by_comes_in_from_the_edge_and_turns_back_there() -> None:
    found = told(passers=(Passer(2.0, 6.0, {"happy": 0.8}),))
    boxes = [event.box_px for _, event in events(found, Estimate) if event.face_id == 2]
    middles = [(box[0] + box[2]) / 2 for box in boxes]
    assert middles[0] > 640 > min(middles)
    assert middles[-1] > 600
    assert min(middles) < 520


def test_a_face_needs_a_moment_to_change() -> None:
    scenes = (Scene(0.0, {"neutral": 0.95}), Scene(4.0, {"happy": 0.95}))
    happy = {at: event.probs[1] for _, event in events(told(scenes=scenes), Estimate) for at in (event.end_s,)}
    soon = [value for at, value in happy.items() if 4.0 <= at < 4.2]
    later = [value for at, value in happy.items() if at > 6.5]
    assert max(soon) < 0.7 < min(later)
