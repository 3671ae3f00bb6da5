"""What the messages of every subject share: the two directions' classes, the refusal, and how numbers are rounded."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from core.errors import SessionError


class MessageError(SessionError):
    """A message that cannot be understood; the connection goes on."""

    code = "bad_message"


class FromClient(msgspec.Struct, frozen=True):
    """What a client sends; fields that are not declared are ignored. What the server tells is a TypedDict."""

    TYPE: ClassVar[str]


def four_digits(value: float) -> float:
    """Probabilities, qualities and weights."""
    return round(float(value), 4)


def three_digits(value: float) -> float:
    """Seconds, to the millisecond."""
    return round(float(value), 3)


def two_digits(value: float) -> float:
    """Weights of a face's shapes: thirty of them thirty times a second."""
    return round(float(value), 2)


def one_digit(value: float) -> float:
    """Milliseconds, pixels and pictures a second."""
    return round(float(value), 1)
