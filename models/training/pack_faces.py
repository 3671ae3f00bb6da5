"""The faces of the tables to one small file: `python -m models.training.pack_faces FOLDER/faces.npz` (3 minutes).

`models/training/gpu_run.sh FOLDER OUT` trains from it on a machine that has a GPU and no tables.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.engines.requests import ClassifyFaces, Request, Scores
from core.settings import Settings
from core.types import EMOTIONS
from models.training.evaluate_live import decode_rgb, label_places, load_engines, read_faces, read_photographs
from models.training.face_data import as_face_set, load_training, read_table
from models.training.face_pack import Photographs, fold_of, write_pack


def live_crops(jpegs: list[bytes]) -> Iterator[NDArray[np.uint8] | None]:
    """Encoded pictures to uint8 (48, 48) as the face lane hands them to the net; None where it finds no face."""
    engines = load_engines(Settings())
    crops: list[NDArray[np.float32]] = []

    def answer(request: Request[Any]) -> Any:
        if not isinstance(request, ClassifyFaces):
            return engines(request)
        crops.append(request.crops)
        return Scores(np.zeros((len(request.crops), len(EMOTIONS)), np.float32), 1.0, "none")

    for picture in decode_rgb(jpegs):
        crops.clear()
        told = read_faces(picture, answer)
        yield next((crops[0][at, 0].round().astype(np.uint8) for at, one in enumerate(told) if one.is_subject), None)


def load_photographs() -> Photographs:
    """muxspace's faces, both splits; pictures without a found face are left out."""
    table = read_photographs()
    crops = list(live_crops(table["image"].tolist()))
    rows = np.array([row for row, crop in enumerate(crops) if crop is not None])
    return Photographs(
        pictures=torch.from_numpy(np.stack([crop for crop in crops if crop is not None])),
        labels=torch.from_numpy(label_places(table)[rows]),
        folds=torch.from_numpy(np.array([fold_of(str(subject)) for subject in table["subject"].iloc[rows]])),
        rows=torch.from_numpy(rows),
    )


def main() -> None:
    """Packs into the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    path: Path = parser.parse_args().file
    write_pack(path, load_training(), as_face_set(read_table("publictest")), load_photographs())
    print(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
