from __future__ import annotations

import base64
import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.transports.wire.media import (
    BINARY_HEAD,
    KIND_JPEG,
    PIECE,
    Picture,
    Sound,
    check_sound,
    parse_binary,
    picture_bytes,
    sound_bytes,
)
from core.transports.wire.message import MessageError

BARE = base64.b64encode(b"jpeg").decode()


@given(st.binary())
def test_any_bytes_give_a_frame_nothing_or_a_message_error(data) -> None:
    with suppress(MessageError):
        parse_binary(data)


def test_binary_picture_keeps_its_client_time() -> None:
    frame = parse_binary(BINARY_HEAD.pack(KIND_JPEG, 12.25) + b"jpeg")
    assert frame is not None
    assert (frame.capture_s, frame.payload) == (12.25, b"jpeg")


def test_binary_of_an_unknown_kind_is_ignored() -> None:
    assert parse_binary(BINARY_HEAD.pack(9, 0.0) + b"x") is None


@pytest.mark.parametrize("data", [b"", b"\x01" * BINARY_HEAD.size, BINARY_HEAD.pack(1, math.nan) + b"jpeg"])
def test_binary_without_payload_or_time_is_refused(data) -> None:
    with pytest.raises(MessageError):
        parse_binary(data)


@pytest.mark.parametrize("frame", [BARE, f"data:image/jpeg;base64,{BARE}"])
def test_picture_bare_or_as_data_url_gives_its_bytes(frame) -> None:
    assert picture_bytes(Picture(frame)) == b"jpeg"


@pytest.mark.parametrize("frame", ["data:text/plain;base64," + BARE, "not base64!"])
def test_picture_of_anything_else_is_refused(frame) -> None:
    with pytest.raises(MessageError, match="video_frame"):
        picture_bytes(Picture(frame))


def test_sound_gives_its_bytes_and_refuses_what_is_no_base64() -> None:
    assert sound_bytes(Sound("data:audio/webm;base64," + BARE)) == b"jpeg"
    with pytest.raises(MessageError, match="audio_chunk"):
        sound_bytes(Sound("not base64!"))


@pytest.mark.parametrize(("rate_hz", "channels"), [(1, 1), (7_999, 1), (192_001, 1), (16_000, 0), (16_000, 9)])
def test_sound_of_a_rate_or_channels_that_nothing_records_is_refused(rate_hz, channels) -> None:
    with pytest.raises(MessageError, match="8000 to 192000 Hz"):
        check_sound(Sound("", "pcm16", rate_hz, channels))


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (48_000, 2), (192_000, 8)])
def test_sound_as_browsers_make_it_is_taken(rate_hz, channels) -> None:
    check_sound(Sound("", "pcm16", rate_hz, channels))


def test_long_base64_is_decoded_piece_by_piece_to_the_same_bytes(monkeypatch) -> None:
    data, sizes = bytes(range(256)) * 4000, []
    decode = base64.b64decode

    def noted(text: str, *, validate: bool) -> bytes:
        sizes.append(len(text))
        return decode(text, validate=validate)

    monkeypatch.setattr("core.transports.wire.media.base64.b64decode", noted)
    assert sound_bytes(Sound(audio=base64.b64encode(data).decode())) == data
    assert max(sizes) <= PIECE
    assert len(sizes) > 4


@pytest.mark.parametrize("at", [10, PIECE + 10, 2 * PIECE + 10])
def test_long_base64_with_a_fault_anywhere_is_refused(at) -> None:
    text = "A" * (3 * PIECE)
    with pytest.raises(MessageError):
        sound_bytes(Sound(audio=text[:at] + "%" + text[at + 1 :]))
