from __future__ import annotations

from dataclasses import replace

import pytest

from core.transports.wire.message import MessageError
from core.transports.wire.readings import Mark, Report, check_mark, check_report, estimate, fused, utterance_emotion
from core.types import Quality, UtteranceEstimate
from tests.fakes import estimate as reading
from tests.transports.wire.samples import FUSED


def test_four_class_view_adds_disgust_to_angry() -> None:
    message = fused(FUSED)
    assert message["expression"] == "disgust"
    assert message["emotion"] == "Angry"
    assert message["confidence"] == pytest.approx(0.75)
    assert message["t"] == 1.235


def test_durations_are_told_in_milliseconds() -> None:
    assert fused(replace(FUSED, latency_ms=40.06))["latency_ms"] == 40.1
    assert utterance_emotion(UtteranceEstimate(0.5, 1.0, replace(FUSED, latency_ms=1_250.0)))["latency_ms"] == 1_250.0
    assert estimate(replace(reading(), infer_ms=6.34))["infer_ms"] == 6.3


def test_face_tells_box_and_frame_only_where_it_has_them() -> None:
    assert estimate(reading())["box"] == [10.0, 10.0, 60.0, 60.0]
    assert "box" not in estimate(replace(reading(), box_px=None))


def test_voice_tells_where_its_window_begins() -> None:
    assert estimate(reading("sad", 2.0, "voice"))["start_t"] == 2.0
    assert "start_t" not in estimate(reading())


def test_utterance_tells_the_fields_of_the_fusion_and_its_span() -> None:
    message = utterance_emotion(UtteranceEstimate(0.5, 1.0, FUSED, "typed"))
    whole = {"type": "utterance_emotion", "start_s": 0.5, "end_s": 1.0, "origin": "typed"}
    assert message == {**fused(FUSED), **whole}


@pytest.mark.parametrize("label", ["", "   ", "x" * 201])
def test_marker_of_nothing_or_of_too_much_is_refused(label) -> None:
    with pytest.raises(MessageError, match="1 to 200"):
        check_mark(Mark(label))


@pytest.mark.parametrize("duration", [-0.1, 86_401.0, float("nan"), float("inf")])
def test_marker_lasts_from_a_moment_to_a_day(duration) -> None:
    check_mark(Mark("film", 1.0, 86_400.0))
    with pytest.raises(MessageError, match="duration"):
        check_mark(Mark("film", 1.0, duration))


def test_words_tell_the_rules_that_changed_their_reading() -> None:
    read = replace(reading("sad", 2.0, "text"), quality=Quality(0.5, ("short_text",)), rules=("negation",))
    assert estimate(read)["reasons"] == ["short_text", "negation"]


def test_self_report_knows_the_expressions_and_uncertain() -> None:
    check_report(Report("happy", "uncertain"))
    with pytest.raises(MessageError, match="self_report"):
        check_report(Report("happy", "glad"))
