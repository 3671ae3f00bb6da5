"""Trains the compact text net on the text tables: `python -m models.training.train_text --out FOLDER --minutes 25`.

GoEmotions valid chooses, no test split is opened here. The schedule follows whichever is further, epochs or the clock.
Figures: `models.training.evaluate_text`.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.training.text_data import TextSet, Words, batches, draw_pass, load_training, number_words, read_split
from models.training.text_net import HIDDEN, SIZE, TextNet

CLIP = 1.0
AVERAGE_EVERY = 4
"""Steps between two updates of the averaged weights: the table is large."""
LIVE_WEIGHT = 1.0
"""Of the live head's loss beside the GoEmotions head's."""


@dataclass(frozen=True)
class Plan:
    """What a run does; stored with its checkpoints."""

    epochs: int = 10
    minutes: float = math.inf
    """Wall clock, all resumed parts together; the schedule is stretched to end then."""
    batch: int = 96
    peak_rate: float = 2e-3
    warmup: float = 0.05
    decay: float = 0.02
    average: float = 0.995
    lost: float = 0.15
    """Share of a word's places left out at each reading."""
    smoothing: float = 0.05
    seed: int = 1
    size: int = SIZE
    hidden: int = HIDDEN


@dataclass
class Run:
    """All that changes while training; `save` and `load` keep it whole."""

    net: TextNet
    averaged: TextNet
    optimisers: tuple[torch.optim.Optimizer, torch.optim.Optimizer]
    epoch: int = 0
    step: int = 0
    elapsed_s: float = 0.0
    best: float = 0.0
    """Best macro-F1 on GoEmotions valid so far, with thresholds fitted there."""

    def save(self, path: Path, plan: Plan) -> None:
        """Writes beside and renames: a kill leaves the former checkpoint whole."""
        state = {
            "net": self.net.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
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
        for optimiser, kept in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(kept)
        for name, value in state["progress"].items():
            setattr(self, name, value)


def start_run(plan: Plan) -> Run:
    """A fresh net; the table's rows move only when they are read."""
    torch.manual_seed(plan.seed)
    net = TextNet(plan.size, plan.hidden)
    rest = [weight for name, weight in net.named_parameters() if name != "table.weight"]
    table = torch.optim.SparseAdam([net.table.weight], lr=plan.peak_rate)
    dense = torch.optim.AdamW(rest, lr=plan.peak_rate, weight_decay=plan.decay)
    return Run(net, copy.deepcopy(net).eval().requires_grad_(False), (table, dense))


def learning_rate(progress: float, plan: Plan) -> float:
    """Progress 0..1 to a rate: straight up, then a cosine to 0."""
    if progress < plan.warmup:
        return plan.peak_rate * (0.05 + 0.95 * progress / plan.warmup)
    return plan.peak_rate * 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - plan.warmup) / (1 - plan.warmup))))


def both_losses(outputs: tuple[Tensor, Tensor], targets: Tensor, corpus: Tensor, biases: Tensor, soft: float) -> Tensor:
    """GoEmotions' texts teach `several`; every text teaches `one`, several labels sharing its probability."""
    several, one = outputs
    asked = corpus == 0
    first = nn.functional.binary_cross_entropy_with_logits(several[asked], targets[asked]) if asked.any() else 0.0
    shares = targets / targets.sum(1, keepdim=True)
    shares = (1 - soft) * shares + soft / shares.shape[1]
    second = -(shares * torch.log_softmax(one + biases[corpus], dim=1)).sum(1).mean()
    return 4 * first + LIVE_WEIGHT * second


@torch.no_grad()
def update_average(run: Run, plan: Plan) -> None:
    """Moves the averaged weights a little towards the newest; faster in the first steps."""
    keep = min(plan.average**AVERAGE_EVERY, (1 + run.step) / (40 + run.step))
    for averaged, now in zip(run.averaged.parameters(), run.net.parameters(), strict=True):
        averaged.lerp_(now, 1 - keep)


