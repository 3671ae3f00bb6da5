"""What a hostile or broken client sends where a value is expected, for the tests that try every route and message."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

SURROGATES = ("\ud800", "a\udfffb")
NO_TEXT = (*SURROGATES, "\x00", "\u202e", "\ufffe", "x" * 5_000, "é" * 300, "", " ")
"""lone surrogates, which JSON can write and UTF-8 cannot; controls; far too long"""
HUGE = (1e308, -1e308, 1e-320, 10**30, -(10**30), 2**53, 2**63, -1, 0, float("nan"), float("inf"), float("-inf"))


def _nested(depth: int) -> Any:
    value: Any = "x"
    for number in range(depth):
        value = [value] if number % 2 else {"a": value}
    return value


NESTED = tuple(_nested(depth) for depth in (2, 60, 400))
values = st.one_of(
    st.sampled_from(NO_TEXT),
    st.sampled_from(HUGE),
    st.sampled_from(NESTED),
    st.none(),
    st.booleans(),
    st.text(st.characters(), max_size=20),
    st.floats(),
    st.integers(),
    st.lists(st.sampled_from((*NO_TEXT, *HUGE, None, "camera")), max_size=4),
    st.dictionaries(st.sampled_from((*NO_TEXT, "happy", "face")), st.sampled_from((*HUGE, *NO_TEXT)), max_size=3),
)
"""of any type, wrong ones above all"""


def as_json(value: object) -> str:
    """ASCII, with surrogates as escapes; numbers that are none stand as Python and JavaScript would read them."""
    return json.dumps(value)


broken_json = st.sampled_from((b"", b"\xff\xfe", b'"\\ud800"', b"[" * 50_000, b'{"a":' * 5_000, b"NaN", b"1e999", b"{"))
"""bodies that are no JSON object"""
