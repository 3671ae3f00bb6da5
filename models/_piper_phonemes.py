"""eSpeak's IPA as the ids that a Piper voice was trained on, and its lengths as phonemes with times. Pure.

The order (^, then each sign with a pad after it, then $) is that of piper-phonemize, with which these voices are made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

PAD, BEGIN, END = "_", "^", "$"
STOPS = frozenset(".,;:!?")
STRESS = frozenset("ˈˌ")
LEAD_S = 0.035
"""the sound of a sign comes so much before it (by "p" and "b" between vowels: the quietest moment, median of 48)"""
CLAUSE = re.compile(r"(.+?)(?:([,;:!?])['\"”’)]*(?=\s|$)|\.['\"”’)]*$|$)", re.DOTALL)
"""words up to a stop; a full stop counts at the end alone: within a sentence it belongs to an abbreviation"""


def clauses(text: str) -> list[tuple[str, str]]:
    """Words and the stop after them, which eSpeak's IPA leaves out; a dot where none is written."""
    return [(words.strip(), stop or ".") for words, stop in CLAUSE.findall(text) if any(c.isalnum() for c in words)]


def signs_of(ipa: str, known: Mapping[str, Sequence[int]]) -> list[str]:
    """One sign after another, those that the voice knows."""
    return [sign for sign in unicodedata.normalize("NFD", ipa) if sign in known and sign not in (PAD, BEGIN, END)]


def ids_of(signs: Sequence[str], known: Mapping[str, Sequence[int]]) -> list[int]:
    """2 ids a sign, and 3 around them."""
    padded = [BEGIN, PAD, *(one for sign in signs for one in (sign, PAD)), END]
    return [number for sign in padded for number in known[sign]]


def timed_phonemes(signs: Sequence[str], lengths_s: Sequence[float]) -> list[tuple[str, float]]:
    """Symbols with seconds; `lengths_s` as ids_of: a pad belongs to the sign before it, a stress mark to the next.

    Stops are pauses, and so is the end.
    """
    found: list[tuple[str, float]] = []
    at_s, begun_s, stress = lengths_s[0] + lengths_s[1] - LEAD_S, 0.0, ""
    for n, sign in enumerate(signs):
        if sign in STRESS:
            begun_s, stress = at_s, sign
        elif sign in STOPS:
            found += [(PAD, max(0.0, at_s))] if found and found[-1][0] != PAD else []
            stress = ""
        elif sign.isalpha() and unicodedata.category(sign) != "Lm":
            found.append((stress + sign, max(0.0, begun_s if stress else at_s)))
            stress = ""
        at_s += lengths_s[2 * n + 2] + lengths_s[2 * n + 3]
    return [*found, (PAD, max(0.0, at_s))] if found and found[-1][0] != PAD else found
