"""What a client sends, pure: text in, messages out. `wire/` holds the messages, `wire_events` writes.

Unknown types and fields are ignored. A known type whose fields do not fit raises MessageError,
which the transport answers with an `error` message; the connection goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import msgspec

from core.errors import TooLarge
from core.transports.wire.conversation import (
    CancelReply,
    Greeting,
    ReplyHeard,
    SpeechEnd,
    Text,
    check_heard,
    check_speech_end,
    check_text,
)
from core.transports.wire.device import Reading, check_reading, reading
from core.transports.wire.media import (
    BINARY_HEAD,
    KIND_JPEG,
    KIND_PCM,
    BinaryFrame,
    Picture,
    Sound,
    check_sound,
    parse_binary,
    picture_bytes,
    sound_bytes,
)
from core.transports.wire.message import MessageError, check_time
from core.transports.wire.preferences import Prefer, check_prefer, preferences
from core.transports.wire.readings import Baseline, Mark, Report, check_mark, check_report
from core.transports.wire.session import Auth, Consent, Pause, Ping, Resume, Stop
from core.typed import as_typed

__all__ = [
    "BINARY_HEAD",
    "CLIENT_MESSAGES",
    "KIND_JPEG",
    "KIND_PCM",
    "Auth",
    "Baseline",
    "BinaryFrame",
    "CancelReply",
    "ClientMessage",
    "Consent",
    "Greeting",
    "Mark",
    "MessageError",
    "Pause",
    "Picture",
    "Ping",
    "Prefer",
    "Reading",
    "ReplyHeard",
    "Report",
    "Resume",
    "Sound",
    "SpeechEnd",
    "Stop",
    "Text",
    "parse_binary",
    "parse_text",
    "picture_bytes",
    "preferences",
    "reading",
    "sound_bytes",
]
"""transports ask this file alone; where a message lives is the wire's own matter"""

Talk = Text | SpeechEnd | Prefer | Greeting | ReplyHeard | CancelReply
Control = Pause | Resume | Stop | Ping | Consent | Mark | Report | Baseline | Reading | Talk
ClientMessage = Auth | Picture | Sound | Control
CLIENT_MESSAGES: dict[str, type[ClientMessage]] = {
    message.TYPE: message for message in (Auth, Picture, Sound, *get_args(Control))
}
"""every message a client may send, by its `type`"""
_CHECKS: dict[type[ClientMessage], Callable[[Any], None]] = {
    Mark: check_mark,
    Report: check_report,
    Reading: check_reading,
    Sound: check_sound,
    Text: check_text,
    SpeechEnd: check_speech_end,
    Prefer: check_prefer,
    ReplyHeard: check_heard,
}


class _Head(msgspec.Struct):
    """All of a message that is made before it is known; other fields are read over, which takes no memory."""

    type: str


_HEAD = msgspec.json.Decoder(_Head)
_DECODERS: dict[str, msgspec.json.Decoder[ClientMessage]] = {
    kind: msgspec.json.Decoder(message) for kind, message in CLIENT_MESSAGES.items()
}


def parse_text(text: str | bytes) -> ClientMessage | None:
    """One JSON message; None for a type this server does not know. Raises MessageError, TooLarge.

    Only declared fields become objects: of 4 MB of brackets a general reader makes a million lists, 0.7 s.
    """
    try:
        kind = _HEAD.decode(text).type
        return _message(kind, text) if kind in _DECODERS else None
    except msgspec.ValidationError as error:
        raise MessageError('expected a JSON object with a "type"; see the wire protocol') from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise MessageError("expected a JSON object with a type; this is not JSON") from error


def _message(kind: str, text: str | bytes) -> ClientMessage:
    """Of a known type. Raises MessageError, TooLarge."""
    most = CLIENT_MESSAGES[kind].MOST_CHARS
    if most is not None and len(text) > most:
        raise TooLarge(f"{kind}: a message of this type may have {most} characters in all, this one has {len(text)}")
    try:
        message = _DECODERS[kind].decode(text)
    except msgspec.ValidationError as error:
        raise MessageError(f"{kind}: {error!s:.200}") from error
    return _checked(message if isinstance(message, Picture | Sound) else _typed(message))


def _typed(message: ClientMessage) -> ClientMessage:
    """Its words in one form."""
    words = {name: getattr(message, name) for name in message.__struct_fields__}
    changed = {name: as_typed(word) for name, word in words.items() if isinstance(word, str) and not word.isascii()}
    return msgspec.structs.replace(message, **changed) if changed else message


def _checked(message: ClientMessage) -> ClientMessage:
    """What types alone cannot say."""
    time_s = getattr(message, "t", None)
    if time_s is not None:
        check_time(time_s, f"{message.TYPE}: t")
    check = _CHECKS.get(type(message))
    if check is not None:
        check(message)
    return message
