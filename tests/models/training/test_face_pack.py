"""The packed file holds what was put in, the pictures as a JPEG keeps them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from models.training.face_pack import FOLDS, ROW, fold_of, from_sheet, read_pack, to_sheet, write_pack
from tests.models.training.made_up_faces import made_up_faces, made_up_photographs

pytestmark = pytest.mark.slow


def smooth(count: int) -> np.ndarray:
    random = np.random.default_rng(1)
    coarse = random.integers(0, 256, (count, 6, 6)).astype(np.uint8)
    return np.stack([cv2.resize(one, (48, 48), interpolation=cv2.INTER_CUBIC) for one in coarse])


@pytest.mark.parametrize("count", [1, ROW, ROW + 1])
def test_sheet_gives_the_faces_back_in_order(count: int) -> None:
    pictures = smooth(count)
    back = from_sheet(to_sheet(pictures), count)
    assert back.shape == pictures.shape
    assert np.abs(back.astype(float) - pictures).mean() < 3


@pytest.mark.parametrize(("jpeg", "count"), [(np.zeros(20, np.uint8), 1), (to_sheet(smooth(2)), ROW + 1)])
def test_what_is_no_such_sheet_is_refused(jpeg: np.ndarray, count: int) -> None:
    with pytest.raises(ValueError, match="sheet of"):
        from_sheet(jpeg, count)


def test_pack_is_read_as_it_was_written(tmp_path: Path) -> None:
    training, public, photographs = made_up_faces(24), made_up_faces(7), made_up_photographs(11)
    write_pack(tmp_path / "faces.npz", training, public, photographs)
    read = read_pack(tmp_path / "faces.npz")
    for before, after in zip((training, public), read[:2], strict=True):
        for name in ("labels", "votes", "vote_weights", "majority"):
            assert torch.equal(getattr(before, name), getattr(after, name)), name
    assert all(torch.equal(before, after) for before, after in zip(photographs[1:], read[2][1:], strict=True))
    assert [len(one.pictures) for one in read] == [24, 7, 11]


def test_person_is_in_one_fold_and_folds_are_of_about_one_size() -> None:
    folds = [fold_of(f"Person_{number}") for number in range(1000)]
    assert fold_of("Person_7") == folds[7]
    assert all(150 < folds.count(fold) < 250 for fold in range(FOLDS))
