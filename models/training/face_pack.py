"""Every face that trains or judges, in one small file, for a GPU machine that has no tables.

FER2013's Training and PublicTest (PrivateTest stays at home) and muxspace's pictures as the live path crops them; the
pictures of each split are one tall JPEG of quality 90, 64 faces a row. `models.training.pack_faces` writes it.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from models.training.face_data import SIDE_PX, FaceSet

ROW = 64
"""Faces side by side in a sheet."""
QUALITY = 90
FOLDS = 5


class Photographs(NamedTuple):
    """muxspace's faces as the live path crops them."""

    pictures: torch.Tensor
    """uint8 (n, 48, 48)"""
    labels: torch.Tensor
    """int64 (n,), places in EMOTIONS; 7 = contempt"""
    folds: torch.Tensor
    """int64 (n,), 0 to 4: by person, so that nobody is in two"""
    rows: torch.Tensor
    """int64 (n,): row of the table"""


def fold_of(subject: str) -> int:
    """Which of FOLDS a person belongs to, by name alone."""
    return zlib.crc32(subject.encode()) % FOLDS


def to_sheet(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 (n, 48, 48) to the bytes of one JPEG, ROW faces a row; what is left of the last row is grey."""
    rows = -(-len(pictures) // ROW)
    padded = np.full((rows * ROW, SIDE_PX, SIDE_PX), 128, np.uint8)
    padded[: len(pictures)] = pictures
    sheet = padded.reshape(rows, ROW, SIDE_PX, SIDE_PX).transpose(0, 2, 1, 3).reshape(rows * SIDE_PX, ROW * SIDE_PX)
    jpeg: NDArray[np.uint8] = np.asarray(cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1], np.uint8)
    return jpeg.reshape(-1)


def from_sheet(jpeg: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """The first `count` faces of a sheet, uint8 (count, 48, 48). Raises ValueError where it is no such sheet."""
    sheet = cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)
    if sheet is None or sheet.shape[1] != ROW * SIDE_PX or sheet.shape[0] * ROW < count * SIDE_PX:
        raise ValueError(f"expected a sheet of {count} faces, {ROW} a row")
    rows = sheet.shape[0] // SIDE_PX
    faces = sheet.reshape(rows, SIDE_PX, ROW, SIDE_PX).transpose(0, 2, 1, 3).reshape(-1, SIDE_PX, SIDE_PX)
    return np.ascontiguousarray(faces[:count])


def write_pack(path: Path, training: FaceSet, public: FaceSet, photographs: Photographs) -> None:
    """Writes the file."""
    arrays: dict[str, Any] = {}
    parts = {"training": vars(training), "public": vars(public), "photographs": photographs._asdict()}
    for split, values in parts.items():
        arrays[f"{split}_sheet"] = to_sheet(values["pictures"].numpy())
        arrays |= {f"{split}_{name}": value.numpy() for name, value in values.items() if name != "pictures"}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def read_pack(path: Path) -> tuple[FaceSet, FaceSet, Photographs]:
    """Training, PublicTest and photographs. Raises OSError, ValueError where the file is no such pack."""
    with np.load(path) as arrays:
        sets = []
        for split in ("training", "public"):
            labels = arrays[f"{split}_labels"]
            rest = {name: torch.from_numpy(arrays[f"{split}_{name}"]) for name in ("votes", "vote_weights", "majority")}
            pictures = torch.from_numpy(from_sheet(arrays[f"{split}_sheet"], len(labels)))
            sets.append(FaceSet(pictures=pictures, labels=torch.from_numpy(labels), **rest))
        labels = arrays["photographs_labels"]
        photographs = Photographs(
            torch.from_numpy(from_sheet(arrays["photographs_sheet"], len(labels))),
            torch.from_numpy(labels),
            torch.from_numpy(arrays["photographs_folds"]),
            torch.from_numpy(arrays["photographs_rows"]),
        )
    return sets[0], sets[1], photographs
