"""The data of a face run on its device, the walk through a schedule, figures on the way, and what is written."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from models.training.face_augment import Augmented, augment
from models.training.face_data import SIDE_PX, FaceSet, soften_labels
from models.training.face_learning import Pace, Plan, Schedule
from models.training.face_net import CLASSES
from models.training.face_pack import Photographs

SYNC_EVERY = 20
"""Steps after which a GPU is waited for, so that the clock is that of what is done, not of what is asked for."""


class Trainer:
    """The data on the device, and what is written about the run."""

    def __init__(self, data: tuple[FaceSet, FaceSet, Photographs], out: Path, plan: Plan, device: torch.device) -> None:
        training, public, photographs = data
        self.plan, self.out, self.device = plan, out, device
        self.deadline_s = time.monotonic() + 60 * plan.minutes
        self.training, self.public = on_device(training, device), on_device(public, device)
        self.labels = soften_labels(training).to(device)
        known = photographs.labels < CLASSES  # contempt has no output
        self.photographs = Photographs(*(value[known].to(device) for value in photographs))
        self.random = torch.Generator(device).manual_seed(plan.seed)
        self._log = out / "log.jsonl"
        out.mkdir(parents=True, exist_ok=True)

    def tell(self, **row: object) -> None:
        """One line of the log, and of the screen."""
        line = json.dumps({"left_s": round(self.deadline_s - time.monotonic(), 1), **row})
        print(line, flush=True)
        with self._log.open("a") as log:
            log.write(line + "\n")

    def batches(self) -> Iterator[Tensor]:
        """Places of one pass over the training pictures, in whole batches where there is one."""
        count, batch = len(self.training), self.plan.batch
        order = torch.randperm(count, generator=self.random, device=self.device)
        yield from order.split(batch)[: max(1, count // batch)]

    def half(self) -> torch.autocast:
        """bfloat16 where that is fast; casts of weights are not kept, as a captured step must make them anew."""
        enabled = self.plan.half or self.device.type == "cuda"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled, cache_enabled=False)

    def places(self) -> Tensor:
        """Room for the places of one batch."""
        size = min(self.plan.batch, len(self.training))
        return torch.zeros(size, dtype=torch.int64, device=self.device)

    def spoilt(self, pictures: Tensor, pace: Pace) -> Augmented:
        """uint8 pictures as a net is shown them at this pace."""
        return augment(pictures, SIDE_PX, self.random, pace.spoilt_share)


def on_device(faces: FaceSet, device: torch.device) -> FaceSet:
    """The same set there."""
    return FaceSet(**{name: value.to(device) for name, value in vars(faces).items()})


def follow(
    trainer: Trainer,
    schedule: Schedule,
    step: Callable[[Tensor, float], None],
    after: Callable[[int, float, int], None],
) -> None:
    """Walks through a schedule: a `step` with the places of its batch and how far it is, 0..1; `after` each epoch its
    number, how far it is and how many steps it had."""
    epoch, done = 0, 0.0
    while done < 1:
        steps, batches = 0, list(trainer.batches())
        for steps, chosen in enumerate(batches, 1):
            done = schedule.done(epoch + steps / len(batches))
            step(chosen, done)
            if steps % SYNC_EVERY == 0 and trainer.device.type == "cuda":
                torch.cuda.synchronize()
            if done >= 1:
                break
        epoch += 1
        after(epoch, done, steps)


@torch.no_grad()
def probabilities(trainer: Trainer, nets: list[nn.Module], pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Mean over nets and mirrors of what the heads of labels and votes say, uint8 (n, 48, 48) to (n, 7) each."""
    parts: tuple[list[Tensor], list[Tensor]] = ([], [])
    for part in pictures.split(512):
        plain = part[:, None].float().contiguous(memory_format=torch.channels_last)
        with trainer.half():
            answers = [net(side)[:2] for net in nets for side in (plain, plain.flip(3))]
        for head, of_head in enumerate(parts):
            of_head.append(torch.stack([one[head].float().softmax(dim=1) for one in answers]).mean(dim=0))
    return torch.cat(parts[0]), torch.cat(parts[1])


def judged(trainer: Trainer, nets: list[nn.Module]) -> dict[str, float]:
    """PublicTest: shares right of both heads, mirrors averaged; contempt counts as wrong."""
    public = trainer.public
    original, votes = (head.argmax(dim=1) for head in probabilities(trainer, nets, public.pictures))
    known = public.majority >= 0
    return {
        "public_original": round(float((original == public.labels).float().mean()), 4),
        "public_votes": round(float((votes == public.majority)[known].float().mean()), 4),
    }


def write(path: Path, state: dict[str, object]) -> None:
    """Beside it first, then renamed: a kill leaves the former file whole."""
    beside = path.with_suffix(".tmp")
    torch.save(state, beside)
    beside.replace(path)
