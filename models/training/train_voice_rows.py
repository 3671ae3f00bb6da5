"""Trains the voice model's second leg: `python -m models.training.train_voice_rows --out DIR [--epochs N] [--seed S]`.

The same speakers as the first leg, half of each batch from either corpus, classes evenly. What the encoder makes of the
spoilt windows is kept in DIR, for that is most of the work; another seed with the same folder begins the nets anew, not
the windows. The averaged weights after the last epoch are the result.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.types import EMOTIONS
from models.training.train_voice import follow, known_labels
from models.training.voice_data import TRAINED_ON, Recording, read_corpus
from models.training.voice_rows import Rows, kept, load_encoder, spoilt_rows
from models.training.voice_rows_net import VoiceRowsNet

SEED = 20261126
TIMES = {"RAVDESS": 8, "nEMO": 3}
"""spoilt windows of each recording"""
BATCH = 64
STEPS = 94
"""an epoch"""
PEAK_RATE = 1e-3
DECAY = 0.05
SMOOTHING = 0.1
MIXUP = 0.3
"""of the batches are mixed (Zhang et al. 2018)"""
KEEP = 0.995
LONGEST = 28
"""rows of 2 s"""
HIDDEN_SHARE = 4
"""stretches of up to one row in so many are hidden, twice"""
LEAST_ROWS = 4


@dataclass(frozen=True)
class Corpus:
    """Windows of one corpus, and how often each is drawn."""

    rows: Rows
    labels: NDArray[np.int64]
    """(k,) of each window"""
    odds: NDArray[np.float64]
    """(k,), classes evenly"""
    known: Tensor
    """(7,) 0 where it has a class, -30 where it lacks it"""


def corpus_of(rows: Rows, recordings: Sequence[Recording], known: Tensor) -> Corpus:
    """Windows with the labels of their recordings."""
    labels = np.array([recording.label for recording in recordings])[rows.owners]
    odds = 1.0 / np.bincount(labels, minlength=len(EMOTIONS))[labels]
    return Corpus(rows, labels, odds / odds.sum(), known)


def moments(corpora: Sequence[Corpus]) -> tuple[Tensor, Tensor]:
    """Mean and deviation (width,) of the rows, either corpus as much as the other."""
    means = np.mean([c.rows.rows[::7].astype(np.float32).mean(axis=0) for c in corpora], axis=0)
    spreads = np.mean([c.rows.rows[::7].astype(np.float32).std(axis=0) for c in corpora], axis=0)
    return torch.from_numpy(means), torch.from_numpy(spreads + 1e-3)


def filled(rows: Sequence[NDArray[np.float32]]) -> tuple[Tensor, Tensor]:
    """Rows of several windows as one (n, LONGEST, width), and which of them are there (n, LONGEST)."""
    full = np.zeros((len(rows), LONGEST, rows[0].shape[1]), np.float32)
    is_there = np.zeros((len(rows), LONGEST), bool)
    for place, own in enumerate(rows):
        full[place, : len(own)] = own[:LONGEST]
        is_there[place, : len(own)] = True
    return torch.from_numpy(full), torch.from_numpy(is_there)


def hide(is_there: Tensor, random: np.random.Generator) -> None:
    """Two stretches of time of each window, as long as enough is left (SpecAugment, Park et al. 2019)."""
    for own in is_there:
        count = int(own.sum())
        for _ in range(2):
            width = int(random.integers(0, max(2, count // HIDDEN_SHARE)))
            start = int(random.integers(0, max(1, count - width)))
            if int(own.sum()) - width > LEAST_ROWS:
                own[start : start + width] = False


@dataclass(frozen=True)
class Batch:
    rows: Tensor
    is_there: Tensor
    targets: Tensor
    """(n, 7) smoothed over the classes the corpus has"""
    known: Tensor


def draw(corpora: Sequence[Corpus], random: np.random.Generator) -> Batch:
    """As many windows of each corpus, spoilt and sometimes mixed."""
    chosen = [random.choice(len(c.odds), BATCH // len(corpora), p=c.odds) for c in corpora]
    rows, is_there = filled([c.rows.of(int(k)) for c, own in zip(corpora, chosen, strict=True) for k in own])
    hide(is_there, random)
    labels = np.concatenate([c.labels[own] for c, own in zip(corpora, chosen, strict=True)])
    known = torch.cat([c.known.expand(len(own), -1) for c, own in zip(corpora, chosen, strict=True)])
    has = (known == 0).float()
    targets = (1 - SMOOTHING) * torch.eye(len(EMOTIONS))[labels] + SMOOTHING * has / has.sum(dim=1, keepdim=True)
    batch = Batch(rows, is_there, targets, known)
    return mixed(batch, random) if random.random() < MIXUP else batch


def mixed(batch: Batch, random: np.random.Generator) -> Batch:
    """Each window with another of the batch."""
    share = float(random.beta(0.4, 0.4))
    share = max(share, 1 - share)
    other = torch.from_numpy(random.permutation(len(batch.rows)))
    return Batch(
        share * batch.rows + (1 - share) * batch.rows[other],
        batch.is_there | batch.is_there[other],
        share * batch.targets + (1 - share) * batch.targets[other],
        torch.maximum(batch.known, batch.known[other]),
    )


def loss_of(net: VoiceRowsNet, batch: Batch) -> Tensor:
    """Cross entropy over the classes that a window's corpus has."""
    logs = torch.log_softmax(net(batch.rows, batch.is_there) + batch.known, dim=1)
    return -(batch.targets * logs).sum(dim=1).mean()


