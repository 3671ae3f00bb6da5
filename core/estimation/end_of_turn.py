"""Whether the words so far end a turn, and how long to wait after them. Pure.

A pause says little by itself: people pause within sentences as long as between two. Words say more: that the recogniser
was sure of a closing mark, or a word after which something must follow. Each language has a table. Without one, or
where the words were badly heard, the patience is the person's own, as if nobody had listened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from core.estimation.words import UNSURE_TRANSCRIPT


class Ending(Enum):
    """What the words say of the turn."""

    OVER = "over"
    LIKELY = "likely"
    """over, if the recogniser is right"""
    OPEN = "open"
    """something must follow"""
    UNKNOWN = "unknown"


SHARE = {Ending.OVER: 0.5, Ending.LIKELY: 0.8, Ending.UNKNOWN: 1.0, Ending.OPEN: 12 / 7}
"""of the person's patience: at the usual 0.7 s that is 0.35, 0.56, 0.7 and 1.2 s"""
LIKELY_CLOSING, SURE_CLOSING = 0.7, 0.95
"""Probability of a closing mark from which on it is half believed, and believed, after a word that mostly goes on too.
What was cut in mid-sentence is closed as well, but less surely: of 48 pauses within sentences (the dev part of
`models/training/pauses.tsv`) the surest that the other rules let pass had 0.93."""
SOUNDS_OPEN = 0.5
"""Probability, by the sound, of the end of a turn under which it sounds as if more followed. That it sounds over makes
no wait shorter: speech that is cut in mid-sentence often does."""
LONGER = {Ending.LIKELY: Ending.UNKNOWN, Ending.UNKNOWN: Ending.OPEN}
"""endings of which the words leave something open, so that the sound is asked, and what they are if it sounds open"""
CLOSING = ".!?"
TRAILING_OFF = re.compile(r"(?:…|\.\.\.?|[-–—])\s*$")
"""how a recogniser writes that somebody trails off"""
LIST_ITEM = 4
"""words at most of one thing in a list"""
SAME_BEGIN, LIKE_BEGIN = 3, 2
"""words that two clauses begin with alike: "it was the best of times, it was the worst" is a list of clauses"""


@dataclass(frozen=True, slots=True)
class Table:
    """What one language says with its last words; lower case."""

    open_words: frozenset[str]
    """after which something must follow: articles, possessives, conjunctions, fillers"""
    mostly_open: frozenset[str]
    """after which something mostly follows: auxiliaries, prepositions, pronouns before a verb, verbs with an object,
    adjectives that stand before a noun alone"""
    open_runs: tuple[str, ...]
    """runs of words after which something must follow"""
    joining: frozenset[str]
    """before the last thing of a list, which closes it"""
    tags: tuple[str, ...]
    """runs at the end that give the word away, with a closing mark or without"""
    numbers: frozenset[str]
    """said one after another they are a number that may go on"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENGLISH = Table(
    open_words=_words(
        "a an the my your his its our their every and or but nor because cause although unless until while whereas "
        "whenever if whether whose as like of than into onto upon between among per very um uh er erm uhm hmm well "
        "basically actually literally i'm i've i'd i'll you're you've you'll we're we've we'll they're they've they'll "
        "he's she's it's that's there's what's let's"
    ),
    mostly_open=_words(
        "her each though since when where which who what to from with for at against during without toward "
        "towards is are am was were be been will would shall should could can might must may has have had i he she we "
        "they quite just even also almost perhaps then made make making put gave give took take brought bring said say "
        "told tell got get seems seemed became become wanted own such several various certain entire main mere former "
        "sheer utter sole actual particular"
    ),
    open_runs=("you know", "i mean", "sort of", "kind of", "such as", "as well as", "so that", "even though"),
    joining=_words("and or nor etcetera"),
    tags=(
        "isn't it",
        "aren't you",
        "aren't they",
        "don't you",
        "don't you think",
        "doesn't it",
        "didn't it",
        "won't you",
        "can't you",
        "wasn't it",
    ),
    numbers=_words("zero oh one two three four five six seven eight nine"),
)
TABLES: Mapping[str, Table] = {"en": ENGLISH}


def knows(language: str) -> bool:
    """Whether words of this language (BCP-47) say anything here."""
    return _primary(language) in TABLES


def ending(text: str, language: str, confidence: float, closing: float | None) -> Ending:
    """What the words of a turn so far say.

    `confidence` and `closing`, 0 to 1, are the recogniser's: of its words, and of a closing mark at the end; None where
    it does not tell, and then no mark is believed.
    """
    table, said = TABLES.get(_primary(language)), _split(text)
    if table is None or not said or confidence < UNSURE_TRANSCRIPT:
        return Ending.UNKNOWN
    if _ends_with(said, table.tags):
        return Ending.OVER
    if _is_open(text, said, table):
        return Ending.OPEN
    if closing is None or text.rstrip()[-1] not in CLOSING:
        return Ending.UNKNOWN if closing is None and said[-1] not in table.mostly_open else Ending.OPEN
    return _by_mark(text, said[-1] in table.mostly_open, closing)


def _by_mark(text: str, is_mostly_open: bool, closing: float) -> Ending:
    """A closing mark, as far as it is believed."""
    if is_mostly_open and closing < SURE_CLOSING:
        return Ending.OPEN
    if closing < LIKELY_CLOSING or _is_alike(text, LIKE_BEGIN):
        return Ending.UNKNOWN
    return Ending.OVER if closing >= SURE_CLOSING else Ending.LIKELY


def with_sound(found: Ending, probability: float) -> Ending:
    """What the words say, changed by the probability (0 to 1) that the turn sounds over."""
    return LONGER.get(found, found) if probability < SOUNDS_OPEN else found


def patience_s(found: Ending, own_s: float) -> float:
    """Seconds of silence after which the turn has ended; `own_s` is the person's setting."""
    return own_s * SHARE[found]


def _primary(language: str) -> str:
    return language.split("-", maxsplit=1)[0].lower()


def _split(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:'[^\W_]+)*", text.replace("’", "'").lower())


def _ends_with(said: list[str], runs: tuple[str, ...]) -> bool:
    return any(said[-len(run) :] == run for run in map(str.split, runs))


def _is_open(text: str, said: list[str], table: Table) -> bool:
    return (
        TRAILING_OFF.search(text) is not None
        or said[-1] in table.open_words
        or _ends_with(said, table.open_runs)
        or _is_list(text, table)
        or _is_number(said, table)
        or _is_alike(text, SAME_BEGIN)
    )


def _is_list(text: str, table: Table) -> bool:
    """Three or more things without the word that joins the last one."""
    sentence = re.split(rf"(?<=[{CLOSING}])\s+", text.strip())[-1]
    things = [_split(part) for part in sentence.split(",")]
    is_list = len(things) > 2 and all(0 < len(thing) <= LIST_ITEM for thing in things)
    return is_list and not table.joining & set(things[-1])


def _is_number(said: list[str], table: Table) -> bool:
    return len(said) > 1 and all(word in table.numbers or word.isdigit() for word in said[-2:])


def _is_alike(text: str, words: int) -> bool:
    """The last two clauses begin with so many words alike, and the first of them is more than these."""
    clauses = [said for clause in re.split(r"[.,;:!?]", text) if (said := _split(clause))][-2:]
    return len(clauses) == 2 and len(clauses[0]) > words and clauses[0][:words] == clauses[1][:words]
