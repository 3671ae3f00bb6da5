"""Which feelings a text names, and whether negation, a wish or the past turns them into what is not felt. Pure.

Words that turn reach a number of words ahead (in some languages also back) within their clause; two over the same word
turn it twice. What looks like a negation and turns nothing ("isn't it great", "never been so happy", "no, I am") is
taken out first. The words of each language stand in a table (`core/estimation/negation/languages.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

AHEAD, FAR, BACK = 6, 7, 5
"""words that a negation reaches ahead; a wish or the past; a negation that follows what it negates"""
SENTENCE_END = re.compile(r"[.;:!?]")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Idiom:
    """A fixed phrase that names an expression by itself, negation and all: "can't wait"."""

    pattern: re.Pattern[str]
    place: int
    """in EMOTIONS"""


@dataclass(frozen=True, slots=True)
class Language:
    """How one language turns what it says; patterns over lower-case text with plain apostrophes."""

    idle: re.Pattern[str]
    """negations that turn nothing: "not only", "no worries", "isn't it" """
    most: re.Pattern[str]
    """negated comparisons, which say the most of something: "never been so happy" """
    turns: re.Pattern[str]
    """negations"""
    unreal: re.Pattern[str]
    """wishes, pretence, the past: several turn what follows once"""
    ended: re.Pattern[str]
    """the same, turning what precedes and nothing else turns: "until", "is gone" """
    clause: re.Pattern[str]
    """where every reach ends"""
    idioms: tuple[Idiom, ...]
    feelings: tuple[re.Pattern[str], ...]
    """what names each expression, in the order of EMOTIONS"""
    turns_back: bool
    """whether a negation may follow what it negates: "ich liebe dich nicht" """


@dataclass(frozen=True, slots=True)
class Naming:
    """One place in a text that names an expression."""

    place: int
    """in EMOTIONS"""
    start: int
    is_turned: bool
    is_meant: bool
    """whether a negation beside it turns nothing, or is turned back itself, so that a net may have been misled"""


def read_namings(text: str, language: Language) -> tuple[Naming, ...]:
    """The feelings that a text (lower case, plain apostrophes) names, in its order."""
    phrases = [(match.span(), idiom.place) for idiom in language.idioms for match in idiom.pattern.finditer(text)]
    taken = [span for span, _ in phrases]
    idle = _spans(language.idle, text, taken)
    most = _spans(language.most, text, ())
    turns = _spans(language.turns, text, [*taken, *idle, *most])
    unreal = _spans(language.unreal, text, [*taken, *idle, *turns])
    ended = _spans(language.ended, text, taken)
    operators = Operators(text, language, turns, unreal, ended)
    found = [_naming(operators, span, place, [*idle, *most]) for span, place in _named(text, language, [*taken, *idle])]
    found += [Naming(place, start, is_turned=False, is_meant=True) for (start, _), place in phrases]
    return tuple(sorted(found, key=lambda naming: naming.start))


def _spans(pattern: re.Pattern[str], text: str, taken: Sequence[Span]) -> list[Span]:
    """Where a pattern is found, but for what begins within something taken."""
    return [span for match in pattern.finditer(text) if not _begins_in(span := match.span(), taken)]


def _begins_in(span: Span, others: Sequence[Span]) -> bool:
    return any(start <= span[0] < end for start, end in others)


def _named(text: str, language: Language, taken: Sequence[Span]) -> Iterator[tuple[Span, int]]:
    for place, pattern in enumerate(language.feelings):
        for span in _spans(pattern, text, taken):
            yield span, place


@dataclass(frozen=True, slots=True)
class Operators:
    """What turns in one text."""

    text: str
    language: Language
    turns: Sequence[Span]
    unreal: Sequence[Span]
    ended: Sequence[Span]

    def count(self, feeling: Span) -> int:
        """How often this naming is turned."""
        count = sum(self._reaches(span, feeling, AHEAD) for span in self.turns)
        if self.language.turns_back:
            count += sum(self._reaches(feeling, span, BACK) for span in self.turns)
        is_unreal = any(self._reaches(span, feeling, FAR) for span in self.unreal)
        is_ended = count == 0 and any(self._reaches(feeling, span, FAR) for span in self.ended)
        return count + (is_unreal or is_ended)

    def _reaches(self, first: Span, second: Span, words: int) -> bool:
        """Whether `second` follows `first` within so many words and the same clause."""
        if first[1] > second[0]:
            return False
        end = self.language.clause.search(self.text, first[1])
        is_same_clause = end is None or end.start() >= second[0]
        return is_same_clause and len(self.text[first[1] : second[0]].split()) <= words


def _naming(operators: Operators, span: Span, place: int, idle: Sequence[Span]) -> Naming:
    count = operators.count(span)
    is_meant = count > 1 or any(_is_near(operators.text, one, span) for one in idle)
    return Naming(place, span[0], count % 2 == 1, is_meant)


def _is_near(text: str, one: Span, other: Span) -> bool:
    """Whether two overlap, or lie few words apart in the same sentence."""
    between = text[min(one[1], other[1]) : max(one[0], other[0])]
    return len(between.split()) <= AHEAD and not SENTENCE_END.search(between)
