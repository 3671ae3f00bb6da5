"""The face trainer: schedule, losses, resuming, checkpoints."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from models.training import train_face
from models.training.train_face import Plan, both_losses, learning_rate, side_at, start_run, train_epoch
from tests.models.training.made_up_faces import CPU, TINY, made_up_faces

pytestmark = pytest.mark.slow


def test_schedule_rises_then_falls_to_nothing() -> None:
    plan = Plan()
    rates = [learning_rate(done, plan) for done in np.linspace(0, 1, 101)]
    assert max(rates) <= plan.peak_rate
    assert rates.index(max(rates)) == pytest.approx(100 * plan.warmup, abs=1)
    assert rates[-1] == pytest.approx(0, abs=1e-9)
    assert [side_at(done, plan) for done in (0.0, 0.5, 1.0)] == [32, 40, 48]
    assert [side_at(done, Plan(start_from="net.onnx")) for done in (0.0, 0.5, 1.0)] == [48, 48, 48]


def test_clock_ends_a_run_annealed() -> None:
    run = start_run(TINY, CPU)
    run.elapsed_s = 60.0
    plan = Plan(epochs=1000, minutes=1.0, batch=8, stem=TINY.stem, widths=TINY.widths)
    train_epoch(run, made_up_faces(), plan, CPU)
    assert run.step == 1
    assert run.optimiser.param_groups[0]["lr"] == pytest.approx(0, abs=1e-9)


def test_picture_without_votes_teaches_the_original_head_only() -> None:
    outputs = (torch.zeros(1, 7, requires_grad=True), torch.zeros(1, 7, requires_grad=True))
    both_losses(outputs, torch.eye(7)[:1], torch.zeros(1, 7), torch.zeros(1)).backward()
    assert outputs[0].grad is not None
    assert outputs[0].grad.abs().sum() > 0
    assert outputs[1].grad is None or outputs[1].grad.abs().sum() == 0


def test_resumed_run_equals_one_that_never_stopped(tmp_path: Path) -> None:
    faces = made_up_faces()
    whole = start_run(TINY, CPU)
    train_epoch(whole, faces, TINY, CPU)
    whole.save(tmp_path / "last.pt", TINY)
    train_epoch(whole, faces, TINY, CPU)

    resumed = start_run(Plan(**{**vars(TINY), "seed": 5}), CPU)
    resumed.load(tmp_path / "last.pt")
    train_epoch(resumed, faces, TINY, CPU)

    assert (resumed.epoch, resumed.step) == (whole.epoch, whole.step) == (2, 6)
    for name, value in whole.net.state_dict().items():
        assert torch.equal(value, resumed.net.state_dict()[name]), name
    for name, value in whole.averaged.state_dict().items():
        assert torch.equal(value, resumed.averaged.state_dict()[name]), name


def test_train_writes_checkpoints_and_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faces = made_up_faces()
    monkeypatch.setattr(train_face, "load_training", lambda: faces)
    monkeypatch.setattr(train_face, "read_table", lambda split: split)
    monkeypatch.setattr(train_face, "as_face_set", lambda table: faces)
    train_face.train(TINY, tmp_path, resume=False, device=CPU)
    run = train_face.train(TINY, tmp_path, resume=True, device=CPU)
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert run.epoch == 2
    assert [row["epoch"] for row in rows] == [1, 2]
    assert {path.name for path in tmp_path.iterdir()} == {"last.pt", "best.pt", "log.jsonl"}
