"""The walk through a schedule, and figures on the way."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import torch
from torch import nn

from models.training.face_learning import Schedule
from models.training.face_trainer import Trainer, follow, judged, write
from tests.models.training.made_up_faces import CPU, TINY, made_up_faces, made_up_photographs

pytestmark = pytest.mark.slow


@pytest.fixture
def trainer(tmp_path: Path) -> Trainer:
    return Trainer((made_up_faces(40), made_up_faces(14), made_up_photographs()), tmp_path, TINY, CPU)


class Knowing(nn.Module):
    """Says for each of the first pictures its label, whichever head is asked."""

    def __init__(self, labels: torch.Tensor) -> None:
        super().__init__()
        self.labels = labels

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits = 9.0 * nn.functional.one_hot(self.labels[: len(pictures)], 7).float()
        return logits, logits


def test_batches_are_whole_and_no_picture_comes_twice(trainer: Trainer) -> None:
    places = torch.cat(list(trainer.batches())).tolist()
    assert len(places) == len(set(places)) == 32


def test_contempt_has_no_output_and_leaves_the_photographs(tmp_path: Path) -> None:
    photographs = made_up_photographs(10)
    photographs.labels[3] = 7
    trainer = Trainer((made_up_faces(), made_up_faces(), photographs), tmp_path, TINY, CPU)
    assert trainer.photographs.rows.tolist() == [0, 1, 2, 4, 5, 6, 7, 8, 9]


def test_schedule_is_walked_to_its_end_whatever_its_clock_says(trainer: Trainer) -> None:
    steps: list[float] = []
    epochs: list[tuple[int, float, int]] = []
    schedule = Schedule(3, ends_s=time.monotonic() + 1000)
    follow(trainer, schedule, lambda _, done: steps.append(done), lambda *told: epochs.append(told))
    assert len(steps) == 6
    assert steps == sorted(steps)
    assert [(number, count) for number, _, count in epochs] == [(1, 2), (2, 2), (3, 2)]
    assert epochs[-1][1] == 1

    steps.clear()
    follow(trainer, Schedule(3, ends_s=time.monotonic()), lambda _, done: steps.append(done), lambda *_: None)
    assert steps == [1.0]


def test_public_figures_are_shares_of_what_is_right(trainer: Trainer) -> None:
    right = judged(trainer, [Knowing(trainer.public.labels)])
    wrong = judged(trainer, [Knowing((trainer.public.labels + 1) % 7)])
    assert right == {"public_original": 1.0, "public_votes": 1.0}
    assert wrong == {"public_original": 0.0, "public_votes": 0.0}


def test_what_is_told_is_written_line_by_line(trainer: Trainer) -> None:
    trainer.tell(epoch=1)
    trainer.tell(epoch=2)
    assert [json.loads(line)["epoch"] for line in (trainer.out / "log.jsonl").read_text().splitlines()] == [1, 2]


def test_written_file_is_whole_and_alone(tmp_path: Path) -> None:
    write(tmp_path / "net.pt", {"a": torch.ones(2)})
    write(tmp_path / "net.pt", {"a": torch.zeros(2)})
    assert [path.name for path in tmp_path.iterdir()] == ["net.pt"]
    assert not torch.load(tmp_path / "net.pt", weights_only=True)["a"].any()
