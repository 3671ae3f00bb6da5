"""What one net learns with: the plan of a run, its schedule, and an optimiser whose whole step a GPU can replay."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from models.training.face_net import STEM, WIDTHS
from models.training.face_pack import FOLDS
from models.training.face_teacher import WIDTHS as TEACHER_WIDTHS

CLIP = 5.0
"""Largest norm of one step's gradient."""
MOMENTUM = 0.9
WARM_UP = 3
"""Steps before one is captured."""


@dataclass(frozen=True)
class Plan:
    """What a run does; stored with its files."""

    minutes: float = 6.5
    """wall clock of the whole run"""
    teachers: int = 2
    teachers_time: float = 0.45
    """the part of the minutes that the teachers have"""
    teacher_epochs: int = 80
    student_epochs: int = 200
    batch: int = 384
    photographs: int = 40
    """of each fold in each batch"""
    peak_rate: float = 0.15
    warmup: float = 0.06
    decay: float = 5e-4
    average: float = 0.998
    """exponential moving average of the weights, per step"""
    seed: int = 1
    stem: int = STEM
    widths: tuple[int, ...] = WIDTHS
    teacher_widths: tuple[int, ...] = TEACHER_WIDTHS
    hidden_weight: float = 0.3
    """how much it counts beside the expressions whether a face is covered"""
    half: bool = False
    """bfloat16 on a CPU too; a GPU always has it"""
    folds: tuple[int, ...] = tuple(range(FOLDS))
    """folds that get a student of their own"""


@dataclass
class Schedule:
    """How far a part of the run is, 0..1: by its epochs or by the clock, whichever is further."""

    epochs: int
    ends_s: float
    """monotonic"""
    began_s: float = field(default_factory=time.monotonic)

    def done(self, epochs: float) -> float:
        """After so many epochs, now."""
        now_s = time.monotonic()
        share = 1.0 if now_s >= self.ends_s else (now_s - self.began_s) / (self.ends_s - self.began_s)
        return min(1.0, max(epochs / self.epochs, share))


class Pace:
    """What changes from step to step, as tensors on the device."""

    def __init__(self, plan: Plan, device: torch.device) -> None:
        self.rate, self.keep, self.spoilt_share = (torch.zeros((), device=device) for _ in range(3))
        self._plan, self._steps = plan, 0

    def set(self, done: float, spoilt_share: float) -> None:
        """For the next step; `done` 0..1."""
        self._steps += 1
        self.rate.fill_(learning_rate(done, self._plan))
        self.keep.fill_(min(self._plan.average, (1 + self._steps) / (10 + self._steps)))
        self.spoilt_share.fill_(spoilt_share)


class Learner:
    """A net, its optimiser and its moving average, which is what counts in the end.

    The optimiser is SGD with Nesterov's momentum, written out so that a whole step can be captured as a CUDA graph:
    its rate is a tensor. Norms and biases are not decayed.
    """

    def __init__(self, net: nn.Module, plan: Plan, device: torch.device) -> None:
        self.net = nn.utils.convert_conv2d_weight_memory_format(net.to(device), torch.channels_last).train()
        self.averaged = copy.deepcopy(self.net).eval().requires_grad_(False)
        self._weights: list[Tensor] = list(self.net.parameters())
        self._momenta = [torch.zeros_like(one) for one in self._weights]
        self._decays = [plan.decay if one.ndim > 1 else 0.0 for one in self._weights]
        pairs = zip(self.averaged.state_dict().values(), self.net.state_dict().values(), strict=True)
        self._kept, self._newest = zip(*((kept, new) for kept, new in pairs if kept.is_floating_point()), strict=True)

    def learn(self, loss: Tensor, pace: Pace) -> None:
        """One step."""
        for weight in self._weights:
            weight.grad = None
        loss.backward()
        with torch.no_grad():
            gradients = [weight.grad for weight in self._weights if weight.grad is not None]
            norm = torch.stack(torch._foreach_norm(gradients)).norm()
            torch._foreach_mul_(gradients, (CLIP / (norm + 1e-6)).clamp(max=1.0))
            torch._foreach_add_(gradients, list(torch._foreach_mul(self._weights, self._decays)))
            torch._foreach_mul_(self._momenta, MOMENTUM)
            torch._foreach_add_(self._momenta, gradients)
            torch._foreach_add_(gradients, self._momenta, alpha=MOMENTUM)
            torch._foreach_mul_(gradients, pace.rate)
            torch._foreach_add_(self._weights, gradients, alpha=-1)
            torch._foreach_mul_(self._kept, pace.keep)
            torch._foreach_add_(self._kept, torch._foreach_mul(self._newest, 1 - pace.keep))


class Step:
    """A function of tensors that stay where they are: on a GPU captured once and replayed, for launching its hundreds
    of small kernels one by one takes several times longer than they run (measured: 140 ms for 35)."""

    def __init__(self, function: Callable[[], None], random: torch.Generator) -> None:
        self._function, self._random = function, random
        self._calls = 0
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        self._calls += 1
        if self._random.device.type != "cuda":
            self._function()
        elif self._graph is not None:
            self._graph.replay()
        elif self._calls <= WARM_UP:
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                self._function()
            torch.cuda.current_stream().wait_stream(side)
        else:
            graph = torch.cuda.CUDAGraph()
            graph.register_generator_state(self._random)
            with torch.cuda.graph(graph):
                self._function()
            self._graph = graph
            graph.replay()


def learning_rate(done: float, plan: Plan) -> float:
    """Done 0..1 to a rate: straight up, then a cosine to 0."""
    if done < plan.warmup:
        return plan.peak_rate * (0.05 + 0.95 * done / plan.warmup)
    return plan.peak_rate * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - plan.warmup) / (1 - plan.warmup))))


def soft_loss(logits: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
    """Cross entropy (n, 7) against soft targets, the mean over the pictures or by their weights."""
    losses = -(targets * torch.log_softmax(logits.float(), dim=1)).sum(dim=1)
    return losses.mean() if weights is None else (weights * losses).sum() / weights.sum().clamp(min=1)
