"""The clause grammars, each read from a table beside this file."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec

from models._offline.clauses.grammar import ClauseGrammar

VERB_FORMS = ("bB", "s", "d", "e", "g")
"""what each column of an English verb may be"""


class _Verbs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    forms: str = ""
    regular: str = ""


class _Table(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A file: lists as text, an entry a line; `words` by their letter."""

    name: str
    contractions: str
    endings: str
    words: dict[str, str]
    odd: str = ""
    rules: dict[str, str]
    verbs: _Verbs = _Verbs()


def read(text: str) -> ClauseGrammar:
    """A grammar from the text of its file; msgspec.ValidationError where a part is missing or unknown."""
    table = msgspec.convert(tomllib.loads(text), _Table)
    kinds: dict[str, str] = {}
    for letter, words in table.words.items():
        _note(kinds, words.split(), letter)
    for forms in [line.split() for line in table.verbs.forms.splitlines()] + _regular(table.verbs.regular):
        for form, letters in zip(forms, VERB_FORMS, strict=False):
            _note(kinds, [form], letters)
    return ClauseGrammar(_pairs(table.contractions), kinds, _pairs(table.endings), table.name, table.odd, table.rules)


def _note(kinds: dict[str, str], words: list[str], letters: str) -> None:
    for word in words:
        kinds[word] = kinds.get(word, "") + letters


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    lines = [line.partition(" => ") for line in text.strip().splitlines()]
    return tuple((pattern, meant) for pattern, _, meant in lines)


def _regular(verbs: str) -> list[list[str]]:
    """Forms of regular English verbs: stop stops stopped stopped stopping."""
    return [[verb, _third(verb), _past(verb), _past(verb), _ing(verb)] for verb in verbs.split()]


def _third(verb: str) -> str:
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ies"
    return verb + ("es" if re.search(r"(?:s|sh|ch|x|o)$", verb) else "s")


def _past(verb: str) -> str:
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ied"
    return verb + "d" if verb.endswith("e") else _doubled(verb) + "ed"


def _ing(verb: str) -> str:
    if verb == "die":
        return "dying"
    return verb[:-1] + "ing" if verb.endswith("e") and not verb.endswith("ee") else _doubled(verb) + "ing"


def _doubled(verb: str) -> str:
    """ "stop" doubles its last letter, "wait" and "open" do not."""
    is_short = re.fullmatch(r"[^aeiou]*[aeiou][bdgklmnprt]", verb) or verb in {"admit", "regret", "prefer"}
    return verb + verb[-1] if is_short and verb[-1] not in "wxy" else verb


GRAMMARS: dict[str, ClauseGrammar] = {
    path.stem: read(path.read_text(encoding="utf-8")) for path in sorted(Path(__file__).parent.glob("*.toml"))
}
"""by the first part of BCP-47"""
