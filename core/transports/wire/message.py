"""What the messages of every subject share: the two directions' classes, the refusal, and how numbers are rounded."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from core.errors import SessionError

FARTHEST_S = 1e10
"""a client's clock may count from anywhere, also from 1970; what is further than three centuries off is no time"""


class MessageError(SessionError):
    """A message that cannot be understood; the connection goes on."""

    code = "bad_message"


class FromClient(msgspec.Struct, frozen=True):
    """What a client sends; fields that are not declared are ignored. What the server tells is a TypedDict."""

    TYPE: ClassVar[str]
    MOST_CHARS: ClassVar[int | None] = 16_384
    """of the whole message, before it is read any further than its type; None: what a socket takes"""


def check_time(time_s: float, what: str) -> None:
    """Raises MessageError for what is no time in seconds; `what` names it."""
    if not abs(time_s) <= FARTHEST_S:  # also what is not a number
        raise MessageError(f"{what} must be a finite number of seconds, {FARTHEST_S:g} at most; got {time_s:g}")


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