def train_epoch(run: Run, texts: TextSet, words: Words, plan: Plan) -> float:
    """One pass; returns the mean loss. Random numbers depend on seed and epoch only."""
    random = np.random.default_rng(plan.seed * 100_003 + run.epoch)
    torch.manual_seed(plan.seed * 100_003 + run.epoch)
    drawn = draw_pass(texts, random)
    total, began, before_s, steps = 0.0, time.monotonic(), run.elapsed_s, max(1, len(drawn) // plan.batch)
    run.net.train()
    for count, (part, tokens) in enumerate(batches(words, drawn, plan.batch, random)):
        run.elapsed_s = before_s + time.monotonic() - began
        done = max((run.epoch + count / steps) / plan.epochs, run.elapsed_s / (60 * plan.minutes))
        for optimiser in run.optimisers:
            optimiser.param_groups[0]["lr"] = learning_rate(done, plan)
        outputs = run.net(*batch_places(words, tokens), plan.lost)
        targets, corpus = torch.from_numpy(texts.targets[part]), torch.from_numpy(texts.corpus[part])
        loss = both_losses(outputs, targets, corpus, run.net.biases, plan.smoothing)
        for optimiser in run.optimisers:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(run.net.trunk.parameters(), CLIP)
        for optimiser in run.optimisers:
            optimiser.step()
        run.step += 1
        if run.step % AVERAGE_EVERY == 0:
            update_average(run, plan)
        total += loss.item()
        if done >= 1:
            break
    run.epoch += 1
    return total / (count + 1)


def batch_places(words: Words, tokens: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """The batch's different tokens as places (v, WIDTH), and its texts as numbers among them."""
    different, numbers = np.unique(tokens, return_inverse=True)
    empty = int(different[0] == -1)
    return torch.from_numpy(words.places[different[empty:]]), torch.from_numpy(numbers.reshape(tokens.shape) - empty)


@torch.no_grad()
def predict(net: TextNet, words: Words, size: int = 256) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits (n, 7) of both heads for every text, the live one with its live bias."""
    net.eval()
    order = np.argsort([len(row) for row in words.rows], kind="stable")
    found = np.zeros((2, len(order), 7), np.float32)
    for part in np.array_split(order, max(1, len(order) // size)):
        tokens = np.full((len(part), max(1, *(len(words.rows[place]) for place in part))), -1, np.int64)
        for into, place in zip(tokens, part, strict=True):
            into[: len(words.rows[place])] = words.rows[place]
        if (tokens < 0).all():
            continue
        several, one = net(*batch_places(words, tokens))
        found[0, part], found[1, part] = several.numpy(), (one + net.live_bias()).numpy()
    return found[0], found[1]


def f1_at(logits: NDArray[np.float32], targets: NDArray[np.float32], thresholds: NDArray[np.float64]) -> float:
    """Mean over the columns of the F1 of `logit >= threshold`."""
    named = logits >= thresholds
    right = (named & (targets > 0)).sum(0)
    return float(np.mean(2 * right / np.maximum(1, named.sum(0) + targets.sum(0))))


def fit_thresholds(logits: NDArray[np.float32], targets: NDArray[np.float32]) -> NDArray[np.float64]:
    """For each column the logit (7,) from which naming it gives the best F1; steps of 0.1."""
    steps = np.arange(-4, 3, 0.1)
    return np.array(
        [
            max(steps, key=lambda step: f1_at(logits[:, [k]], targets[:, [k]], np.array([step])))
            for k in range(logits.shape[1])
        ]
    )


def is_over(run: Run, plan: Plan) -> bool:
    """Whether epochs or minutes are used up."""
    return run.epoch >= plan.epochs or run.elapsed_s >= 60 * plan.minutes


def train(plan: Plan, folder: Path, resume: bool) -> Run:
    """Trains to the end of the plan; leaves last.pt, best.pt and log.jsonl in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    run = start_run(plan)
    if resume and (folder / "last.pt").exists():
        run.load(folder / "last.pt")
    texts, valid = load_training(), read_split("goemotions", "valid")
    words, valid_words = number_words(texts.texts), number_words(valid.texts)
    print(f"{len(texts)} texts, {len(words.places)} different tokens", flush=True)
    while not is_over(run, plan):
        began = time.monotonic()
        row: dict[str, float] = {"loss": train_epoch(run, texts, words, plan)}
        row |= {"epoch": run.epoch, "epoch_s": time.monotonic() - began}
        several, one = predict(run.averaged, valid_words)
        row["valid_f1"] = f1_at(several, valid.targets, fit_thresholds(several, valid.targets))
        row["valid_one"] = float(valid.targets[np.arange(len(valid)), one.argmax(1)].mean())
        if row["valid_f1"] > run.best:
            run.best = row["valid_f1"]
            run.save(folder / "best.pt", plan)
        run.elapsed_s += time.monotonic() - began - row["epoch_s"]
        row["elapsed_s"] = run.elapsed_s
        run.save(folder / "last.pt", plan)
        with (folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(row) + "\n")
        print({name: round(value, 4) for name, value in row.items()}, flush=True)
    return run


def main() -> None:
    """Trains as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and the log")
    parser.add_argument("--epochs", type=int, default=Plan.epochs)
    parser.add_argument("--minutes", type=float, default=math.inf, help="wall clock; the schedule ends with it")
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    plan = Plan(epochs=options.epochs, minutes=options.minutes, seed=options.seed)
    print(plan, flush=True)
    train(plan, options.out, options.resume)


if __name__ == "__main__":
    main()
