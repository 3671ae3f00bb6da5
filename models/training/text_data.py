"""The text corpora as targets over EMOTIONS, and the batches that train the text net.

What stands in another split's held-out rows never trains: texts of any valid or test split are dropped from train.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.types import EMOTIONS
from models._text_features import is_mark, place_rows, split_words
from models.training.face_data import datasets_folder

FILES = {
    "goemotions": "goemotions",
    "xed": "xed_multilingual",
    "carer": "carer_emotion",
    "isear": "isear",
    "dailydialog": "dailydialog",
    "meld": "meld",
    "emorynlp": "emorynlp",
}
CORPORA = tuple(FILES)
SHARE = {"xed": 26_000, "carer": 9_000, "isear": 4_400, "dailydialog": 16_000, "meld": 9_975, "emorynlp": 5_200}
"""Texts drawn a pass from each corpus; GoEmotions is read whole."""
NEUTRAL_SHARE = 0.35
"""Of a pass over DailyDialog, whose utterances are neutral five times in six."""
STRIPPED_SHARE = 0.3
"""Of the texts, without any mark, as a speech recogniser writes them."""
DROPPED_SHARE = 0.06
"""Of the words of a text, left out."""


@dataclass(frozen=True)
class TextSet:
    """Texts of one split: words by number, targets, and where they come from."""

    texts: list[str]
    targets: NDArray[np.float32]
    """(n, 7) 1 for each expression a text is labelled with, in the order of EMOTIONS"""
    corpus: NDArray[np.int64]
    """place in CORPORA"""
    language: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.texts)


def read_corpus(name: str, folder: Path | None = None) -> pd.DataFrame:
    """One table with `labels` as a list for every row; rows whose labels are none of EMOTIONS are left out."""
    table = pd.read_parquet((folder or datasets_folder()) / "text" / f"{FILES[name]}.parquet")
    several = table["labels_7"] if "labels_7" in table else pd.Series([()] * len(table))
    pairs = zip(table["label"], several, strict=True)
    labels = [[label] if label != "mixed" else list(more) for label, more in pairs]
    known = [[label for label in row if label in EMOTIONS] for row in labels]
    table = table.assign(labels=known, corpus=name)
    table = table[[bool(row) for row in known]]
    if "also_in_train" in table:
        table = table[(table["split"] == "train") | ~table["also_in_train"]]
    return table[["corpus", "split", "language", "text", "labels"]]


def as_text_set(table: pd.DataFrame) -> TextSet:
    """A table of read_corpus as arrays."""
    targets = np.zeros((len(table), len(EMOTIONS)), np.float32)
    for row, labels in zip(targets, table["labels"], strict=True):
        row[[EMOTIONS.index(label) for label in labels]] = 1
    corpus = table["corpus"].map(CORPORA.index).to_numpy(np.int64)
    return TextSet(table["text"].tolist(), targets, corpus, table["language"].to_numpy(object))


def read_split(name: str, split: str, folder: Path | None = None) -> TextSet:
    """One split of one corpus."""
    table = read_corpus(name, folder)
    return as_text_set(table[table["split"] == split])


def key(text: str) -> str:
    """What two copies of a text share, whatever their marks and case."""
    return " ".join(token for token in split_words(text) if not is_mark(token))


def load_training(folder: Path | None = None) -> TextSet:
    """All train splits; texts of four words or more that any held-out split also holds are dropped."""
    table = pd.concat([read_corpus(name, folder) for name in CORPORA], ignore_index=True)
    keys = table["text"].map(key)
    is_train = table["split"] == "train"
    held_out = {text for text in keys[~is_train] if text.count(" ") >= 3}
    go_test = set(keys[(table["corpus"] == "goemotions") & ~is_train])
    crosses = keys.isin(held_out) | ((table["corpus"] == "goemotions") & keys.isin(go_test))
    return as_text_set(table[is_train & ~crosses & (keys != "")].reset_index(drop=True))


@dataclass(frozen=True)
class Words:
    """Every different token of a set, once, and each text as numbers of tokens."""

    places: NDArray[np.int64]
    """(v, WIDTH)"""
    marks: NDArray[np.bool_]
    """(v,) tokens that a recogniser does not write"""
    rows: list[NDArray[np.int64]]


def number_words(texts: list[str], longest: int = 64) -> Words:
    """Texts to Words; only the first `longest` tokens train."""
    numbers: dict[str, int] = {}
    rows = [
        np.array([numbers.setdefault(token, len(numbers)) for token in split_words(text)[:longest]], np.int64)
        for text in texts
    ]
    return Words(place_rows(list(numbers)), np.array([is_mark(token) for token in numbers]), rows)


def draw_pass(texts: TextSet, random: np.random.Generator) -> NDArray[np.int64]:
    """Which texts one pass reads: GoEmotions whole, of the others SHARE, DailyDialog's neutral ones held down."""
    drawn = [np.flatnonzero(texts.corpus == 0)]
    for name, count in SHARE.items():
        mine = np.flatnonzero(texts.corpus == CORPORA.index(name))
        odds = np.ones(len(mine))
        if name == "dailydialog":
            is_neutral = texts.targets[mine, 0] > 0
            odds[is_neutral] = NEUTRAL_SHARE / max(1, is_neutral.sum())
            odds[~is_neutral] = (1 - NEUTRAL_SHARE) / max(1, (~is_neutral).sum())
        size = min(count, len(mine))
        if size:
            drawn.append(random.choice(mine, size, replace=False, p=odds / odds.sum()))
    return np.concatenate(drawn)


def spoil(row: NDArray[np.int64], marks: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.int64]:
    """A text as another might have typed or a recogniser written it; at least one token stays."""
    kept = np.ones(len(row), bool)
    if random.random() < STRIPPED_SHARE:
        kept &= ~marks[row]
    kept &= random.random(len(row)) >= DROPPED_SHARE
    return row[kept] if kept.any() else row


def batches(
    words: Words, drawn: NDArray[np.int64], size: int, random: np.random.Generator
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Texts of like length together: their places in the set (b,), token numbers (b, t) filled up with -1."""
    lengths = np.array([len(words.rows[place]) for place in drawn]) + random.random(len(drawn)) * 2
    parts = np.array_split(drawn[np.argsort(lengths)], max(1, len(drawn) // size))
    for part in (parts[place] for place in random.permutation(len(parts))):
        rows = [spoil(words.rows[place], words.marks, random) for place in part]
        tokens = np.full((len(rows), max(1, *map(len, rows))), -1, np.int64)
        for into, row in zip(tokens, rows, strict=True):
            into[: len(row)] = row
        yield part, tokens
