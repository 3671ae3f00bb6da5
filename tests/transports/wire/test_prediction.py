from __future__ import annotations

import json
from dataclasses import replace

import msgspec

from core.transports.wire.prediction import PredictionLine, prediction
from core.transports.wire_events import encode
from tests.fakes import estimate
from tests.transports.wire.samples import FUSED

NOTHING = replace(FUSED, weights={"face": 0.0, "voice": 0.0, "text": 0.0})


def test_a_line_tells_what_counts_and_null_for_the_rest() -> None:
    line = prediction(FUSED, estimate(), estimate("sad", 1.0, "voice"), 172.9, 3.84)
    assert line == {
        "emotion": "disgust",
        "confidence": 0.7,
        "fer_conf": 0.7,
        "ser_conf": None,
        "timestamp": 172,
        "fps": 3.8,
    }


def test_without_a_reading_that_counts_nothing_is_told() -> None:
    line = prediction(NOTHING, estimate(), None, 0.0, 0.0)
    assert [line["emotion"], line["confidence"], line["fer_conf"], line["ser_conf"]] == [None] * 4


def test_a_line_is_what_it_declares() -> None:
    for fused in (FUSED, NOTHING):
        line = prediction(fused, estimate(), None, 1.0, 2.0)
        msgspec.convert(json.loads(encode(line)), PredictionLine, strict=True)
        assert set(line) == PredictionLine.__required_keys__
