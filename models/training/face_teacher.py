"""The wide nets that teach the compact one: residual nets on 48x48 grey pictures with the same two heads.

The layout of ResNet-18 for small pictures (He et al., arXiv 1512.03385: no pooling at the start, widths that double
while the side halves), with squeeze-and-excitation as the compact net has it. They never ship.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.training.face_net import CLASSES, SqueezeExcite, Standardise, conv_norm

WIDTHS = (64, 128, 256, 512)
BLOCKS = 2


class Block(nn.Module):
    """Two convolutions beside a short way; the first may halve the side."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(after)
        self.second = conv_norm(after, after)
        self.weigh = SqueezeExcite(after)
        same = stride == 1 and before == after
        self.short = (
            nn.Identity()
            if same
            else nn.Sequential(
                nn.AvgPool2d(stride) if stride > 1 else nn.Identity(),
                nn.Conv2d(before, after, 1, bias=False),
                nn.BatchNorm2d(after),
            )
        )
        nn.init.zeros_(self.second[1].get_parameter("weight"))  # each residual branch starts at zero

    def forward(self, maps: Tensor) -> Tensor:
        inner = self.second(torch.relu(self.norm(self.first(maps))))
        return torch.relu(self.short(maps) + self.weigh(inner))


class TeacherNet(nn.Module):
    """Float pictures (n, 1, 48, 48) in 0..255 to two logits (n, 7): original labels, FER+ votes."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS, dropout: float = 0.4) -> None:
        super().__init__()
        self.standardise = Standardise()
        self.stem = conv_norm(1, widths[0])
        blocks: list[nn.Module] = []
        before = widths[0]
        for place, after in enumerate(widths):
            blocks.append(Block(before, after, 1 if place == 0 else 2))
            blocks.extend(Block(after, after, 1) for _ in range(BLOCKS - 1))
            before = after
        self.blocks = nn.Sequential(*blocks)
        self.dropout = nn.Dropout(dropout)
        self.original = nn.Linear(widths[-1], CLASSES)
        self.votes = nn.Linear(widths[-1], CLASSES)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.blocks(torch.relu(self.stem(self.standardise(pictures))))
        pooled = self.dropout(maps.mean(dim=(2, 3)))
        return self.original(pooled), self.votes(pooled)
