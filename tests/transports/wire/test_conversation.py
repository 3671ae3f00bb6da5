from __future__ import annotations

import math

import pytest

from core.transports.wire.conversation import (
    MAX_TEXT,
    ReplyHeard,
    SpeechEnd,
    Text,
    check_heard,
    check_speech_end,
    check_text,
    llm_response,
)
from core.transports.wire.message import MessageError
from core.types import Reply, VisemeFrame


@pytest.mark.parametrize("text", ["", " \n", "x" * (MAX_TEXT + 1)])
def test_text_of_nothing_or_of_too_much_is_refused(text) -> None:
    with pytest.raises(MessageError, match="text"):
        check_text(Text(text))


def test_speech_end_may_come_without_words() -> None:
    check_speech_end(SpeechEnd())
    with pytest.raises(MessageError, match="speech_end"):
        check_speech_end(SpeechEnd("x" * (MAX_TEXT + 1)))


@pytest.mark.parametrize("seconds", [-0.1, math.nan, math.inf])
def test_reply_heard_for_no_time_is_refused(seconds) -> None:
    with pytest.raises(MessageError, match="reply_heard"):
        check_heard(ReplyHeard(1, 0, seconds))


def test_a_reply_tells_its_face_with_two_digits() -> None:
    frame = VisemeFrame(0.0333, {"jawOpen": 0.129})
    message = llm_response(Reply(1, 0, False, "Well.", "happy", 0.4, None, (frame,), "scripted", 2.0))
    assert message["visemes"] == [{"t": 0.033, "blend": {"jawOpen": 0.13}}]
