"""Sentences with and without danger, in five languages: written, halved by chance, one half frozen before the rules.

`tests/data/safety/LANGUAGE_frozen.tsv` measures and nothing else: no rule is made by looking at it. Rules are made on
`LANGUAGE_development.tsv` and on what was reported from use (`en_field.tsv`). One author wrote both halves.
"""

from __future__ import annotations

import random
from pathlib import Path

from core.companion.safety import detect

FOLDER = Path(__file__).parents[1] / "data" / "safety"
LANGUAGES = ("en", "nl", "de", "fr", "es")
KINDS = ("self_harm", "danger", "none")
SEED = 20261127
"""draws the halves: the texts of one kind, sorted, shuffled; the first half, the longer one, is frozen"""


def rows(name: str) -> list[tuple[str, str]]:
    """Text and what is right for it, of `FOLDER/name.tsv`."""
    lines = (FOLDER / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return [(text, right) for text, _, right in (line.partition("\t") for line in lines)]


def drawn(language: str) -> set[tuple[str, str]]:
    """The half that the seed freezes, of all that was written."""
    written = rows(f"{language}_frozen") + rows(f"{language}_development")
    frozen = set()
    for kind in KINDS:
        texts = sorted(text for text, right in written if right == kind)
        random.Random(SEED).shuffle(texts)
        frozen |= {(text, kind) for text in texts[: (len(texts) + 1) // 2]}
    return frozen


def confusion(language: str, half: str) -> dict[tuple[str, str], int]:
    """How many texts of each kind (first) were taken for which (second)."""
    counts = dict.fromkeys(((right, told) for right in KINDS for told in KINDS), 0)
    for text, right in rows(f"{language}_{half}"):
        counts[right, detect(text, language) or "none"] += 1
    return counts


def found(counts: dict[tuple[str, str], int]) -> tuple[int, int]:
    """Texts with danger that were met with help, of how many."""
    return _told([(told, n) for (right, told), n in counts.items() if right != "none"])


def alarms(counts: dict[tuple[str, str], int]) -> tuple[int, int]:
    """Texts without danger that were met with help all the same, of how many."""
    return _told([(told, n) for (right, told), n in counts.items() if right == "none"])


def _told(counted: list[tuple[str, int]]) -> tuple[int, int]:
    return sum(n for told, n in counted if told != "none"), sum(n for _, n in counted)
