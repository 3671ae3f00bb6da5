from __future__ import annotations

import numpy as np
import pytest

from core.transports.protocol import parse_text
from core.transports.wire.device import Reading, check_reading, reading
from core.transports.wire.message import MessageError
from core.types import EMOTIONS

HAPPY = {"happy": 0.75, "neutral": 0.25}


def test_labels_left_out_are_0_and_the_words_come_along() -> None:
    message = parse_text(
        '{"type": "reading", "modality": "face", "expressions": {"happy": 0.75, "neutral": 0.25}, "quality": 0.8,'
        ' "reasons": ["low_light"], "t": 7.5, "box": [1, 2, 30, 40], "frame": [64, 48], "engine": "net-1"}'
    )
    read = reading(message, 1.0, 7.5, 1.25)
    assert dict(zip(EMOTIONS, read.probs.tolist(), strict=True)) == dict.fromkeys(EMOTIONS, 0.0) | HAPPY
    assert np.array_equal(read.probs, read.probs_raw)
    assert (read.quality.score, read.quality.reasons, read.engine) == (0.8, ("low_light",), "net-1")
    assert (read.end_s, read.capture_s, read.arrived_s) == (1.0, 7.5, 1.25)
    assert (read.box_px, read.frame_px, read.is_subject) == ((1.0, 2.0, 30.0, 40.0), (64, 48), True)


def test_a_voice_has_no_subject() -> None:
    assert not reading(Reading("voice", HAPPY, 1.0), 0.0, 0.0, 0.0).is_subject


@pytest.mark.parametrize(
    "changes",
    [
        {"expressions": {"glad": 1.0}},
        {"reasons": ("two words",)},
        {"reasons": ("x",) * 9},
        {"engine": ""},
        {"engine": "<script>"},
        {"engine": "x" * 61},
    ],
)
def test_words_that_do_not_fit_are_refused_under_a_code_of_their_own(changes) -> None:
    with pytest.raises(MessageError, match="reading") as refused:
        check_reading(Reading(**({"modality": "face", "expressions": HAPPY, "quality": 1.0} | changes)))
    assert refused.value.code == "bad_reading"


@pytest.mark.parametrize("fields", ['"modality": "gait"', '"modality": "face", "quality": "good"'])
def test_a_shape_that_does_not_fit_is_refused(fields) -> None:
    with pytest.raises(MessageError, match="reading"):
        parse_text(f'{{"type": "reading", "expressions": {{}}, {fields}}}')
