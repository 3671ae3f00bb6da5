"""Faces, tables and nets that were made up, for the tests of the face trainer."""

from __future__ import annotations

import pandas as pd
import pytest
import torch

from models.training.face_data import FaceSet, datasets_folder
from models.training.face_learning import Plan
from models.training.face_net import FaceNet
from models.training.face_pack import FOLDS, Photographs

CPU = torch.device("cpu")
TINY = Plan(
    minutes=5.0,
    teachers=1,
    teacher_epochs=1,
    student_epochs=1,
    batch=16,
    photographs=2,
    stem=4,
    widths=(8, 8, 16),
    teacher_widths=(8, 16),
    folds=(0,),
)
HAS_FACES = (datasets_folder() / "face" / "fer2013_training.parquet").exists()
needs_faces = pytest.mark.skipif(not HAS_FACES, reason=f"no FER2013 tables in {datasets_folder()}; set ATTUNE_DATASETS")


def made_up_table(groups: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "duplicate_group": groups,
            "pixel_std": [40.0] * len(groups),
            "ferplus_majority": ["happy"] * len(groups),
            "ferplus_votes": [[0, 9, 1, 0, 0, 0, 0, 0, 0, 0]] * len(groups),
        }
    )


def made_up_faces(count: int = 24) -> FaceSet:
    random = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % 7
    return FaceSet(
        pictures=torch.randint(0, 256, (count, 48, 48), generator=random, dtype=torch.uint8),
        labels=labels,
        votes=torch.nn.functional.one_hot(labels, 7).float(),
        vote_weights=torch.ones(count),
        majority=labels,
    )


def made_up_photographs(count: int = 30) -> Photographs:
    faces, places = made_up_faces(count), torch.arange(count)
    return Photographs(faces.pictures, faces.labels, places % FOLDS, places)


def tiny_net() -> FaceNet:
    torch.manual_seed(0)
    net = FaceNet(TINY.stem, TINY.widths)
    for stage in net.stages:
        torch.nn.init.ones_(stage.second[1].weight)  # so that the residual branch takes part
    return net.eval()


def lived_in_net() -> FaceNet:
    """A tiny net whose norms have met pictures: nothing about them is 0 or 1 any more."""
    net = tiny_net()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for array in (module.weight, module.bias, module.running_mean, module.running_var):
                torch.nn.init.uniform_(array, 0.2, 1.5)
    return net.eval()
