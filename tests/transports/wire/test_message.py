from __future__ import annotations

import msgspec

from core.transports.protocol import CLIENT_MESSAGES
from core.transports.wire.message import FromClient, four_digits, one_digit, three_digits, two_digits


def test_numbers_are_rounded_to_what_the_wire_tells() -> None:
    value = 0.123456
    assert [f(value) for f in (one_digit, two_digits, three_digits, four_digits)] == [0.1, 0.12, 0.123, 0.1235]


def test_a_message_cannot_be_changed_once_it_is_read() -> None:
    for message in CLIENT_MESSAGES.values():
        assert issubclass(message, FromClient)
        assert msgspec.structs.fields(message) is not None
        assert message.__struct_config__.frozen
