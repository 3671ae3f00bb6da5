"""The shape of one language's sentences. `{q}` is a whole sentence of the person's in quotes, `{old}`
one from an earlier turn, `{you}` the sentence turned to the second person (English alone).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    """Everything said in one language."""

    quotes: tuple[str, str]
    mirror: Mapping[str, Lines]
    """by tone: heavy, hot, bright, sudden, plain, unsure, torn"""
    alone: Mapping[str, Lines]
    """by tone: an answer to how it was said, where the words cannot be said back"""
    again: Lines
    """asks for what was badly heard once more"""
    stay: Lines
    """a second sentence that shows it was taken in"""
    recall: Lines
    """ties this turn to an earlier one"""
    open: Mapping[str, Lines]
    """by personality: a question that fits anything"""
    ask: Mapping[str, Lines]
    """by personality: an open question, or one small step, after their words"""
    deepen: Mapping[str, Lines]
    """by personality: further sentences for the longer styles"""
    short: Mapping[str, Lines]
    """by personality, for turns without words to take up"""
    greet: Mapping[str, Lines]
    """by personality"""
    greet_again: Lines
    """`{old}` is the summary"""
    bye: Lines
    thanks: Lines
    who: Lines
    unknown: Lines
    """asked for facts or advice it cannot give"""
    summary: str
    """`{t}` lists sentences of the person"""
    stop: frozenset[str]
    """words that carry no content"""
    hello_words: frozenset[str]
    bye_words: frozenset[str]
    thanks_words: frozenset[str]
    who_words: str
    """pattern: what are you, are you real, are you a therapist"""
    question_words: str
    """pattern at the start of a question about facts"""
    excuse: str = ""
    """said once to who speaks a language that is not spoken here"""
