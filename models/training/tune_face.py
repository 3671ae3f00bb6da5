"""Goes on with a face net at home: `python -m models.training.tune_face FOLDER/faces.npz OUT --start-from NET`.

NET is a written ONNX file or the student.pt of a former run. It learns FER2013 and the FER+ votes through covers and
everything else that spoils a picture, listening to what it said itself of the plain pictures before, and to the
teachers of a GPU run where their teachers.npz is named: what it knew stays, what is covered is learnt. No photograph
trains here, so that all of muxspace can judge it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.training.export_face import net_of, read_back
from models.training.face_augment import augment
from models.training.face_data import SIDE_PX, FaceSet
from models.training.face_learning import Learner, Pace, Plan, Schedule
from models.training.face_lesson import Lesson, Student, hidden_targets, mixed, save_student, student_loss
from models.training.face_net import FaceNet
from models.training.face_pack import read_pack
from models.training.face_trainer import Trainer, follow, judged, probabilities

START_PICTURES = 1024
"""Augmented training pictures that tell a read-back net's norms what they will see."""
SPOILT_SHARE = 0.8
TEACHERS_SHARE = 0.6
"""How much the net listens to what was said before, the rest to labels and votes."""
PLAN = Plan(teacher_epochs=0, batch=128, peak_rate=0.02, average=0.995, hidden_weight=2.0, half=True, folds=())


@dataclass(frozen=True)
class Targets:
    """(n, 7) each, of the training pictures."""

    original: Tensor
    votes: Tensor


def start_net(path: Path, plan: Plan, faces: FaceSet) -> FaceNet:
    """The net of a written ONNX file or of a student.pt. Raises ValueError, OSError."""
    if path.suffix == ".pt":
        return net_of(torch.load(path, map_location="cpu", weights_only=True))
    random = torch.Generator().manual_seed(plan.seed)
    chosen = torch.randperm(len(faces), generator=random)[:START_PICTURES]
    pictures = augment(faces.pictures[chosen], SIDE_PX, random, SPOILT_SHARE).pictures
    return read_back(FaceNet(plan.stem, plan.widths), path, pictures)


def blend(trainer: Trainer, net: FaceNet, answers: Path | None) -> Targets:
    """What the net says before it goes on, mixed with the teachers' answers and with labels and votes."""
    said: Iterable[Tensor] = probabilities(trainer, [net.eval()], trainer.training.pictures)
    if answers is not None:
        with np.load(answers) as file:
            taught = [torch.from_numpy(file[f"training_{head}"]).float() for head in ("original", "votes")]
        said = [(mine + theirs) / 2 for mine, theirs in zip(said, taught, strict=True)]
    own = (trainer.labels, trainer.training.votes)
    return Targets(*(mixed(heard, mine, TEACHERS_SHARE) for heard, mine in zip(said, own, strict=True)))


def lesson_of(trainer: Trainer, targets: Targets, places: Tensor, pace: Pace) -> Lesson:
    """One batch of training pictures; the live head learns what the votes' head learns."""
    spoilt, weights = trainer.spoilt(trainer.training.pictures[places], pace), trainer.training.vote_weights[places]
    return Lesson(
        shown=spoilt.pictures.contiguous(memory_format=torch.channels_last),
        original=targets.original[places],
        votes=targets.votes[places],
        vote_weights=weights,
        live=targets.votes[places],
        live_weights=weights,
        hidden=hidden_targets(spoilt.hidden),
    )


def tune(data: Path, out: Path, start: Path, answers: Path | None, plan: Plan) -> None:
    """Leaves student.pt, written after every pass, and log.jsonl in `out`."""
    trainer = Trainer(read_pack(data), out, plan, torch.device("cpu"))
    net = start_net(start, plan, trainer.training)
    trainer.tell(start=start.name, **judged(trainer, [net.eval()]))
    targets = blend(trainer, net, answers)
    student = Student("student", Learner(net, plan, trainer.device))
    pace = Pace(plan, trainer.device)
    frequency = (trainer.training.votes * trainer.training.vote_weights[:, None]).sum(dim=0)

    def step(places: Tensor, done: float) -> None:
        pace.set(done, SPOILT_SHARE)
        student.learner.learn(student_loss(trainer, student, lesson_of(trainer, targets, places, pace)), pace)

    def after(epoch: int, done: float, _: int) -> None:
        trainer.tell(epoch=epoch, done=round(done, 3), **judged(trainer, [student.learner.averaged]))
        save_student(trainer, student, epoch, frequency / frequency.sum())

    follow(trainer, Schedule(plan.student_epochs, trainer.deadline_s), step, after)


def main() -> None:
    """Tunes as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the file that models.training.pack_faces wrote")
    parser.add_argument("out", type=Path)
    parser.add_argument("--start-from", type=Path, required=True)
    parser.add_argument("--answers", type=Path, help="teachers.npz of a GPU run")
    parser.add_argument("--minutes", type=float, default=60.0, help="wall clock; the schedule ends with it")
    parser.add_argument("--epochs", type=int, default=PLAN.student_epochs)
    parser.add_argument("--peak-rate", type=float, default=PLAN.peak_rate)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    changes = {"minutes": options.minutes, "student_epochs": options.epochs, "peak_rate": options.peak_rate}
    tune(options.data, options.out, options.start_from, options.answers, Plan(**vars(PLAN) | changes))


if __name__ == "__main__":
    main()
