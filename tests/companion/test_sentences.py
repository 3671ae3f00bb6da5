"""From a reply's text to what is said, and how much of it was heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.companion.sentences import LONGEST, heard_of, plain, take_sentences


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("**You** said _so_.", "You said so."),
        ("<b>You</b> said <script>x()</script>so.", "You said x() so."),
        ("Look [here](http://example.org/x).", "Look here."),
        ("`code` and ```\nblock\n``` end", "code and end"),
        ("&lt;b&gt;You&lt;/b&gt; said", "You said"),
        ("a\x00b\u202ec", "abc"),
        ("2*3 is 6, and a_b stays", "2*3 is 6, and a_b stays"),
    ],
)
def test_markup_is_not_spoken(written: str, said: str) -> None:
    assert plain(written).split() == said.split()


def test_sentences_come_when_they_are_whole() -> None:
    assert take_sentences("I hear you. You lo") == (["I hear you."], "You lo")
    assert take_sentences("Dr. Smith said no. Then") == (["Dr. Smith said no."], "Then")
    assert take_sentences("You lost it", is_over=True) == (["You lost it"], "")
    assert take_sentences("そうですね。分かりました。")[0] == ["そうですね。", "分かりました。"]


def test_markup_that_arrives_in_pieces_is_waited_for() -> None:
    told, rest = take_sentences("Hello. <img src=x onerror='a. b")
    assert told == ["Hello."]
    assert take_sentences(rest + "'> Bye.", is_over=True)[0] == ["Bye."]
    told, rest = take_sentences("Hello. ```py\nprint(1). ")
    assert told == ["Hello."]
    assert take_sentences(rest + "\n``` Bye.", is_over=True)[0] == ["Bye."]


def test_role_names_are_left_out() -> None:
    assert take_sentences("Assistant: I am here.", is_over=True)[0] == ["I am here."]


def test_endless_sentence_is_cut_at_spaces() -> None:
    parts = take_sentences("word " * 400, is_over=True)[0]
    assert all(len(part) <= LONGEST for part in parts)
    assert " ".join(parts).split() == ["word"] * 400


@given(st.lists(st.text(alphabet="ab .!?\n<>`*&;", max_size=12), max_size=30))
def test_pieces_lose_nothing_that_is_spoken(pieces: list[str]) -> None:
    told, rest = [], ""
    for piece in pieces:
        found, rest = take_sentences(rest + piece)
        told += found
    told += take_sentences(rest, is_over=True)[0]
    assert all(sentence.strip() and len(sentence) <= LONGEST for sentence in told)


@pytest.mark.parametrize(
    ("seconds", "heard"),
    [(0.0, ""), (0.1, ""), (1.0, "one two"), (1.95, "one two three four"), (9.0, "one two three four")],
)
def test_history_holds_the_words_that_were_played(seconds: float, heard: str) -> None:
    assert heard_of("one two three four", seconds, 2.0) == heard


@given(st.text(max_size=60), st.floats(0, 10), st.floats(0, 10))
def test_what_was_heard_begins_what_was_said(text: str, seconds: float, duration: float) -> None:
    assert text.startswith(heard_of(text, seconds, duration))
