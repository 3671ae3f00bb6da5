"""How the net alone and the net with rules read the lists of sentences that negation turns (tests/data/negation).

The half whose checksum is even tuned the rules, the other was only counted; both were committed before the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from core.estimation.words import adjust
from core.types import EMOTIONS
from models.training.figures import Floats

FOLDER = Path("tests/data/negation")
RESAMPLES = 1000


@dataclass(frozen=True)
class Sentence:
    """One line of a list."""

    language: str
    kind: str
    text: str
    right: str
    """labels with | between them, or "not" and a label"""

    @property
    def half(self) -> str:
        """ "tune" or "test", by the checksum of the text."""
        return "test" if crc32(self.text.encode()) % 2 else "tune"

    def is_right(self, label: str) -> bool:
        """Whether a reading that gives this label most is right."""
        return label != self.right[4:] if self.right.startswith("not ") else label in self.right.split("|")


def read_sentences(folder: Path = FOLDER) -> list[Sentence]:
    """All lists, by the names of the files: `<language>_<kind>.tsv`."""
    found = []
    for path in sorted(folder.glob("*.tsv")):
        language, _, kind = path.stem.partition("_")
        rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:])
        found += [Sentence(language, kind, text, right) for text, right in rows]
    return found


def evaluate_negation(read: Callable[[list[str]], Floats], folder: Path = FOLDER) -> dict[str, Any]:
    """Shares read rightly, by language, half and kind; `read` gives the net's probabilities (n, 7) of texts."""
    sentences = read_sentences(folder)
    pairs = list(zip(sentences, read([one.text for one in sentences]), strict=True))
    judged = [(one, one.is_right(_best(probs)), one.is_right(_ruled(one, probs))) for one, probs in pairs]
    figures: dict[str, Any] = {}
    for language in sorted({one.language for one in sentences}, key=lambda code: (code != "en", code)):
        for half in ("tune", "test"):
            mine = [row for row in judged if (row[0].language, row[0].half) == (language, half)]
            kinds = {kind: _shares(row for row in mine if row[0].kind == kind) for kind in _kinds(mine)}
            figures.setdefault(language, {})[half] = {"all": _shares(mine), "kinds": kinds}
    return figures


def _best(probs: Floats) -> str:
    return EMOTIONS[int(probs.argmax())]


def _ruled(one: Sentence, probs: Floats) -> str:
    return _best(adjust(one.text, one.language, probs.astype(np.float32)).probs.astype(np.float64))


def _kinds(judged: Sequence[tuple[Sentence, bool, bool]]) -> list[str]:
    return sorted({one.kind for one, _, _ in judged})


def _shares(judged: Iterable[tuple[Sentence, bool, bool]]) -> dict[str, Any]:
    """Right without rules and with them, 0..1, and the difference with its 95 % bootstrap interval over sentences."""
    rights = np.array([(before, after) for _, before, after in judged], dtype=float)
    random = np.random.default_rng(1)
    gains = (rights[:, 1] - rights[:, 0])[random.integers(0, len(rights), (RESAMPLES, len(rights)))].mean(axis=1)
    low, high = np.quantile(gains, (0.025, 0.975))
    before, after = rights.mean(axis=0)
    return {"sentences": len(rights), "net": before, "rules": after, "gain_low": low, "gain_high": high}


def negation_table(figures: dict[str, Any]) -> list[str]:
    """The figures as lines of Markdown: the half that was only counted by kind, both halves in all."""
    lines = [
        "| language, kind | sentences | right, net alone % | with rules % | gain, points (95 %) |",
        "| --- " * 5 + "|",
    ]
    for language, halves in figures.items():
        rows = {f"{language}, {kind}": shares for kind, shares in halves["test"]["kinds"].items()}
        rows |= {f"{language}, all counted": halves["test"]["all"], f"{language}, all tuned on": halves["tune"]["all"]}
        lines += [_row(name, shares) for name, shares in rows.items()]
    return lines


def _row(name: str, shares: dict[str, Any]) -> str:
    net, rules = 100 * shares["net"], 100 * shares["rules"]
    spread = f"{100 * shares['gain_low']:.0f} to {100 * shares['gain_high']:.0f}"
    return f"| {name} | {shares['sentences']} | {net:.0f} | {rules:.0f} | {rules - net:+.0f} ({spread}) |"
