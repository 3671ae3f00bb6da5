"""Trains the compact face net from the FER2013 tables: `python -m models.training.train_face --minutes 110`.

PublicTest chooses, PrivateTest is not opened here. The schedule follows whichever is further, epochs or the clock, so
a run ends annealed at its deadline even when other work takes the processor. `--start-from` goes on from a written
ONNX file, at full size throughout. Figures: `models.training.evaluate`.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import math
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from models.training.export_face import read_back
from models.training.face_data import (
    SIDE_PX,
    FaceSet,
    as_face_set,
    augment,
    datasets_folder,
    load_training,
    read_table,
    soften_labels,
)
from models.training.face_net import STEM, WIDTHS, FaceNet

SIDES = ((0.50, 32), (0.75, 40), (1.01, 48))
"""Until this part of the run, pictures of this side in px: small ones teach the coarse half of it at half the price."""
GENTLE_SHARE = 0.4
START_PICTURES = 1024
"""Augmented training pictures that tell a read-back net's norms what they will see."""
CLIP = 5.0
"""Largest norm of one step's gradient."""


@dataclass(frozen=True)
class Plan:
    """What a run does; stored with its checkpoints."""

    epochs: int = 60
    minutes: float = math.inf
    """Wall clock, all resumed parts together; the schedule is stretched to end then."""
    batch: int = 96
    peak_rate: float = 0.06
    """Highest learning rate, at `warmup` of the run; a cosine brings it to 0."""
    warmup: float = 0.06
    decay: float = 5e-4
    average: float = 0.998
    """Exponential moving average of the weights, per step."""
    gentle_from: float = 0.8
    """From this part of the run on, only `GENTLE_SHARE` of the pictures are spoilt: the end fits what is usual
    (He et al., "Data Augmentation Revisited", arXiv 1909.09148)."""
    seed: int = 1
    stem: int = STEM
    widths: tuple[int, ...] = WIDTHS
    start_from: str = ""
    """An ONNX file of the same shape to go on from; "" starts afresh."""
    start_sha256: str = ""
    """Its checksum: an export may replace the file."""
    half: bool = False
    """bfloat16 autocast on a CPU too; a GPU always has it."""


@dataclass
class Run:
    """All that changes while training; `save` and `load` keep it whole."""

    net: FaceNet
    averaged: FaceNet
    optimiser: torch.optim.Optimizer
    epoch: int = 0
    step: int = 0
    elapsed_s: float = 0.0
    best: float = 0.0
    """Best mean of the two heads' PublicTest accuracies so far."""

    def save(self, path: Path, plan: Plan) -> None:
        """Writes beside and renames: a kill leaves the former checkpoint whole."""
        state = {
            "net": self.net.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "progress": {name: getattr(self, name) for name in ("epoch", "step", "elapsed_s", "best")},
            "plan": asdict(plan),
        }
        beside = path.with_suffix(".tmp")
        torch.save(state, beside)
        os.replace(beside, path)

    def load(self, path: Path) -> None:
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.net.load_state_dict(state["net"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimiser.load_state_dict(state["optimiser"])
        for name, value in state["progress"].items():
            setattr(self, name, value)


def start_net(plan: Plan, faces: FaceSet) -> FaceNet:
    """The net of the plan's shape: fresh, or read back from its file."""
    torch.manual_seed(plan.seed)
    net = FaceNet(plan.stem, plan.widths)
    if not plan.start_from:
        return net
    random = torch.Generator().manual_seed(plan.seed)
    chosen = torch.randperm(len(faces), generator=random)[:START_PICTURES]
    return read_back(net, Path(plan.start_from), augment(faces.pictures[chosen], SIDE_PX, random))


def start_run(plan: Plan, device: torch.device, faces: FaceSet | None = None) -> Run:
    """A net and a fresh optimiser; norms and biases are not decayed. Without faces the net starts afresh."""
    torch.manual_seed(plan.seed)
    net = FaceNet(plan.stem, plan.widths) if faces is None else start_net(plan, faces)
    net = nn.utils.convert_conv2d_weight_memory_format(net, torch.channels_last).to(device)
    norms = [p for p in net.parameters() if p.ndim == 1]
    others = [p for p in net.parameters() if p.ndim > 1]
    groups = [{"params": others, "weight_decay": plan.decay}, {"params": norms, "weight_decay": 0.0}]
    optimiser = torch.optim.SGD(groups, lr=plan.peak_rate, momentum=0.9, nesterov=True)
    return Run(net, copy.deepcopy(net).eval().requires_grad_(False), optimiser)


def learning_rate(progress: float, plan: Plan) -> float:
    """Progress 0..1 to a rate: straight up, then a cosine to 0."""
    if progress < plan.warmup:
        return plan.peak_rate * (0.05 + 0.95 * progress / plan.warmup)
    return plan.peak_rate * 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - plan.warmup) / (1 - plan.warmup))))


def side_at(progress: float, plan: Plan) -> int:
    """Side in px of the training pictures at this part of the run, 0..1; a net that can see already gets them whole."""
    return SIDE_PX if plan.start_from else next(side for until, side in SIDES if progress < until)


def both_losses(outputs: tuple[Tensor, Tensor], labels: Tensor, votes: Tensor, weights: Tensor) -> Tensor:
    """Cross entropy of each head against its soft targets; a picture without votes teaches the first head only."""
    original, voted = (torch.log_softmax(output.float(), dim=1) for output in outputs)
    first = -(labels * original).sum(dim=1).mean()
    second = -(weights * (votes * voted).sum(dim=1)).sum() / weights.sum().clamp(min=1)
    return first + second


