"""Who does what to whom: frames of subject, verb and object, and what takes their meaning away. Pure.

A frame is a row of places, one blank between them, each a word, several (`hit|beat`) or a class (`{kin}`). `?x` may be
left out, `*x` may come four times, `!x` must not follow, `<x` must not come before, and `~` stands for three words at
most of any kind but a negation. Words carry no accents; a comma is a word, so that no frame reaches over it unasked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Danger = Literal["self_harm", "danger"]

GAP, REPEATS = 3, 4
"""words a `~` stands for at most; times an `*x` may come"""
AROUND = 12
"""words before and after a statement, within its sentence, in which a film or a game explains it"""
LOOKED_AT = 4_000
"""characters at each end of a text"""
SENTENCE_END = re.compile(r"[.!?;:\n…]+")
CLASS = re.compile(r"\{(\w+)\}")
LETTERS = str.maketrans({"’": "'", "`": "'", "ß": "ss", "œ": "oe", "æ": "ae", "ı": "i"})


@dataclass(frozen=True, slots=True)
class Frames:
    """Statements of one kind that the same surroundings take the meaning from."""

    kind: Danger
    unless: tuple[str, ...]
    """names of contexts"""
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Language:
    """How one language says it; all without accents."""

    spellings: tuple[tuple[str, str], ...]
    """a pattern and what it stands for: contractions with and without apostrophe, slips of the keys"""
    negations: str
    negations_after: str
    """those that may follow what they deny"""
    classes: Mapping[str, str]
    contexts: Mapping[str, str]
    """words that tell of a game, a tale, the news, a trifle"""
    idioms: tuple[str, ...]
    """rows like those of frames: ways of speaking, cut out before anything is looked for"""
    frames: tuple[Frames, ...]

    def dangers(self, text: str) -> Iterator[Danger]:
        """The kinds of danger that a text plainly states, sentence by sentence."""
        for sentence in SENTENCE_END.split(plain(text)):
            words = self._idiom.sub(", ", self._words(sentence))
            for frames, pattern in self._statements:
                if any(self._is_meant(words, found, frames) for found in pattern.finditer(words)):
                    yield frames.kind

    def _is_meant(self, words: str, found: re.Match[str], frames: Frames) -> bool:
        """Not denied just before or after, and nothing around it tells of a game or a tale."""
        before, after = words[: found.start()], words[found.end() :]
        if self._denied_before.search(before) or self._denied_after.match(after):
            return False
        near = before.split()[-AROUND:] + found.group().split() + after.split()[:AROUND]
        around = f" {' '.join(near)} "
        return not any(self._context[name].search(around) for name in frames.unless)

    def _words(self, sentence: str) -> str:
        """Words as they are meant, a blank around each."""
        for pattern, meant in self._spelled:
            sentence = pattern.sub(meant, sentence)
        return " " + " ".join(re.findall(r"[^\W_]+|,", sentence)) + " "

    @cached_property
    def _spelled(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        return tuple((re.compile(rf"\b(?:{pattern})\b"), meant) for pattern, meant in self.spellings)

    @cached_property
    def _idiom(self) -> re.Pattern[str]:
        return re.compile(self._rows(self.idioms))

    @cached_property
    def _context(self) -> Mapping[str, re.Pattern[str]]:
        return {name: re.compile(rf" (?:{self._filled(words)}) ") for name, words in self.contexts.items()}

    @cached_property
    def _statements(self) -> tuple[tuple[Frames, re.Pattern[str]], ...]:
        return tuple((frames, re.compile(self._rows(frames.rows))) for frames in self.frames)

    @cached_property
    def _denied_before(self) -> re.Pattern[str]:
        return re.compile(rf" (?:{self.negations}) $")

    @cached_property
    def _denied_after(self) -> re.Pattern[str]:
        return re.compile(rf"(?:{self.negations_after or '(?!)'}) ")

    def _rows(self, rows: Sequence[str]) -> str:
        """Frames as one pattern on words with a blank after each; what rows begin with alike stands in it once."""
        return "(?<= )" + self._branches([row.split() for row in rows])

    def _branches(self, rows: Sequence[Sequence[str]]) -> str:
        by_first: dict[str, list[Sequence[str]]] = {}
        for row in rows:
            by_first.setdefault(row[0] if row else "", []).append(row[1:])
        branches = [self._place(first) + self._branches(rest) if first else "" for first, rest in by_first.items()]
        return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"

    def _place(self, place: str) -> str:
        if place == "~":
            return rf"(?:(?!(?:{self.negations}) )\w+ ){{0,{GAP}}}"
        if place[0] == "<":
            return "".join(f"(?<! {word} )" for word in place[1:].split("|"))
        words = rf"(?:{self._filled(place.lstrip('?*!'))}) "
        signs = {"?": f"(?:{words})?", "*": f"(?:{words}){{0,{REPEATS}}}", "!": f"(?!{words})"}
        return signs.get(place[0], f"(?:{words})")

    def _filled(self, words: str) -> str:
        """Classes give way to their words, classes within classes too."""
        while CLASS.search(words):
            words = CLASS.sub(lambda found: f"(?:{self.classes[found[1]]})", words)
        return words


def plain(text: str) -> str:
    """Lower case, no accents, straight apostrophes; both ends of a long text."""
    text = text if len(text) <= 2 * LOOKED_AT else f"{text[:LOOKED_AT]}. {text[-LOOKED_AT:]}"
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return bare.translate(LETTERS)
