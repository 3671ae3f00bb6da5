"""The voice net: residual convolutions over a log-mel picture, attentive statistics pooling, seven expressions.

Attentive statistics pooling: Okabe, Koshinaka and Shinoda 2018, arXiv 1803.10963.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from core.estimation.log_mel import BANDS
from core.types import EMOTIONS

WIDTHS = (32, 64, 96, 128)
HIDDEN = 128


class Block(nn.Module):
    """Two 3x3 convolutions with their input added; halves both sides where `stride` is 2."""

    def __init__(self, into: int, out: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Sequential(
            nn.Conv2d(into, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)
        )
        self.second = nn.Sequential(nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out))
        self.around: nn.Module = nn.Identity()
        if into != out or stride != 1:
            self.around = nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True) if stride > 1 else nn.Identity(),
                nn.Conv2d(into, out, 1, bias=False),
                nn.BatchNorm2d(out),
            )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.second(self.first(x)) + self.around(x))


class VoiceNet(nn.Module):
    """Pictures (n, BANDS, FRAMES) to logits (n, 7)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, WIDTHS[0], 5, 2, 2, bias=False), nn.BatchNorm2d(WIDTHS[0]), nn.ReLU(inplace=True)
        )
        steps = pairwise(WIDTHS)
        self.body = nn.Sequential(Block(WIDTHS[0], WIDTHS[0], 1), *(Block(into, out, 2) for into, out in steps))
        rows = BANDS // 2 ** len(WIDTHS)
        self.flatten = nn.Sequential(nn.Conv1d(WIDTHS[-1] * rows, HIDDEN, 1), nn.BatchNorm1d(HIDDEN), nn.ReLU())
        self.look = nn.Sequential(nn.Conv1d(HIDDEN, 64, 1), nn.Tanh(), nn.Conv1d(64, 1, 1))
        self.drop = nn.Dropout(0.3)
        self.tell = nn.Linear(2 * HIDDEN, len(EMOTIONS))

    def forward(self, pictures: Tensor) -> Tensor:
        x = self.body(self.stem(pictures.unsqueeze(1)))
        x = self.flatten(x.flatten(1, 2))
        share = torch.softmax(self.look(x), dim=2)
        mean = (share * x).sum(dim=2)
        spread = torch.sqrt(((share * x * x).sum(dim=2) - mean * mean).clamp(min=1e-4))
        logits: Tensor = self.tell(self.drop(torch.cat([mean, spread], dim=1)))
        return logits
