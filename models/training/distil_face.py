"""Wide teachers, then compact students distilled from them, in one run: `models/training/gpu_run.sh FOLDER OUT`.

Teachers learn FER2013 and its FER+ votes. The students see the same moved faces spoilt and covered while the teachers
see them whole (Beyer et al., "A good teacher is patient and consistent", arXiv 2106.05237), and learn muxspace's loose
photographs for the live head: one student of all persons, which ships, and one for each of five folds of persons,
which never saw its fold and judges it. The schedules follow epochs or the clock, whichever is further, so a run ends
annealed at its deadline; what is finished is read again by the next run into the same folder.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.training.face_learning import Learner, Pace, Plan, Schedule, Step, soft_loss
from models.training.face_lesson import Student, drawing, make_lesson, save_student, student_loss
from models.training.face_net import CLASSES, FaceNet
from models.training.face_pack import read_pack
from models.training.face_teacher import TeacherNet
from models.training.face_trainer import Trainer, follow, judged, probabilities, write

GENTLE_FROM, SPOILT_SHARE, GENTLE_SHARE = 0.8, 0.75, 0.4
"""From this part of a schedule on fewer pictures are spoilt: the end fits what is usual (He et al., "Data
Augmentation Revisited", arXiv 1909.09148)."""
TEACHERS_SPOILT_SHARE = 0.35
"""Teachers are asked about whole pictures only; what is spoilt keeps them from learning the rest by heart."""
SAVE_EVERY_S = 30.0
ENDING_S = 4.0
"""Judging the folds takes so long."""


def find_teachers(trainer: Trainer) -> list[nn.Module]:
    """Those that are finished in the folder, and the rest trained."""
    plan, teachers = trainer.plan, list[nn.Module]()
    began_s = time.monotonic()
    share_s = 60 * plan.minutes * plan.teachers_time / plan.teachers
    for seed in range(plan.teachers):
        path = trainer.out / f"teacher_{seed}.pt"
        if path.exists():
            teacher = Learner(TeacherNet(plan.teacher_widths), plan, trainer.device).averaged
            teacher.load_state_dict(torch.load(path, map_location=trainer.device, weights_only=True))
            began_s -= share_s  # its time is the others'
        else:
            teacher = train_teacher(trainer, seed, began_s + (seed + 1) * share_s)
            write(path, teacher.state_dict())
        teachers.append(teacher)
    trainer.tell(teachers=len(teachers), **judged(trainer, teachers))
    return teachers


def train_teacher(trainer: Trainer, seed: int, ends_s: float) -> nn.Module:
    """One wide net on FER2013 alone, ended at `ends_s`."""
    torch.manual_seed(trainer.plan.seed * 1000 + seed)
    plan, faces = trainer.plan, trainer.training
    learner = Learner(TeacherNet(plan.teacher_widths), plan, trainer.device)
    pace, places, total = Pace(plan, trainer.device), trainer.places(), torch.zeros((), device=trainer.device)

    def learn() -> None:
        shown = trainer.spoilt(faces.pictures[places], pace).pictures
        with trainer.half():
            original, votes = learner.net(shown.contiguous(memory_format=torch.channels_last))
        loss = soft_loss(original, trainer.labels[places])
        loss = loss + soft_loss(votes, faces.votes[places], faces.vote_weights[places])
        learner.learn(loss, pace)
        total.add_(loss.detach())

    def after(epoch: int, done: float, steps: int) -> None:
        if epoch % 10 == 0 or done >= 1:
            figures = judged(trainer, [learner.averaged])
            trainer.tell(teacher=seed, epoch=epoch, done=round(done, 3), loss=float(total) / steps, **figures)
        total.zero_()

    captured = Step(learn, trainer.random)

    def step(chosen: Tensor, done: float) -> None:
        places.copy_(chosen)
        pace.set(done, TEACHERS_SPOILT_SHARE)
        captured()

    follow(trainer, Schedule(plan.teacher_epochs, ends_s), step, after)
    return learner.averaged


def keep_answers(trainer: Trainer, teachers: list[nn.Module]) -> None:
    """The teachers' mean answers about every training picture and photograph, for a later run without them."""
    arrays: dict[str, Any] = {}
    for of, pictures in (("training", trainer.training.pictures), ("photographs", trainer.photographs.pictures)):
        original, votes = probabilities(trainer, teachers, pictures)
        arrays |= {f"{of}_original": original.cpu().numpy().astype(np.float16)}
        arrays |= {f"{of}_votes": votes.cpu().numpy().astype(np.float16)}
    np.savez_compressed(trainer.out / "teachers.npz", **arrays)


def start_students(trainer: Trainer) -> list[Student]:
    """The one of all persons, and one for each fold."""
    plan, device = trainer.plan, trainer.device

    def student(name: str, fold: int | None) -> Student:
        return Student(name, Learner(FaceNet(plan.stem, plan.widths), plan, device), fold)

    return [student("student", None), *(student(f"fold_{fold}", fold) for fold in plan.folds)]


def train_students(trainer: Trainer, teachers: list[nn.Module]) -> list[Student]:
    """All students side by side on the same lessons, to the deadline."""
    torch.manual_seed(trainer.plan.seed)
    plan, device, students = trainer.plan, trainer.device, start_students(trainer)
    pace, places, draw = Pace(plan, device), trainer.places(), drawing(trainer)
    drawn, frequency, total = draw(), torch.zeros(CLASSES, device=device), torch.zeros((), device=device)
    streams = [torch.cuda.Stream() if device.type == "cuda" else None for _ in students]
    saved_s = time.monotonic()

    def learn() -> None:
        lesson = make_lesson(trainer, teachers, places, drawn, pace)
        frequency.add_((lesson.live * lesson.live_weights[:, None]).sum(dim=0))
        for student, stream in zip(students, streams, strict=True):
            with aside(stream):
                loss = student_loss(trainer, student, lesson)
                student.learner.learn(loss, pace)
            if student is students[0]:
                first = loss.detach()
        for stream in filter(None, streams):
            torch.cuda.current_stream().wait_stream(stream)
        total.add_(first)

    captured = Step(learn, trainer.random)

    def step(chosen: Tensor, done: float) -> None:
        places.copy_(chosen)
        drawn.copy_(draw())
        pace.set(done, SPOILT_SHARE if done < GENTLE_FROM else GENTLE_SHARE)
        captured()

    def after(epoch: int, done: float, steps: int) -> None:
        nonlocal saved_s
        if epoch % 10 == 0 or done >= 1:
            figures = judged(trainer, [students[0].learner.averaged])
            trainer.tell(
                student=students[0].name, epoch=epoch, done=round(done, 3), loss=float(total) / steps, **figures
            )
        total.zero_()
        if done >= 1 or time.monotonic() - saved_s > SAVE_EVERY_S:
            saved_s = time.monotonic()
            save_student(trainer, students[0], epoch, frequency / frequency.sum())

    follow(trainer, Schedule(plan.student_epochs, trainer.deadline_s - ENDING_S), step, after)
    return students


def aside(stream: torch.cuda.Stream | None) -> contextlib.AbstractContextManager[Any]:
    """On a stream of its own after what is asked for so far, so that small nets share the GPU; None: where it is."""
    if stream is None:
        return contextlib.nullcontext()
    stream.wait_stream(torch.cuda.current_stream())
    return torch.cuda.stream(stream)


@torch.no_grad()
def judge_folds(trainer: Trainer, students: list[Student]) -> None:
    """Each fold's student says what it thinks of the persons that it never saw; logits of the live head, plain."""
    photographs = trainer.photographs
    logits = torch.full((len(photographs.labels), CLASSES), torch.nan, device=trainer.device)
    hidden = torch.full((len(photographs.labels),), torch.nan, device=trainer.device)
    public = {}
    for student in students:
        plain = trainer.public.pictures[:, None].float()
        public[student.name] = (
            torch.cat([student.learner.averaged(part).live for part in plain.split(512)]).cpu().numpy()
        )
        if student.fold is None:
            continue
        its = torch.nonzero(photographs.folds == student.fold)[:, 0]
        if len(its):
            outputs = student.learner.averaged(photographs.pictures[its][:, None].float())
            logits[its], hidden[its] = outputs.live, outputs.hidden
    arrays: dict[str, Any] = {f"public_{name}": value for name, value in public.items()}
    arrays |= {name: getattr(photographs, name).cpu().numpy() for name in ("labels", "folds", "rows")}
    arrays |= {"logits": logits.cpu().numpy(), "hidden": hidden.cpu().numpy()}
    np.savez_compressed(trainer.out / "folds.npz", **arrays)
    right = logits.argmax(dim=1) == photographs.labels
    recalls = [float(right[photographs.labels == place].float().mean()) for place in range(CLASSES)]
    trainer.tell(
        folds_recalls=[round(one, 3) for one in recalls], folds_mean_recall=round(float(np.nanmean(recalls)), 4)
    )


def run(data: Path, out: Path, plan: Plan, device: torch.device) -> None:
    """The whole run; leaves teacher_*.pt, teachers.npz, student.pt, folds.npz and log.jsonl in `out`."""
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision("high")
    trainer = Trainer(read_pack(data), out, plan, device)
    trainer.tell(
        device=str(device),
        training=len(trainer.training),
        photographs=len(trainer.photographs.labels),
        plan=asdict(plan),
    )
    teachers = find_teachers(trainer)
    keep_answers(trainer, teachers)
    judge_folds(trainer, train_students(trainer, teachers))


def main() -> None:
    """Runs as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the file that models.training.pack_faces wrote")
    parser.add_argument("out", type=Path, help="folder for what is trained and the log")
    parser.add_argument("--minutes", type=float, default=Plan.minutes)
    parser.add_argument("--teachers", type=int, default=Plan.teachers)
    parser.add_argument("--seed", type=int, default=Plan.seed)
    options = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    plan = Plan(minutes=options.minutes, teachers=options.teachers, seed=options.seed)
    run(options.data, options.out, plan, device)


if __name__ == "__main__":
    main()
