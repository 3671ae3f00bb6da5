"""What the students of a face run learn from one batch: pictures spoilt for them, and targets that know better."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from models.training.face_learning import Learner, Pace, soft_loss
from models.training.face_net import CLASSES
from models.training.face_pack import FOLDS
from models.training.face_trainer import Trainer, write

TEACHERS_SHARE = 0.7
"""How much a student listens to the teachers, the rest to labels and votes."""
PHOTOGRAPH_TEACHERS_SHARE = 0.35
"""The same for a photograph: one person alone labelled it, but nothing else knows photographs."""
UNIFORM_SHARE = 0.05
HIDDEN_FROM, FREE_UNTIL = 0.55, 0.15
"""Share of eyes or mouth from which a face counts as covered, and until which as free; between, neither."""


@dataclass
class Student:
    """One compact net; a fold that it may not see, or None."""

    name: str
    learner: Learner
    fold: int | None = None


@dataclass
class Lesson:
    """One batch, as the students learn it: first the training pictures, then the photographs fold by fold."""

    shown: Tensor
    original: Tensor
    """(batch, 7) targets of the training pictures"""
    votes: Tensor
    vote_weights: Tensor
    live: Tensor
    """(batch + photographs, 7)"""
    live_weights: Tensor
    hidden: Tensor
    """(batch + photographs,) 1 covered, 0 free, -1 neither"""

    def seen_by(self, fold: int | None) -> Tensor:
        """Places of the pictures that the fold's student may see."""
        places = torch.arange(len(self.shown), device=self.shown.device)
        each, first = (len(self.shown) - len(self.original)) // FOLDS, len(self.original)
        if fold is None:
            return places
        return torch.cat((places[: first + fold * each], places[first + (fold + 1) * each :]))


def drawing(trainer: Trainer) -> Callable[[], Tensor]:
    """Draws places of photographs: so many of each fold, rare expressions more often than they are there."""
    labels, folds = trainer.photographs.labels, trainer.photographs.folds
    frequency = torch.bincount(labels, minlength=CLASSES).float().clamp(min=1)
    wanted = frequency.rsqrt()[labels]
    weights = torch.stack([wanted * (folds == fold) for fold in range(FOLDS)])
    return lambda: torch.multinomial(weights, trainer.plan.photographs, replacement=True, generator=trainer.random)


@torch.no_grad()
def make_lesson(trainer: Trainer, teachers: list[nn.Module], places: Tensor, drawn: Tensor, pace: Pace) -> Lesson:
    """Pictures spoilt for the students, and what the teachers say who see them whole."""
    faces, photographs, count = trainer.training, trainer.photographs, len(places)
    drawn = drawn.flatten()
    both = trainer.spoilt(torch.cat((faces.pictures[places], photographs.pictures[drawn])), pace)
    moved = both.moved.contiguous(memory_format=torch.channels_last)
    with trainer.half():
        answers = [teacher(moved) for teacher in teachers]
    original, votes = (
        torch.stack([one[head].float().softmax(dim=1) for one in answers]).mean(dim=0) for head in (0, 1)
    )
    own = nn.functional.one_hot(photographs.labels[drawn], CLASSES).float()
    own = (1 - UNIFORM_SHARE) * own + UNIFORM_SHARE / CLASSES
    voted = mixed(votes[:count], faces.votes[places], TEACHERS_SHARE)
    ones = torch.ones(len(drawn), device=trainer.device)
    return Lesson(
        shown=both.pictures.contiguous(memory_format=torch.channels_last),
        original=mixed(original[:count], trainer.labels[places], TEACHERS_SHARE),
        votes=voted,
        vote_weights=faces.vote_weights[places],
        live=torch.cat((voted, mixed(votes[count:], own, PHOTOGRAPH_TEACHERS_SHARE))),
        live_weights=torch.cat((faces.vote_weights[places], ones)),
        hidden=hidden_targets(both.hidden),
    )


def hidden_targets(hidden: Tensor) -> Tensor:
    """(n,) shares of eyes or mouth to 1 covered, 0 free, -1 neither."""
    return torch.where(hidden >= HIDDEN_FROM, 1.0, torch.where(hidden > FREE_UNTIL, -1.0, 0.0))


def mixed(teachers: Tensor, own: Tensor, share: float) -> Tensor:
    """So much of the teachers' word and the rest of one's own."""
    return share * teachers + (1 - share) * own


def student_loss(trainer: Trainer, student: Student, lesson: Lesson) -> Tensor:
    """All four heads of one student; its fold is cut out before it sees anything."""
    seen = lesson.seen_by(student.fold)
    count = len(lesson.original)
    with trainer.half():
        outputs = student.learner.net(lesson.shown[seen].contiguous(memory_format=torch.channels_last))
    hidden, answer = lesson.hidden[seen], outputs.hidden.float()
    judged_hidden = nn.functional.binary_cross_entropy_with_logits(answer, hidden.clamp(min=0), reduction="none")
    is_told = (hidden >= 0).float()
    loss = soft_loss(outputs.original[:count], lesson.original)
    loss = loss + soft_loss(outputs.votes[:count], lesson.votes, lesson.vote_weights)
    loss = loss + soft_loss(outputs.live, lesson.live[seen], lesson.live_weights[seen])
    return loss + trainer.plan.hidden_weight * (judged_hidden * is_told).sum() / is_told.sum().clamp(min=1)


def save_student(trainer: Trainer, student: Student, epoch: int, frequency: Tensor) -> None:
    """The averaged weights in half precision, as they ship, with all that an export must know."""
    state = {
        name: value.half() if value.is_floating_point() else value
        for name, value in student.learner.averaged.state_dict().items()
    }
    progress = {"epoch": epoch, "elapsed_s": 60 * trainer.plan.minutes - (trainer.deadline_s - time.monotonic())}
    kept = {
        "averaged": state,
        "plan": asdict(trainer.plan),
        "progress": progress,
        "live_frequency": frequency.cpu(),
    }
    write(trainer.out / f"{student.name}.pt", kept)


def prior_offsets(frequency: Tensor, strength: float) -> Tensor:
    """(7,) to add to the live logits: -strength x log of how often each expression was taught, with mean 0."""
    offsets = -strength * torch.log(frequency / frequency.sum())
    return offsets - offsets.mean()
