"""One batch as the students learn it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models.training.face_learning import Learner, Pace
from models.training.face_lesson import Lesson, Student, drawing, make_lesson, prior_offsets, student_loss
from models.training.face_net import CLASSES, FaceNet
from models.training.face_pack import FOLDS
from models.training.face_teacher import TeacherNet
from models.training.face_trainer import Trainer
from tests.models.training.made_up_faces import CPU, TINY, made_up_faces, made_up_photographs

pytestmark = pytest.mark.slow


@pytest.fixture
def trainer(tmp_path: Path) -> Trainer:
    return Trainer((made_up_faces(40), made_up_faces(14), made_up_photographs(100)), tmp_path, TINY, CPU)


@pytest.fixture
def lesson(trainer: Trainer) -> Lesson:
    torch.manual_seed(1)
    pace = Pace(TINY, CPU)
    pace.set(0.5, 1.0)
    return make_lesson(trainer, [TeacherNet((8, 16)).eval()], torch.arange(16), drawing(trainer)(), pace)


def student(fold: int | None) -> Student:
    torch.manual_seed(1)
    return Student("one", Learner(FaceNet(4, (8, 8, 16)), TINY, CPU), fold)


def test_as_many_photographs_are_drawn_of_each_fold_and_only_of_it(trainer: Trainer) -> None:
    drawn = drawing(trainer)()
    assert drawn.shape == (FOLDS, TINY.photographs)
    assert (trainer.photographs.folds[drawn] == torch.arange(FOLDS)[:, None]).all()


def test_targets_are_probabilities_and_the_label_leads_a_photograph(trainer: Trainer, lesson: Lesson) -> None:
    for targets in (lesson.original, lesson.votes, lesson.live):
        assert torch.allclose(targets.sum(dim=1), torch.ones(len(targets)), atol=1e-5)
    assert lesson.shown.shape == (16 + FOLDS * TINY.photographs, 1, 48, 48)
    assert set(lesson.hidden.unique().tolist()) <= {-1.0, 0.0, 1.0}
    assert (lesson.live[16:].amax(dim=1) > 0.5).all()


def test_student_of_a_fold_sees_none_of_its_persons(trainer: Trainer, lesson: Lesson) -> None:
    first, each = 16 + 3 * TINY.photographs, TINY.photographs
    assert sorted(set(range(len(lesson.shown))) - set(lesson.seen_by(3).tolist())) == list(range(first, first + each))
    assert lesson.seen_by(None).tolist() == list(range(len(lesson.shown)))
    before = student_loss(trainer, one := student(3), lesson)
    lesson.shown[first : first + each] = 0
    lesson.live[first : first + each] = 1 / CLASSES
    torch.manual_seed(1)
    assert torch.equal(before, student_loss(trainer, student(3), lesson))
    assert one.fold == 3


def test_all_heads_learn(trainer: Trainer, lesson: Lesson) -> None:
    one = student(None)
    student_loss(trainer, one, lesson).backward()
    net = one.learner.net
    assert isinstance(net, FaceNet)
    for head in (net.original, net.votes, net.live, net.hidden):
        assert head.weight.grad is not None
        assert head.weight.grad.abs().sum() > 0


def test_prior_offsets_favour_the_rare() -> None:
    frequency = torch.tensor([3.0, 2, 2, 2, 2, 2, 2])
    offsets = prior_offsets(frequency, 0.5)
    assert offsets.argmin() == 0
    assert offsets.mean() == pytest.approx(0, abs=1e-6)
    assert torch.equal(prior_offsets(frequency, 0.0), torch.zeros(7))
