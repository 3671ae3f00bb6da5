"""The same letters typed on different systems are the same text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.typed import as_name, as_password, as_typed, password_forms

ONE, TWO = "caf\u00e9", "cafe\u0301"
"""é as one character, as most systems write it, and as two, as some do"""


@pytest.mark.parametrize("given_text", [ONE, TWO])
def test_text_has_one_form(given_text: str) -> None:
    assert as_typed(given_text) == as_password(given_text) == ONE
    assert as_name(f" {given_text.upper()}\u00a0") == ONE
    assert as_name("ada\n") == "ada\n", "a line break is refused, not trimmed"


@pytest.mark.parametrize("kept", ["\ufb01ne", "\u2460", "\uff21bc", "  spaced  ", "\u200d", "👩🏽‍🚀", "\x00"])
def test_password_keeps_what_is_not_merely_another_spelling(kept: str) -> None:
    assert as_password(kept) == kept, "compatibility forms differ: NFKC would make passwords weaker"


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u3000"])
def test_password_has_one_kind_of_space(space: str) -> None:
    assert as_password(f"sieben{space}grüne") == "sieben grüne"


def test_password_of_before_may_have_had_other_forms() -> None:
    assert password_forms(ONE) == [ONE, TWO]
    assert password_forms("plain") == ["plain"]


@given(st.text())
def test_form_is_final_and_the_same_for_every_spelling(text: str) -> None:
    for spelled in (unicodedata.normalize(form, text) for form in ("NFC", "NFD")):
        assert as_typed(spelled) == as_typed(text) == as_typed(as_typed(text))
        assert as_password(spelled) == as_password(as_password(spelled))
