"""Word error: how many words of what was said are wrong in what was heard, by a stated way of writing both. Pure.

Both sides are normalised: lower case, apostrophes dropped, every other mark a space ("ill-disposed" is two words),
"Mr", "Mrs" and "Dr" spelled out, and in English numbers up to 99 as words, longer ones digit by digit. In French and
Spanish accents are dropped, as the transcripts at hand lack them. Nothing else: spellings and contractions count as
they stand. Errors are the least number of words put in, left out or
changed (Levenshtein), divided by the words that were said, so invented words can bring it above 1.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from models.training.figures import Interval

RESAMPLES = 1000
UNDER_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
ONES = UNDER_TWENTY.split()
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
WITHOUT_ACCENTS = ("fr", "es")
TITLES = {"mr": "mister", "mrs": "missus", "dr": "doctor"}

Counted = tuple[int, int]
"""errors and words said, of one recording"""


def normalised(text: str, language: str = "en") -> list[str]:
    """The words to compare."""
    text = text.lower().replace("\u2019", "'").replace("'", "")
    if language == "en":
        text = re.sub(r"\d+", lambda number: f" {_spoken(number.group())} ", text)
    if language in WITHOUT_ACCENTS:
        text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    words = re.sub(r"[^\w]|_", " ", text).split()
    return [TITLES.get(word, word) for word in words] if language == "en" else words


def _spoken(number: str) -> str:
    value = int(number)
    if value < len(ONES):
        return ONES[value]
    if value < 100:
        return f"{TENS[value // 10 - 2]} {ONES[value % 10] if value % 10 else ''}"
    return " ".join(ONES[int(digit)] for digit in number)


def errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Least number of words put in, left out or changed."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, 1):
        before, row[0] = row[:], at
        for place, other in enumerate(heard, 1):
            row[place] = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (word != other))
    return row[-1]


def counted(said: str, heard: str, language: str = "en") -> Counted:
    """Of one recording."""
    words = normalised(said, language)
    return errors(words, normalised(heard, language)), len(words)


def word_error(recordings: Sequence[Counted], seed: int) -> Interval:
    """All errors over all words, with a 95 % bootstrap interval over recordings."""
    table = np.array(recordings, dtype=np.float64).reshape(-1, 2)
    random = np.random.default_rng(seed)
    drawn = table[random.integers(0, len(table), (RESAMPLES, len(table)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], (0.025, 0.975))
    wrong, words = table.sum(axis=0)
    return Interval(float(wrong / words), float(low), float(high))
