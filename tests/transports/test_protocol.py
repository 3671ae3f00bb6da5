from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import EngineUnavailable
from core.transports.protocol import BINARY_HEAD, Auth, MessageError, parse_binary, parse_text
from core.transports.wire_events import encode, error_message, event_message
from core.types import ClipProgress, Fault, FusedEstimate, Marker, SelfReport, SessionState, Stats
from tests.fakes import estimate, probs

FUSED = FusedEstimate(
    time_s=1.23456,
    capture_s=7.0,
    probs_raw=probs("disgust"),
    probs=probs("disgust"),
    valence=-0.3,
    arousal=0.2,
    confidence=0.7,
    intensity=0.7,
    weights={"face": 1.0, "voice": 0.0, "text": 0.0},
    trends={"happy": "steady"},
    quality=0.9,
    abstained=False,
    reasons=(),
)


@given(st.text())
def test_any_text_gives_a_message_nothing_or_a_message_error(text) -> None:
    with suppress(MessageError):
        parse_text(text)


@given(st.binary())
def test_any_bytes_give_a_frame_nothing_or_a_message_error(data) -> None:
    with suppress(MessageError):
        parse_binary(data)


def test_known_type_with_extra_fields_is_understood() -> None:
    assert parse_text('{"type": "auth", "token": "t", "device": "phone"}') == Auth("t")


def test_binary_picture_keeps_its_client_time() -> None:
    frame = parse_binary(BINARY_HEAD.pack(1, 12.25) + b"jpeg")
    assert (frame.capture_s, frame.payload) == (12.25, b"jpeg")


def test_four_class_view_adds_disgust_to_angry() -> None:
    message = event_message(FUSED)
    assert message["expression"] == "disgust"
    assert message["emotion"] == "Angry"
    assert message["confidence"] == pytest.approx(0.75)
    assert message["t"] == 1.235


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (estimate(), "face_emotion"),
        (estimate(modality="voice"), "voice_emotion"),
        (FUSED, "fused_emotion"),
        (SessionState(("camera",), False, False), "state"),
        (Stats(6.0, 1, 40.0, None), "stats"),
        (Fault("media", "not a picture", 1.0, "face"), "error"),
        (ClipProgress(1.0, 2.0, False), "clip_progress"),
        (Marker("here", 1.0), "marker"),
        (SelfReport(1.0, "happy", "sad"), "self_report"),
    ],
)
def test_every_event_is_plain_json_with_its_type(event, kind) -> None:
    assert json.loads(encode(event_message(event)))["type"] == kind


def test_face_tells_box_and_frame_only_where_it_has_them() -> None:
    assert event_message(estimate())["box"] == [10.0, 10.0, 60.0, 60.0]
    assert "box" not in event_message(replace(estimate(), box_px=None))


def test_error_carries_code_and_words() -> None:
    message = error_message(EngineUnavailable("weights are missing; run make train"), fatal=True)
    assert message == {
        "type": "error",
        "code": "engine_unavailable",
        "message": "weights are missing; run make train",
        "fatal": True,
    }
