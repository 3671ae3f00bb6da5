"""Sentences with and without danger, in five languages: written, halved by chance, one half frozen before the rules.

`tests/data/safety/LANGUAGE_frozen.tsv` measures and nothing else: no rule is made by looking at it. Rules are made on
`LANGUAGE_development.tsv` and on what was reported from use (`en_field.tsv`). One author wrote both halves.
"""

from __future__ import annotations

import random
from pathlib import Path

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