@torch.no_grad()
def update_average(run: Run, plan: Plan) -> None:
    """Moves the averaged weights and norms a little towards the newest; faster in the first steps."""
    keep = min(plan.average, (1 + run.step) / (10 + run.step))
    for averaged, now in zip(run.averaged.state_dict().values(), run.net.state_dict().values(), strict=True):
        if averaged.is_floating_point():
            averaged.lerp_(now, 1 - keep)


def train_epoch(run: Run, faces: FaceSet, plan: Plan, device: torch.device) -> float:
    """One pass over the training pictures; returns the mean loss. Random numbers depend on seed and epoch only."""
    random = torch.Generator().manual_seed(plan.seed * 100_003 + run.epoch)
    torch.manual_seed(plan.seed * 100_003 + run.epoch)
    labels = soften_labels(faces)
    order = torch.randperm(len(faces), generator=random).split(plan.batch)
    order = [places for places in order if len(places) == plan.batch] or list(order)
    total, began, before_s = 0.0, time.monotonic(), run.elapsed_s
    run.net.train()
    for count, places in enumerate(order):
        run.elapsed_s = before_s + time.monotonic() - began
        done = max((run.epoch + count / len(order)) / plan.epochs, run.elapsed_s / (60 * plan.minutes))
        for group in run.optimiser.param_groups:
            group["lr"] = learning_rate(done, plan)
        share = 1.0 if done < plan.gentle_from else GENTLE_SHARE
        pictures = augment(faces.pictures[places], side_at(min(done, 1.0), plan), random, share).to(device)
        targets = (labels[places], faces.votes[places], faces.vote_weights[places])
        with torch.autocast(device.type, torch.bfloat16, enabled=plan.half or device.type == "cuda"):
            outputs = run.net(pictures.contiguous(memory_format=torch.channels_last))
        loss = both_losses(outputs, *(target.to(device) for target in targets))
        run.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(run.net.parameters(), CLIP)
        run.optimiser.step()
        run.step += 1
        update_average(run, plan)
        total += loss.item()
        if done >= 1:
            break
    run.epoch += 1
    return total / (count + 1)


@torch.no_grad()
def predict(net: FaceNet, pictures: Tensor, device: torch.device, batch: int = 256) -> tuple[Tensor, Tensor]:
    """uint8 (n, 48, 48) to the logits of both heads, (n, 7) each."""
    net.eval()
    parts = [net(part[:, None].float().to(device)) for part in pictures.split(batch)]
    original, voted = zip(*parts, strict=True)
    return torch.cat(original).cpu(), torch.cat(voted).cpu()


def accuracies(outputs: tuple[Tensor, Tensor], faces: FaceSet) -> tuple[float, float]:
    """Share right: original labels over all, FER+ majority over those with one (contempt counts as wrong)."""
    original, voted = (output.argmax(dim=1) for output in outputs)
    judged = faces.majority >= 0
    right = (voted == faces.majority)[judged].float().mean()
    return float((original == faces.labels).float().mean()), float(right)


def is_over(run: Run, plan: Plan) -> bool:
    """Whether epochs or minutes are used up."""
    return run.epoch >= plan.epochs or run.elapsed_s >= 60 * plan.minutes


def train(plan: Plan, folder: Path, resume: bool, device: torch.device, every: int = 2) -> Run:
    """Trains to the end of the plan; leaves last.pt, best.pt and log.jsonl in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    faces, public = load_training(), as_face_set(read_table("publictest"))
    run = start_run(plan, device, faces)
    if resume and (folder / "last.pt").exists():
        run.load(folder / "last.pt")
    print(f"{len(faces)} training pictures, {sum(p.numel() for p in run.net.parameters())} weights", flush=True)
    while not is_over(run, plan):
        began = time.monotonic()
        row: dict[str, float] = {"loss": train_epoch(run, faces, plan, device)}
        row |= {"epoch": run.epoch, "epoch_s": time.monotonic() - began}
        if run.epoch % every == 0 or is_over(run, plan):
            original, voted = accuracies(predict(run.averaged, public.pictures, device), public)
            row |= {"public_original": original, "public_votes": voted}
            if original + voted > 2 * run.best:
                run.best = (original + voted) / 2
                run.save(folder / "best.pt", plan)
        run.elapsed_s += time.monotonic() - began - row["epoch_s"]
        row["elapsed_s"] = run.elapsed_s
        run.save(folder / "last.pt", plan)
        with (folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(row) + "\n")
        print({name: round(value, 4) for name, value in row.items()}, flush=True)
    return run


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and the log")
    parser.add_argument("--epochs", type=int, default=Plan.epochs)
    parser.add_argument("--minutes", type=float, default=math.inf, help="wall clock; the schedule ends with it")
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--peak-rate", type=float, default=Plan.peak_rate)
    parser.add_argument("--start-from", type=Path, help="a written ONNX file of the same shape to go on from")
    parser.add_argument("--half", action="store_true", help="bfloat16 on a CPU; measure first, some are slower with it")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resume", action="store_true")
    return parser.parse_args()


def as_plan(options: argparse.Namespace) -> Plan:
    """The plan that the command line asks for."""
    start: Path | None = options.start_from
    return Plan(
        epochs=options.epochs,
        minutes=options.minutes,
        peak_rate=options.peak_rate,
        seed=options.seed,
        start_from=str(start or ""),
        start_sha256=hashlib.sha256(start.read_bytes()).hexdigest() if start else "",
        half=options.half,
    )


def main() -> None:
    """Trains as the command line says."""
    options, device = read_options(), torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_num_threads(options.threads)
    plan = as_plan(options)
    print(plan, device, datasets_folder(), flush=True)
    train(plan, options.out, options.resume, device)


if __name__ == "__main__":
    main()
