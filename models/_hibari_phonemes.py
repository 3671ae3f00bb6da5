"""Hibari's alphabet (misaki's, one sign a sound) to IPA with times, and pieces that its net can take. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

UNIT_S = 0.025
"""of the durations that the net tells (`/Round_output_0`)"""
LEAD_S = 0.05
"""the sound of a sign comes two units before the sign: with it the middle of a "p" or "b" is that of the silence in
the samples (off by 7 and 11 ms, median of 76 between vowels, 90 % within 18; energy fits the signs best there too)"""
LONGEST_PIECE = 400
"""signs; the net was trained on sentences, and the package too cuts what is longer"""
NOT_SAID = re.compile(r"[^\w\sˈˌː;:,.!?—…]+")
STRESS = frozenset("ˈˌ")
STOPS = frozenset(";:,.!?—…")
PAUSE = "_"
CLAUSE_END = re.compile(r"(?<=[,;:.!?—…]) ")
IPA: Mapping[str, str] = {
    "A": "eɪ",
    "I": "aɪ",
    "O": "oʊ",
    "Q": "əʊ",
    "W": "aʊ",
    "Y": "ɔɪ",
    "T": "ɾ",
    "ᵊ": "ə",
    "ᵻ": "ɪ",
    "ʤ": "dʒ",
    "ʧ": "tʃ",
}
"""signs that are not IPA already"""
Timed = tuple[str, float]
"""an IPA symbol with its stress, and the seconds at which it begins"""


def timed_phonemes(signs: str, units: Sequence[float]) -> list[Timed]:
    """Symbols with seconds from the start of the sound; `units` holds one more at either end, for the silence there.

    A stress mark belongs to the vowel after it, a space to the sound before it; stops are pauses.
    """
    found: list[Timed] = []
    at_s, begun_s, stress = units[0] * UNIT_S - LEAD_S, 0.0, ""
    for sign, long in zip(signs, units[1:-1], strict=True):
        if sign in STRESS:
            begun_s, stress = (at_s, sign) if not stress else (begun_s, sign)
        elif sign in STOPS:
            found += [(PAUSE, max(0.0, at_s))] if found and found[-1][0] != PAUSE else []
            stress = ""
        elif sign.isalpha():
            found.append((stress + IPA.get(sign, sign), max(0.0, begun_s if stress else at_s)))
            stress = ""
        at_s += long * UNIT_S
    return [*found, (PAUSE, max(0.0, at_s))] if found and found[-1][0] != PAUSE else found


def pieces(signs: str, longest: int = LONGEST_PIECE) -> Iterator[str]:
    """All of it in pieces of at most `longest`: cut after a clause, else between words, else anywhere."""
    while len(signs) > longest:
        clauses = [found.start() for found in CLAUSE_END.finditer(signs, 0, longest + 1)]
        cut = clauses[-1] if clauses else signs.rfind(" ", 0, longest + 1)
        cut = cut if cut > 0 else longest
        yield signs[:cut].strip()
        signs = signs[cut:].strip()
    if any(sign.isalpha() for sign in signs):
        yield signs