def rate_at(done: float) -> float:
    """Of 0 to 1 of the way: a short rise, then half a cosine down."""
    return PEAK_RATE * min(1.0, done / 0.05) * 0.5 * (1 + math.cos(math.pi * done))


def fit(corpora: Sequence[Corpus], epochs: int, seed: int) -> VoiceRowsNet:
    """The averaged net after so many epochs."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    net = VoiceRowsNet(*moments(corpora))
    slow = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=PEAK_RATE, weight_decay=DECAY)
    steps = STEPS * epochs
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step / steps)
        net.train()
        loss = loss_of(net, draw(corpora, random))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        follow(slow, net, min(KEEP, 1 - 1 / (2 + step)))
        if (step + 1) % STEPS == 0:
            print(f"epoch {(step + 1) // STEPS} loss {float(loss.detach()):.4f}", flush=True)
    return slow


def read_training(folder: Path) -> list[Corpus]:
    """Spoilt windows of both corpora as rows, from the folder or made now."""
    encode = load_encoder()
    recordings = {corpus: read_corpus(corpus, "train") for corpus in TRAINED_ON}
    known = known_labels([recording for own in recordings.values() for recording in own])

    def corpus_in(name: str) -> Corpus:
        path, seed = folder / f"{name}_{TIMES[name]}.npz", 1 + TRAINED_ON.index(name)
        rows = kept(path, lambda: spoilt_rows(recordings[name], TIMES[name], seed, encode))
        return corpus_of(rows, recordings[name], known[name])

    return [corpus_in(name) for name in TRAINED_ON]


def train(out: Path, epochs: int, seed: int) -> Path:
    """Train and save; returns the checkpoint."""
    out.mkdir(parents=True, exist_ok=True)
    corpora = read_training(out)
    began = time.monotonic()
    net = fit(corpora, epochs, seed)
    minutes = (time.monotonic() - began) / 60
    state: dict[str, Any] = {"epochs": epochs, "seed": seed, "minutes": minutes}
    path = out / f"rows_{seed}.pt"
    torch.save({"net": net.state_dict(), "state": state}, path)
    return path


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    train(chosen.out, chosen.epochs, chosen.seed)


if __name__ == "__main__":
    main()
