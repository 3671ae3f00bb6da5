from __future__ import annotations

import json
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import TooLarge
from core.transports.protocol import CLIENT_MESSAGES, Auth, MessageError, Text, parse_text
from core.transports.wire.conversation import MAX_TEXT


@given(st.text())
def test_any_text_gives_a_message_nothing_or_a_message_error(text) -> None:
    with suppress(MessageError):
        parse_text(text)


@given(st.sampled_from(sorted(CLIENT_MESSAGES)), st.dictionaries(st.text(max_size=8), st.integers() | st.text()))
def test_a_known_type_with_any_fields_gives_a_message_or_a_message_error(kind, fields) -> None:
    with suppress(MessageError):
        assert isinstance(parse_text(json.dumps(fields | {"type": kind})), CLIENT_MESSAGES[kind])


def test_known_type_with_extra_fields_is_understood() -> None:
    assert parse_text('{"type": "auth", "token": "t", "device": "phone"}') == Auth("t")


@pytest.mark.parametrize("spelled", ["caf\u00e9", "cafe\u0301"])
@pytest.mark.parametrize("kind", ["marker", "text", "speech_end"])
def test_what_people_type_has_one_form(kind: str, spelled: str) -> None:
    field = "label" if kind == "marker" else "text"
    for is_escaped in (True, False):
        message = parse_text(json.dumps({"type": kind, field: spelled}, ensure_ascii=is_escaped))
        assert getattr(message, field) == "caf\u00e9"


def test_an_unknown_type_is_ignored() -> None:
    assert parse_text('{"type": "from_tomorrow"}') is None


@pytest.mark.parametrize("text", ["", "[]", "null", '{"kind": "auth"}', '{"type": 1}', "\x00", "[" * 100_000])
def test_what_is_no_message_is_refused(text) -> None:
    with pytest.raises(MessageError, match="expected a JSON object"):
        parse_text(text)


@pytest.mark.parametrize("kind", ["video_frame", "audio_chunk", "from_tomorrow", "text", "ping"])
@pytest.mark.parametrize("brackets", ["[]", "{}", '{"a": [1]}'])
def test_what_a_message_does_not_need_is_never_made(kind: str, brackets: str) -> None:
    """A million empty lists held the event loop for 0.7 s, refused or not."""
    fields = {"type": kind, "frame": "", "audio": "", "text": "hi", "more": [None] * 20_000}
    text = json.dumps(fields).replace("null", brackets)
    tracemalloc.start()
    try:
        with suppress(MessageError, TooLarge):
            parse_text(text)
        assert tracemalloc.get_traced_memory()[1] < 2 * len(text)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("kind", "field"), [("text", "text"), ("speech_end", "text"), ("marker", "label")])
def test_words_beyond_what_is_taken_are_refused_before_they_are_brought_into_one_form(kind: str, field: str) -> None:
    with pytest.raises((MessageError, TooLarge), match=kind):
        parse_text(json.dumps({"type": kind, field: "e\u0301" * 700_000}, ensure_ascii=False))


@pytest.mark.parametrize("is_escaped", [True, False])
def test_the_longest_text_fits_however_it_is_written(is_escaped: bool) -> None:
    message = parse_text(json.dumps({"type": "text", "text": "\u65e5" * MAX_TEXT}, ensure_ascii=is_escaped))
    assert isinstance(message, Text)
    assert len(message.text) == MAX_TEXT


@pytest.mark.parametrize("kind", sorted(set(CLIENT_MESSAGES) - {"video_frame", "audio_chunk", "text", "speech_end"}))
def test_only_media_and_words_may_be_large(kind: str) -> None:
    with pytest.raises(TooLarge, match=kind):
        parse_text(json.dumps({"type": kind, "more": "x" * 20_000}))


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(MessageError, match="video_frame"):
        parse_text('{"type": "video_frame", "frame": "", "t": "now"}')


@pytest.mark.parametrize("number", ["1e308", "-1e308", "1e11", "1e999", "NaN"])
@pytest.mark.parametrize(
    "fields",
    [
        '"type": "video_frame", "frame": "", "t": ',
        '"type": "audio_chunk", "audio": "", "t": ',
        '"type": "marker", "label": "here", "t": ',
        '"type": "marker", "label": "here", "duration": ',
        '"type": "self_report", "shown": "happy", "chosen": "sad", "t": ',
        '"type": "reading", "modality": "face", "expressions": {}, "quality": 1, "t": ',
        '"type": "reply_heard", "turn": 1, "part": 0, "seconds": ',
    ],
)
def test_no_time_that_a_client_states_is_beyond_three_centuries(fields, number) -> None:
    with pytest.raises(MessageError) as told:
        parse_text(f"{{{fields}{number}}}")
    assert len(told.value.message) < 150
