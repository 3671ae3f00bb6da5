"""FER2013 tables to tensors: which pictures train, and what each head is taught.

Training never sees a picture that PublicTest or PrivateTest also holds (`duplicate_group` in the tables).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.types import EMOTIONS

SIDE_PX = 48
VOTE_COLUMNS = (0, 1, 3, 4, 6, 5, 2)
"""Places of EMOTIONS in `ferplus_votes`: neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, ..."""
FLAT_GREY = 5.0
"""Pictures with a smaller standard deviation show nothing (14 of them)."""
UNIFORM_SHARE, VOTES_SHARE = 0.05, 0.15
"""Smoothing of an original label: a little of everything, and what annotators usually call such votes."""


@dataclass(frozen=True)
class FaceSet:
    """One split as arrays."""

    pictures: Tensor
    """uint8 (n, 48, 48), grey."""
    labels: Tensor
    """int64 (n,), place in EMOTIONS of the original label."""
    votes: Tensor
    """float32 (n, 7), FER+ votes over EMOTIONS summing to 1, or all 0 where there are none."""
    vote_weights: Tensor
    """float32 (n,), 0..1: how many of the ten annotators named one of the seven."""
    majority: Tensor
    """int64 (n,): FER+ majority in EMOTIONS; 7 = contempt; -1 = tie, unknown, not a face or without votes."""

    def __len__(self) -> int:
        return len(self.labels)


def datasets_folder() -> Path:
    """Where the labelled tables lie: ATTUNE_DATASETS, else beside the repository."""
    return Path(os.environ.get("ATTUNE_DATASETS", "../shared/datasets"))


def read_table(split: str, folder: Path | None = None) -> pd.DataFrame:
    """One official split: "training", "publictest" or "privatetest"."""
    return pd.read_parquet((folder or datasets_folder()) / "face" / f"fer2013_{split}.parquet")


def without_crossings(training: pd.DataFrame, *held_out: pd.DataFrame) -> pd.DataFrame:
    """Training rows whose picture occurs in none of the held-out tables."""
    taken = set(pd.concat([table["duplicate_group"] for table in held_out]).dropna())
    return training[~training["duplicate_group"].isin(taken)]


def showing_faces(table: pd.DataFrame) -> pd.DataFrame:
    """Without near-constant pictures and those that most annotators say show no face."""
    is_face = ~table["ferplus_majority"].isin(["not-a-face", "not_a_face", "NF"]) & table["ferplus_votes"].notna()
    return table[is_face & (table["pixel_std"] >= FLAT_GREY)]


def decode_grey(jpegs: pd.Series) -> NDArray[np.uint8]:
    """Encoded pictures to uint8 (n, 48, 48)."""
    return np.stack([_decode_one(np.frombuffer(jpeg, np.uint8)) for jpeg in jpegs])


def _decode_one(jpeg: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bytes (n,) to grey (h, w). Raises ValueError where a table holds something else than a picture."""
    picture = cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise ValueError(f"expected an encoded picture, got {len(jpeg)} bytes that OpenCV cannot read")
    return np.asarray(picture, np.uint8)


def count_votes(table: pd.DataFrame) -> NDArray[np.float32]:
    """FER+ votes (n, 10); zeros where there are none. A single vote against many is noise and dropped, as in FER+."""
    rows = [np.zeros(10) if votes is None else np.asarray(votes, float) for votes in table["ferplus_votes"]]
    votes = np.stack(rows).astype(np.float32)
    return np.where((votes <= 1) & (votes.max(axis=1, keepdims=True) > 1), 0, votes)


def as_face_set(table: pd.DataFrame) -> FaceSet:
    """A table of pictures, labels and votes as tensors."""
    votes = count_votes(table)
    seven = votes[:, VOTE_COLUMNS]
    total = seven.sum(axis=1, keepdims=True)
    names = {name: place for place, name in enumerate((*EMOTIONS, "contempt"))}
    majority = table["ferplus_majority"].map(names).fillna(-1).to_numpy(np.int64, copy=True)
    return FaceSet(
        pictures=torch.from_numpy(decode_grey(table["image"])),
        labels=torch.from_numpy(table["label"].map(names).to_numpy(np.int64, copy=True)),
        votes=torch.from_numpy(seven / np.maximum(total, 1)),
        vote_weights=torch.from_numpy(total[:, 0] / np.maximum(votes.sum(axis=1), 1)),
        majority=torch.from_numpy(majority),
    )


def load_training(folder: Path | None = None) -> FaceSet:
    """What trains: the Training split without crossings, flat pictures and things that are no face."""
    held_out = [read_table(split, folder) for split in ("publictest", "privatetest")]
    return as_face_set(showing_faces(without_crossings(read_table("training", folder), *held_out)))


def soften_labels(faces: FaceSet) -> Tensor:
    """Targets (n, 7) of the original-label head: mostly the label, a little of what such votes are usually labelled.

    A perfect FER+ predictor reaches 65 % on the original labels, so the votes alone would mislead this head;
    the table P(label | vote), estimated on the training split itself, says how the two relate.
    """
    hard = torch.nn.functional.one_hot(faces.labels, len(EMOTIONS)).float()
    table = faces.votes.T @ hard + 1.0
    usual = faces.votes @ (table / table.sum(dim=1, keepdim=True))
    share = VOTES_SHARE * (faces.votes.sum(dim=1, keepdim=True) > 0).float()
    return (1 - UNIFORM_SHARE - share) * hard + share * usual + UNIFORM_SHARE / len(EMOTIONS)
