"""Whether a row of words is a whole, plain sentence, by the kinds its words may have. Pure.

It is meant to refuse: a sentence it does not know costs nothing, a misheard one said back in quotes reads as an error.
A word may be of several kinds, one letter each. A rule is written like a regular expression over these letters, with
other rules in braces: `D A* N` fits "my old dog" and "my light switch", since "light" may be A or N. All ways through a
rule are followed at once, so that the time grows with the number of words alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|,")
PIECE = re.compile(r"\{\w+\}|[^\s]")
LEAST, LONGEST = 3, 20
"""words; nothing shorter or longer is said back"""
NAME = 2
"""letters that a name has more of: a recogniser writes "the M" for what it did not hear"""
REPEATED = re.compile(r"\b(\w+) \1\b", re.IGNORECASE)
QUOTED = re.compile(r"[\"“”„«»‘]")


@dataclass(frozen=True, slots=True)
class Rule:
    """A node of a rule: what it is, and what it is made of."""

    sort: str
    """letter, name, row, choice, many or maybe"""
    text: str = ""
    parts: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class ClauseGrammar:
    """Of one language; words in lower case with straight apostrophes."""

    contractions: Sequence[tuple[str, str]]
    """a pattern and the words it stands for"""
    words: Mapping[str, str]
    """the letters a word may be; a word that is none of these is judged by its ending"""
    endings: Sequence[tuple[str, str]]
    """a pattern for whole words, and their letters; the first that fits"""
    name: str
    """letters of a word with a capital letter within the sentence"""
    odd: str
    """a pattern for what the rules do not see, such as "I ... me" """
    rules: Mapping[str, str]
    """`sentence` is the whole"""

    def is_sentence(self, clause: str) -> bool:
        """Subject, finite verb in agreement, and what may follow; no fragment, no question, no command."""
        if REPEATED.search(clause) or QUOTED.search(clause) or self._odd.search(clause):
            return False
        kinds = self._kinds(clause)
        return LEAST <= len(kinds) <= LONGEST and len(kinds) in _Reading(self._parsed, kinds).ends("sentence", 0)

    def _kinds(self, clause: str) -> list[str]:
        text = clause.replace("’", "'")
        for pattern, words in self._contracted:
            text = pattern.sub(words, text)
        return [self._kind(word, is_first=place == 0) for place, word in enumerate(WORD.findall(text))]

    def _kind(self, word: str, is_first: bool) -> str:
        if word == ",":
            return ","
        as_name = self.name if word[0].isupper() and not is_first and len(word) > NAME else ""
        kinds = self.words.get(word.lower(), "")
        if kinds or as_name:
            return kinds + as_name
        return next((letters for pattern, letters in self._ends if pattern.fullmatch(word)), "")

    @cached_property
    def _contracted(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        return tuple((re.compile(pattern, re.IGNORECASE), words) for pattern, words in self.contractions)

    @cached_property
    def _odd(self) -> re.Pattern[str]:
        return re.compile(self.odd or r"(?!)", re.IGNORECASE)

    @cached_property
    def _ends(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        return tuple((re.compile(pattern), letters) for pattern, letters in self.endings)

    @cached_property
    def _parsed(self) -> Mapping[str, Rule]:
        return {name: parsed(text) for name, text in self.rules.items()}


def parsed(text: str) -> Rule:
    """A rule from its text; ValueError where brackets do not match."""
    pieces = PIECE.findall(text)
    rule = _choice(pieces)
    if pieces:
        raise ValueError(f"expected a whole rule, got {''.join(pieces)!r} over in {text!r}")
    return rule


def _choice(pieces: list[str]) -> Rule:
    rows = [_row(pieces)]
    while pieces and pieces[0] == "|":
        pieces.pop(0)
        rows.append(_row(pieces))
    return rows[0] if len(rows) == 1 else Rule("choice", parts=tuple(rows))


def _row(pieces: list[str]) -> Rule:
    parts: list[Rule] = []
    while pieces and pieces[0] not in "|)":
        part = _single(pieces)
        while pieces and pieces[0] in "?*+":
            sign = pieces.pop(0)
            parts += [part] if sign == "+" else []
            part = Rule("maybe" if sign == "?" else "many", parts=(part,))
        parts.append(part)
    return parts[0] if len(parts) == 1 else Rule("row", parts=tuple(parts))


def _single(pieces: list[str]) -> Rule:
    piece = pieces.pop(0)
    if piece != "(":
        return Rule("name", piece[1:-1]) if piece[0] == "{" else Rule("letter", piece)
    rule = _choice(pieces)
    if not pieces or pieces.pop(0) != ")":
        raise ValueError("expected a closing bracket in a rule")
    return rule


class _Reading:
    """One row of words; remembers where each rule can end from each place."""

    def __init__(self, rules: Mapping[str, Rule], kinds: Sequence[str]) -> None:
        self._rules = rules
        self._kinds = kinds
        self._known: dict[tuple[str, int], frozenset[int]] = {}

    def ends(self, name: str, start: int) -> frozenset[int]:
        """Places a rule can end at; a rule that begins with itself finds nothing there."""
        if (name, start) not in self._known:
            self._known[name, start] = frozenset()
            self._known[name, start] = frozenset(self._of(self._rules[name], start))
        return self._known[name, start]

    def _of(self, rule: Rule, start: int) -> Iterator[int]:
        if rule.sort == "letter":
            yield from [start + 1] if start < len(self._kinds) and rule.text in self._kinds[start] else []
        elif rule.sort == "name":
            yield from self.ends(rule.text, start)
        elif rule.sort == "choice":
            for part in rule.parts:
                yield from self._of(part, start)
        elif rule.sort == "row":
            yield from self._row(rule.parts, start)
        else:
            yield from self._repeated(rule, start)

    def _row(self, parts: Sequence[Rule], start: int) -> set[int]:
        places = {start}
        for part in parts:
            places = {end for place in places for end in self._of(part, place)}
        return places

    def _repeated(self, rule: Rule, start: int) -> set[int]:
        """Not at all, once, or where it may as often as it goes."""
        found, new = {start}, {start}
        while new:
            new = {end for place in new for end in self._of(rule.parts[0], place)} - found
            found |= new
            if rule.sort == "maybe":
                break
        return found
