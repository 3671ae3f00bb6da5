"""Trains the voice net: `python -m models.training.train_voice --out DIR [--epochs N] [--seed S] [--resume]`.

RAVDESS and nEMO train splits, half of each epoch from either, classes evenly. The averaged weights after the last epoch
are the result: the validation speakers (two and one) are too few to choose an epoch by.
"""

from __future__ import annotations

import argparse
import copy
import math
import queue
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.estimation.log_mel import log_mel
from core.types import EMOTIONS
from models.training.figures import recalls, softmax
from models.training.voice_data import (
    TRAINED_ON,
    Recording,
    live_windows,
    random_pictures,
    random_windows,
    read_corpus,
)
from models.training.voice_net import VoiceNet

SEED = 20261124
BATCH = 32
EPOCH = 3_000
"""recordings drawn an epoch"""
PEAK_RATE = 2e-3
DECAY = 0.02
SMOOTHING = 0.05
MIXUP = 0.2
"""of the batches are mixed (Zhang et al. 2018)"""
KEEP = 0.997
TELL_EVERY = 4
"""epochs between two looks at the validation speakers"""


def draw(recordings: list[Recording], random: np.random.Generator) -> list[Recording]:
    """An epoch: each corpus as often as the other, each class of a corpus as often as the others."""
    drawn: list[Recording] = []
    for corpus in TRAINED_ON:
        own = [r for r in recordings if r.corpus == corpus]
        labels = np.array([r.label for r in own])
        weights = 1.0 / np.bincount(labels, minlength=len(EMOTIONS))[labels]
        chosen = random.choice(len(own), EPOCH // len(TRAINED_ON), p=weights / weights.sum())
        drawn += [own[place] for place in chosen]
    return [drawn[place] for place in random.permutation(len(drawn))]


def known_labels(recordings: list[Recording]) -> dict[str, Tensor]:
    """For each corpus 0 where it has a class, -30 where it lacks it: nEMO says nothing of disgust."""
    there = {c: {r.label for r in recordings if r.corpus == c} for c in TRAINED_ON}
    return {c: torch.tensor([0.0 if e in there[c] else -30.0 for e in range(len(EMOTIONS))]) for c in TRAINED_ON}


def batches(recordings: list[Recording], seed: int) -> queue.Queue[Any]:
    """Pictures and recordings of one epoch, made in a thread beside the training; None at the end."""
    ready: queue.Queue[Any] = queue.Queue(maxsize=6)

    def make() -> None:
        random = np.random.default_rng(seed)
        drawn = draw(recordings, random)
        for start in range(0, len(drawn) - BATCH + 1, BATCH):
            part = drawn[start : start + BATCH]
            ready.put((random_pictures(random_windows(part, random), random), part, random.beta(0.4, 0.4)))
        ready.put(None)

    threading.Thread(target=make, daemon=True).start()
    return ready


def loss_of(net: nn.Module, pictures: Tensor, part: list[Recording], known: dict[str, Tensor], mix: float) -> Tensor:
    """Cross entropy over the classes the corpus has; some batches are mixed with themselves in another order."""
    masks = torch.stack([known[r.corpus] for r in part])
    there = (masks == 0).float()
    targets = torch.eye(len(EMOTIONS))[[r.label for r in part]]
    targets = (1 - SMOOTHING) * targets + SMOOTHING * there / there.sum(dim=1, keepdim=True)
    if np.random.default_rng(int(mix * 1e9)).random() < MIXUP:
        mix = max(mix, 1 - mix)
        other = torch.randperm(len(part))
        pictures = mix * pictures + (1 - mix) * pictures[other]
        targets = mix * targets + (1 - mix) * targets[other]
        masks = torch.maximum(masks, masks[other])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = net(pictures)
    logs = torch.log_softmax(logits.float() + masks, dim=1)
    return -(targets * logs).sum(dim=1).mean()


@torch.no_grad()
def judge(net: VoiceNet, recordings: list[Recording]) -> float:
    """Mean recall over the classes that occur, of the mean log-probability over a recording's windows."""
    net.eval()
    told = []
    for recording in recordings:
        logits = net(torch.from_numpy(log_mel(live_windows(recording.samples)))).numpy()
        told.append(np.log(softmax(logits)).mean(axis=0).argmax())
    return float(np.nanmean(recalls(np.array(told), np.array([r.label for r in recordings]), len(EMOTIONS))))


def train(out: Path, epochs: int, seed: int, resume: bool) -> None:
    """Train and save after each epoch; validation figures are printed, not used."""
    torch.manual_seed(seed)
    out.mkdir(parents=True, exist_ok=True)
    recordings = [r for corpus in TRAINED_ON for r in read_corpus(corpus, "train")]
    valid = {corpus: read_corpus(corpus, "valid") for corpus in TRAINED_ON}
    known = known_labels(recordings)
    net = nn.utils.convert_conv2d_weight_memory_format(VoiceNet(), torch.channels_last)
    slow = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=PEAK_RATE, weight_decay=DECAY)
    state: dict[str, Any] = {"epoch": 0, "epochs": epochs, "seed": seed, "minutes": 0.0}
    if resume and (out / "last.pt").exists():
        saved = torch.load(out / "last.pt", weights_only=False)
        net.load_state_dict(saved["net"])
        slow.load_state_dict(saved["slow"])
        optimiser.load_state_dict(saved["optimiser"])
        state = saved["state"]
    steps = EPOCH // BATCH
    while state["epoch"] < epochs:
        began, total = time.monotonic(), 0.0
        ready = batches(recordings, seed + 1000 * state["epoch"])
        for number in range(steps):
            pictures, part, mix = ready.get()
            done = (state["epoch"] + number / steps) / epochs
            for group in optimiser.param_groups:
                group["lr"] = PEAK_RATE * min(1.0, done / 0.04) * 0.5 * (1 + math.cos(math.pi * done))
            net.train()
            loss = loss_of(net, torch.from_numpy(pictures), part, known, mix)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            follow(slow, net, min(KEEP, 1 - 1 / (2 + state["epoch"] * steps + number)))
            total += float(loss.detach())
        state["epoch"] += 1
        state["minutes"] += (time.monotonic() - began) / 60
        is_told = state["epoch"] % TELL_EVERY == 0 or state["epoch"] == epochs
        figures = {c: round(judge(slow, own), 3) for c, own in valid.items()} if is_told else {}
        print(f"epoch {state['epoch']} loss {total / steps:.4f} {figures} {state['minutes']:.1f} min", flush=True)
        saved = {"net": net.state_dict(), "slow": slow.state_dict(), "optimiser": optimiser.state_dict()}
        torch.save(saved | {"state": state}, out / "last.pt")


@torch.no_grad()
def follow(slow: nn.Module, net: nn.Module, keep: float) -> None:
    """Move averaged weights and batch statistics a little towards the present ones."""
    for old, new in zip(slow.state_dict().values(), net.state_dict().values(), strict=True):
        if old.dtype.is_floating_point:
            old.lerp_(new, 1 - keep)
        else:
            old.copy_(new)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--resume", action="store_true")
    chosen = parser.parse_args()
    train(chosen.out, chosen.epochs, chosen.seed, chosen.resume)


if __name__ == "__main__":
    main()
