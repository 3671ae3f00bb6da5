"""Texts that were made up, for the tests of the text trainer."""

from __future__ import annotations

import numpy as np
import pytest

from models.training.face_data import datasets_folder
from models.training.text_data import TextSet
from models.training.train_text import Plan

TINY = Plan(epochs=2, batch=4, size=8, hidden=4)
TEXTS = ["I am happy", "so sad!", "what is this", "you make me angry", "boo", "yuck, gross"]
needs_texts = pytest.mark.skipif(
    not (datasets_folder() / "text" / "goemotions.parquet").exists(),
    reason=f"no text tables in {datasets_folder()}; set ATTUNE_DATASETS",
)


def made_up_texts() -> TextSet:
    texts = TEXTS * 4
    targets = np.eye(7, dtype=np.float32)[np.arange(len(texts)) % 7]
    return TextSet(texts, targets, np.arange(len(texts)) % 2, np.array(["en"] * len(texts), object))
