"""FER2013 tables to tensors: which pictures train, what each head is taught, and the augmentation of a batch.

Training never sees a picture that PublicTest or PrivateTest also holds (`duplicate_group` in the tables).
"""

from __future__ import annotations

import math
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


def _uniform(count: int, low: float, high: float, random: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(count, generator=random)


def _warp(pictures: Tensor, side_px: int, random: torch.Generator) -> Tensor:
    """Scale, shift, turn, shear and flip as a live detector's crop varies; (n, 1, 48, 48) to (n, 1, side, side)."""
    count = len(pictures)
    zoom = torch.exp(_uniform(count, math.log(0.85), math.log(1.25), random))
    aspect = torch.exp(_uniform(count, -0.06, 0.06, random))
    angle = _uniform(count, -1, 1, random) * math.radians(15)
    shear = _uniform(count, -0.08, 0.08, random)
    mirror = torch.where(torch.rand(count, generator=random) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0], matrix[:, 0, 1] = mirror * cos * aspect, shear - sin
    matrix[:, 1, 0], matrix[:, 1, 1] = mirror * sin, cos / aspect
    matrix[:, :, 2] = _uniform(2 * count, -0.14, 0.14, random).reshape(count, 2)  # 1 is half the side: up to 7 %
    grid = torch.nn.functional.affine_grid(matrix, [count, 1, side_px, side_px], align_corners=False)
    return torch.nn.functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def _relight(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Gamma, contrast and brightness; one in sixteen becomes dark. Grey levels stay in 0..255."""
    count = len(pictures)
    gamma = torch.exp(_uniform(count, -0.45, 0.45, random))[:, None, None, None]
    contrast = _uniform(count, 0.6, 1.35, random)
    dark = torch.rand(count, generator=random) < 0.06
    contrast = torch.where(dark, _uniform(count, 0.15, 0.5, random), contrast)[:, None, None, None]
    bright = torch.where(dark, torch.zeros(count), _uniform(count, -30, 30, random))[:, None, None, None]
    pivot = torch.where(dark, 0.0, 128.0)[:, None, None, None]  # contrast keeps this grey level
    lit = 255 * (pictures / 255).clamp(0, 1) ** gamma
    return ((lit - pivot) * contrast + pivot + bright).clamp(0, 255)


def _blur(pictures: Tensor, random: torch.Generator) -> Tensor:
    """A Gaussian of one random width over one picture in six."""
    sigma = float(_uniform(1, 0.5, 1.6, random))
    tail = torch.exp(-(torch.arange(-3, 4).float() ** 2) / (2 * sigma**2))
    tail = (tail / tail.sum()).reshape(1, 1, 1, 7)
    chosen = torch.rand(len(pictures), generator=random) < 0.16
    padded = torch.nn.functional.pad(pictures[chosen], (3, 3, 3, 3), mode="replicate")
    pictures[chosen] = torch.nn.functional.conv2d(torch.nn.functional.conv2d(padded, tail), tail.mT)
    return pictures


def _grain(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Sensor noise on one picture in six, then whole grey levels as every real picture has."""
    count = len(pictures)
    level = _uniform(count, 2, 14, random) * (torch.rand(count, generator=random) < 0.16)
    noise = torch.randn(pictures.shape, generator=random) * level[:, None, None, None]
    return (pictures + noise).round().clamp(0, 255)


def _recompress(pictures: Tensor, random: torch.Generator) -> Tensor:
    """One picture in twelve through a JPEG of quality 12 to 60."""
    for place in torch.nonzero(torch.rand(len(pictures), generator=random) < 0.08).flatten().tolist():
        quality = int(torch.randint(12, 61, (1,), generator=random))
        grey = pictures[place, 0].to(torch.uint8).numpy()
        jpeg = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        pictures[place, 0] = torch.from_numpy(_decode_one(np.asarray(jpeg, np.uint8)).astype(np.float32))
    return pictures


def _cover(pictures: Tensor, random: torch.Generator) -> Tensor:
    """A grey rectangle of 15 to 40 % of the side over one picture in three: hands, hair, microphones."""
    count, side = len(pictures), pictures.shape[-1]
    size = _uniform(2 * count, 0.15, 0.4, random).reshape(2, count, 1) * side
    start = torch.rand(2, count, 1, generator=random) * (side - size)
    places = torch.arange(side)[None, :]
    rows, columns = ((places >= start[axis]) & (places < start[axis] + size[axis]) for axis in (0, 1))
    chosen = (torch.rand(count, generator=random) < 0.35)[:, None, None]
    covered = (rows[:, :, None] & columns[:, None, :] & chosen)[:, None]
    return torch.where(covered, _uniform(count, 0, 255, random)[:, None, None, None].round(), pictures)


def augment(pictures: Tensor, side_px: int, random: torch.Generator, spoilt_share: float = 1.0) -> Tensor:
    """uint8 (n, 48, 48) to float32 (n, 1, side_px, side_px) in 0..255, as a detector on a webcam might give it.

    Every picture is moved; light, blur, noise, JPEG and cover reach `spoilt_share` of them.
    """
    warped = _warp(pictures[:, None].float(), side_px, random)
    spoilt = _cover(_recompress(_grain(_blur(_relight(warped, random), random), random), random), random)
    is_spoilt = torch.rand(len(pictures), generator=random) < spoilt_share
    return torch.where(is_spoilt[:, None, None, None], spoilt, warped.clamp(0, 255))
