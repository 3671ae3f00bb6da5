"""What is handed to a voice: words and numbers, no pictures, nothing that a front-end obeys, and not without end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models._spoken_text import LONGEST, spoken_text


def test_markup_is_not_a_command() -> None:
    assert spoken_text("<speak><prosody rate='x-slow'>hi</prosody></speak> [[h@'loU]]") == (
        "speak prosody rate='x-slow' hi /prosody /speak h@'loU"
    )


def test_endless_text_is_cut_at_a_word() -> None:
    cut = spoken_text("word " * 2_000)
    assert len(cut) <= LONGEST
    assert cut.endswith("word")
    assert len(spoken_text("x" * 10_000)) <= LONGEST


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("I am happy 😀 for you 👍🏽!", "I am happy for you !"),
        ("👩‍👩‍👧 🇳🇱 ❤️ 1️⃣ ★", "1"),
        ("𝐇𝐞𝐥𝐥𝐨 Ｗorld", "Hello World"),
        ("٣٤٥ and १२", "345 and 12"),
        ("5 °C, № 3, ½, x², €5, ª, café", "5 °C, № 3, ½, x², €5, ª, café"),
        ("ｶﾅ ㎏", "カナ kg"),
        ("それは大変 정말 Привет", "それは大変 정말 Привет"),
    ],
)
def test_pictures_are_not_named_and_words_in_another_dress_are_plain(written: str, said: str) -> None:
    assert spoken_text(written) == said


@given(st.text(max_size=80))
def test_whatever_is_written_what_is_said_stays_the_same_when_said_again(text: str) -> None:
    once = spoken_text(text)
    assert spoken_text(once) == once
    assert not {"\x00", "<", "[", "\ufe0f"} & set(once)
