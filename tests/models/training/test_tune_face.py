"""Going on with a net: what it learns from, and what a pass leaves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from models.training.export_face import Shipped, net_of, write_graph
from models.training.face_learning import Pace, Plan
from models.training.face_pack import write_pack
from models.training.face_trainer import Trainer
from models.training.tune_face import TEACHERS_SHARE, blend, lesson_of, start_net, tune
from tests.models.training.made_up_faces import CPU, TINY, lived_in_net, made_up_faces, made_up_photographs, tiny_net

pytestmark = pytest.mark.slow


@pytest.fixture
def trainer(tmp_path: Path) -> Trainer:
    return Trainer((made_up_faces(40), made_up_faces(14), made_up_photographs()), tmp_path, TINY, CPU)


def test_targets_lie_between_what_was_said_and_the_labels(trainer: Trainer, tmp_path: Path) -> None:
    sure = np.tile(np.eye(7)[3], (40, 1)).astype(np.float16)
    np.savez(tmp_path / "teachers.npz", training_original=sure, training_votes=sure)
    alone, taught = blend(trainer, tiny_net(), None), blend(trainer, tiny_net(), tmp_path / "teachers.npz")
    for targets in (*vars(alone).values(), *vars(taught).values()):
        assert torch.allclose(targets.sum(dim=1), torch.ones(40), atol=1e-2)
    gained = (taught.votes - alone.votes)[:, 3]
    assert (gained > 0.3 * TEACHERS_SHARE).all()


def test_lesson_is_of_training_pictures_alone(trainer: Trainer) -> None:
    pace = Pace(TINY, CPU)
    pace.set(0.5, 1.0)
    lesson = lesson_of(trainer, blend(trainer, tiny_net(), None), torch.arange(8), pace)
    assert len(lesson.shown) == len(lesson.original) == len(lesson.live) == len(lesson.hidden) == 8
    assert torch.equal(lesson.live, lesson.votes)


@pytest.mark.parametrize("suffix", [".onnx", ".pt"])
def test_net_goes_on_from_a_written_file_or_a_student(tmp_path: Path, suffix: str) -> None:
    data, start, out = tmp_path / "faces.npz", tmp_path / f"net{suffix}", tmp_path / "out"
    write_pack(data, made_up_faces(40), made_up_faces(14), made_up_photographs())
    net = lived_in_net()
    if suffix == ".onnx":
        write_graph(Shipped(net, torch.zeros(7)), start)
    else:
        torch.save({"averaged": net.state_dict(), "plan": {"stem": TINY.stem, "widths": list(TINY.widths)}}, start)
    plan = Plan(**vars(TINY) | {"student_epochs": 2, "folds": ()})
    tune(data, out, start, None, plan)
    rows = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows if "epoch" in row] == [1, 2]
    state = torch.load(out / "student.pt", weights_only=True)
    before, after = start_net(start, plan, made_up_faces(40)), net_of(state)
    moved = [(one - other).abs().max() for one, other in zip(before.parameters(), after.parameters(), strict=True)]
    assert max(moved) > 0
