"""The schedule, the optimiser against PyTorch's own, and the moving average."""

from __future__ import annotations

import copy
import time

import numpy as np
import pytest
import torch
from torch import nn

from models.training.face_learning import CLIP, MOMENTUM, Learner, Pace, Plan, Schedule, Step, learning_rate, soft_loss
from tests.models.training.made_up_faces import CPU

pytestmark = pytest.mark.slow


def test_rate_rises_then_falls_to_nothing() -> None:
    plan = Plan()
    rates = [learning_rate(done, plan) for done in np.linspace(0, 1, 101)]
    assert max(rates) <= plan.peak_rate
    assert rates.index(max(rates)) == pytest.approx(100 * plan.warmup, abs=1)
    assert rates[-1] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("epochs", "past_s", "done"), [(5.0, 0.0, 0.5), (1.0, 80.0, 0.8), (20.0, 0.0, 1.0), (1.0, 500.0, 1.0)]
)
def test_schedule_follows_whichever_is_further(epochs: float, past_s: float, done: float) -> None:
    now_s = time.monotonic()
    schedule = Schedule(10, ends_s=now_s - past_s + 100, began_s=now_s - past_s)
    assert schedule.done(epochs) == pytest.approx(done, abs=0.02)


def test_learner_steps_as_sgd_with_nesterovs_momentum_does() -> None:
    torch.manual_seed(1)
    plan = Plan(warmup=0.0, decay=0.01)
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 7))
    other = copy.deepcopy(net)
    groups = [
        {"params": [one for one in other.parameters() if one.ndim > 1], "weight_decay": plan.decay},
        {"params": [one for one in other.parameters() if one.ndim == 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.SGD(groups, lr=1.0, momentum=MOMENTUM, nesterov=True)
    learner, pace = Learner(net, plan, CPU), Pace(plan, CPU)
    for number in range(5):
        given, wanted = torch.randn(6, 4) * 10, torch.eye(7)[torch.arange(6) + number % 2]
        pace.set(0.1 * number, 1.0)
        optimiser.zero_grad()
        soft_loss(other(given), wanted).backward()
        nn.utils.clip_grad_norm_(other.parameters(), CLIP)
        for group in optimiser.param_groups:
            group["lr"] = float(pace.rate)
        optimiser.step()
        learner.learn(soft_loss(net(given), wanted), pace)
    for mine, theirs in zip(net.parameters(), other.parameters(), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-5)


def test_average_lies_between_the_start_and_the_newest() -> None:
    net = nn.Linear(2, 7)
    learner, pace = Learner(net, Plan(), CPU), Pace(Plan(), CPU)
    start = net.bias.detach().clone()
    for done in (0.1, 0.2, 0.3):
        pace.set(done, 1.0)
        learner.learn(soft_loss(net(torch.ones(1, 2)), torch.eye(7)[:1]), pace)
    moved, kept = net.bias[0] - start[0], learner.averaged.bias[0] - start[0]
    assert 0 < kept < moved


def test_weightless_pictures_teach_nothing() -> None:
    logits = torch.zeros(2, 7, requires_grad=True)
    soft_loss(logits, torch.eye(7)[:2], torch.tensor([1.0, 0.0])).backward()
    assert logits.grad is not None
    assert logits.grad[0].abs().sum() > 0
    assert logits.grad[1].abs().sum() == 0


def test_step_on_a_cpu_is_the_function_itself() -> None:
    calls: list[int] = []
    step = Step(lambda: calls.append(1), torch.Generator())
    for _ in range(5):
        step()
    assert len(calls) == 5
