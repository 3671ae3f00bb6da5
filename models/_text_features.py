"""Words of a text and the places in the net's table that stand for each: shared by training and serving.

A word is the sum of its own place and the mean of its letter groups' places, so that a word never seen, a typo or a
Dutch inflection still means something (Bojanowski et al. 2017, arXiv 1607.04606). Nothing is remembered between calls.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

MAX_CHARS = 2000
"""Of a text, what is read; the rest is cut."""
MAX_TOKENS = 256
ANY_NUMBER = "0"
WORD_PLACES, GROUP_PLACES = 40_000, 44_000
PLACES = 1 + WORD_PLACES + GROUP_PLACES
"""Place 0 is nothing; then words, then letter groups, each by a checksum, so that no list of words is shipped."""
MAX_GROUPS = 15
WIDTH = 1 + MAX_GROUPS
"""Places of one token: its own, then its letter groups; 0 fills the rest."""

EMOTICON = r"[:;=8xX][\-'^]?[)(\]\[dDpPoO/\\|3*]+(?![\w])|<3+|</3|[)(]-?[:;=]|\^_*\^|t_t|T_T|-_-|>:\(|:'\("
_TOKEN = re.compile(
    rf"(?:(?<=\s)|^)(?:{EMOTICON})|\[[a-z]+\]|[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[!?]+|\.\.+|[^\w\s]", re.IGNORECASE
)
_LONG = re.compile(r"(.)\1{2,}")
_SAME = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00b4": "'", "`": "'", "\u2026": "...", "\ufe0f": None})


def tidy(text: str) -> str:
    """Cut, one form of each letter, plain apostrophes, lower case, "soooo" as "sooo"."""
    plain = unicodedata.normalize("NFKC", text[:MAX_CHARS].translate(_SAME))[:MAX_CHARS]
    return _LONG.sub(r"\1\1\1", plain.lower())


def split_words(text: str) -> list[str]:
    """Lower-case words, numbers as "0", marks, emoticons and emoji, each alone; at most MAX_TOKENS."""
    found = []
    for match in _TOKEN.finditer(tidy(text)):
        token = match.group()
        if token.isdigit():
            token = ANY_NUMBER
        elif token[0] in "!?" and len(token) > 2:
            token = token[:2]
        found.append(token)
        if len(found) == MAX_TOKENS:
            break
    return found


def is_mark(token: str) -> bool:
    """Whether a token is punctuation that a recogniser does not write; emoticons and emoji are none."""
    return all(sign in "!?.,;:\"'()-*/&#%~_[]{}<>=+|\\" for sign in token) and not re.fullmatch(EMOTICON, token)


def places_of(token: str) -> list[int]:
    """Places (at most WIDTH) of one token in the table, its own first."""
    places = [1 + crc32(token.encode(errors="surrogatepass")) % WORD_PLACES]
    if not token[0].isalpha():
        return places
    whole = f"<{token}>"
    groups = [whole[start : start + size] for size in (4, 3, 5) for start in range(len(whole) - size + 1)]
    places += [
        1 + WORD_PLACES + crc32(group.encode(errors="surrogatepass")) % GROUP_PLACES for group in groups[:MAX_GROUPS]
    ]
    return places


def place_rows(tokens: Sequence[str]) -> NDArray[np.int64]:
    """Tokens to their places (n, WIDTH)."""
    rows = np.zeros((len(tokens), WIDTH), np.int64)
    for row, token in zip(rows, tokens, strict=True):
        places = places_of(token)
        row[: len(places)] = places
    return rows


def read_text(text: str) -> NDArray[np.int64]:
    """A text to (n, WIDTH) places, n at least 1: a text without a token is one row of nothing."""
    rows = place_rows(split_words(text))
    return rows if len(rows) else np.zeros((1, WIDTH), np.int64)
