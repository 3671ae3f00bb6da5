"""Which pictures train, and what each head is taught."""

from __future__ import annotations

import pytest
import torch

from models.training.face_data import (
    as_face_set,
    count_votes,
    load_training,
    read_table,
    showing_faces,
    soften_labels,
    without_crossings,
)
from tests.models.training.made_up_faces import made_up_faces, made_up_table, needs_faces

pytestmark = pytest.mark.slow


def test_crossings_leave_the_training_rows() -> None:
    training = made_up_table(["a", "b", None, "c"])
    kept = without_crossings(training, made_up_table(["a", None]), made_up_table(["c"]))
    assert kept.index.tolist() == [1, 2]


def test_flat_pictures_and_things_that_are_no_face_leave_the_training_rows() -> None:
    table = made_up_table([None] * 4)
    table.loc[0, "pixel_std"] = 1.0
    table.loc[1, "ferplus_majority"] = "not_a_face"
    table.loc[2, "ferplus_votes"] = None
    assert showing_faces(table).index.tolist() == [3]


@needs_faces
def test_no_held_out_picture_trains() -> None:
    held_out = [read_table(split) for split in ("publictest", "privatetest")]
    pixels = {bytes(picture.numpy()) for table in held_out for picture in as_face_set(table).pictures}
    training = load_training()
    assert not [place for place, picture in enumerate(training.pictures) if bytes(picture.numpy()) in pixels]
    assert 27_000 < len(training) < 28_709
    assert set(training.majority.tolist()) <= set(range(-1, 8))


def test_single_votes_against_many_are_dropped() -> None:
    table = made_up_table([None])
    assert count_votes(table)[0].tolist() == [0, 9, 0, 0, 0, 0, 0, 0, 0, 0]


def test_softened_labels_sum_to_one_and_keep_the_label_on_top() -> None:
    faces = made_up_faces()
    targets = soften_labels(faces)
    assert torch.allclose(targets.sum(dim=1), torch.ones(len(faces)))
    assert torch.equal(targets.argmax(dim=1), faces.labels)
