"""The synthetic session: the file is what the script makes, every event says what it is, the story is all there."""

from __future__ import annotations

import json

import pytest

from core.commands.demo import FILE, as_text, make_session
from core.synthetic.tour import TOUR
from core.types import EMOTIONS


@pytest.fixture(scope="module")
def session():
    return json.loads(FILE.read_text())


def of(session, kind: str):
    return [event for event in session["events"] if event["type"] == kind]


def test_file_is_what_the_script_makes():
    assert FILE.read_text() == as_text(make_session())


def test_every_event_is_marked_as_synthetic(session):
    assert session["synthetic"] is True
    assert all(event["synthetic"] is True for event in session["events"])


def test_events_come_in_order_of_time(session):
    times = [event["at"] for event in session["events"]]
    assert times == sorted(times)
    assert 60 <= TOUR.duration_s == session["duration_s"] <= 90
    assert times[-1] <= TOUR.duration_s


def test_nothing_is_told_before_it_happened(session):
    assert all(event["t"] <= event["at"] + 0.001 for event in session["events"] if "t" in event)


def test_first_twelve_seconds_show_three_expressions_and_a_disagreement(session):
    early = [event for event in of(session, "fused_emotion") if event["at"] <= 12]
    assert len({event["expression"] for event in early if not event["abstained"]}) >= 3
    assert any({"face_voice_conflict", "possible_masking"} <= set(event["reasons"]) for event in early)


def test_probabilities_sum_to_one(session):
    kinds = ("face_emotion", "voice_emotion", "text_emotion", "fused_emotion", "utterance_emotion")
    for event in [event for kind in kinds for event in of(session, kind)]:
        assert list(event["expressions"]) == list(EMOTIONS)
        assert sum(event["expressions"].values()) == pytest.approx(1, abs=0.005)
        assert sum(event["probabilities"]) == pytest.approx(1, abs=0.005)


def test_story_shows_every_view(session):
    fused = of(session, "fused_emotion")
    shown = {event["expression"] for event in fused if not event["abstained"]}
    assert {"neutral", "happy", "sad", "surprise", "angry"} <= shown
    reasons = {reason for event in fused if event["abstained"] for reason in event["reasons"]}
    assert {"turned_away", "no_face"} <= reasons
    assert any(not event["is_subject"] for event in of(session, "face_emotion"))
    assert {reason for event in fused for reason in event["reasons"]} >= {"face_text_conflict", "possible_masking"}
    assert all(max(event["weights"][m] for event in fused) > 0.1 for m in ("face", "voice", "text"))
    assert {event["origin"] for event in of(session, "transcript") if event["is_final"]} == {"speech", "typed"}
    assert len(of(session, "utterance_emotion")) == len(TOUR.lines)
    assert {trend for event in fused for trend in event["trends"].values()} == {"rising", "steady", "falling"}


def test_events_have_the_fields_of_the_wire(session):
    """What the page reads in the demo it must also get from the server."""
    from core.transports.wire_events import event_message
    from core.types import Reply, SpeechState, Stats, UtteranceEstimate
    from tests.commands.wire_samples import FACE, FUSED, UTTERANCE, VOICE

    extra = {"synthetic", "at"}
    for kind, sample in (
        ("face_emotion", FACE),
        ("voice_emotion", VOICE),
        ("fused_emotion", FUSED),
        ("utterance_emotion", UtteranceEstimate(0, 1, FUSED)),
        ("transcript", UTTERANCE),
        ("speech", SpeechState("start", 0)),
        ("stats", Stats(6.0, 0, 46.0, None)),
        ("llm_response", Reply(1, 0, False, "", "happy", 0.5, None, (), "none", 0.0)),
    ):
        wire = set(event_message(sample))
        assert set(of(session, kind)[0]) - extra == wire


def test_companion_takes_up_each_line(session):
    told = [event for event in of(session, "llm_response") if event["text"]]
    assert {event["turn"] for event in told} == set(range(1, len(TOUR.lines) + 1))
    assert any("the whole room began to laugh" in event["text"] for event in told)
    assert all(event["audio_url"] is None and event["visemes"] and event["duration_s"] > 0 for event in told)
    assert any(max(frame["blend"].get("jawOpen", 0) for frame in event["visemes"]) > 0.2 for event in told)
