"""The compact face net: one residual trunk over 48x48 grey pictures, four linear heads.

Half-resolution from the start (each 2x2 pixel block becomes four channels, so nothing is lost), widths that double
while the side halves, and the widening convolution *before* each pooling: the layout of the CIFAR speed-run nets
(Jordan, "94% on CIFAR-10 in 3.29 seconds", arXiv 2404.00498), with a residual pair and squeeze-and-excitation
(Hu et al., arXiv 1709.01507) in each stage. Chosen because it learns most per multiplication on a plain CPU.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

CLASSES = 7
STEM = 32
WIDTHS = (64, 160, 320)
SQUEEZE = 8
SOFTEN_GREY = 4.0
"""Added (in quadrature) to a picture's standard deviation, in grey levels, so that flat pictures are not blown up."""


class Standardise(nn.Module):
    """Each picture to zero mean and unit deviation, inside the graph: (n, 1, h, w) in 0..255 to about -3..3."""

    def forward(self, pictures: Tensor) -> Tensor:
        mean = pictures.mean(dim=(2, 3), keepdim=True)
        centred = pictures - mean
        variance = (centred * centred).mean(dim=(2, 3), keepdim=True)
        return centred / torch.sqrt(variance + SOFTEN_GREY**2)


class SqueezeExcite(nn.Module):
    """Scales each channel by what the whole picture says about it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, channels // SQUEEZE)
        self.excite = nn.Linear(channels // SQUEEZE, channels)

    def forward(self, maps: Tensor) -> Tensor:
        scale = torch.sigmoid(self.excite(torch.relu(self.squeeze(maps.mean(dim=(2, 3))))))
        return maps * scale[:, :, None, None]


def conv_norm(before: int, after: int) -> nn.Sequential:
    """A 3x3 convolution and its norm; the side stays."""
    return nn.Sequential(nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after))


class Stage(nn.Module):
    """Widen, halve the side, then one residual pair: (n, before, s, s) to (n, after, s // 2, s // 2)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.widen = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(after)
        self.first = conv_norm(after, after)
        self.second = conv_norm(after, after)
        self.weigh = SqueezeExcite(after)

    def forward(self, maps: Tensor) -> Tensor:
        short = torch.relu(self.norm(nn.functional.max_pool2d(self.widen(maps), 2)))
        return torch.relu(short + self.weigh(self.second(torch.relu(self.first(short)))))


class Outputs(NamedTuple):
    """What a net says about n pictures; the three heads of expressions in the order of EMOTIONS."""

    original: Tensor
    """(n, 7) logits: FER2013's original labels"""
    votes: Tensor
    """(n, 7) logits: the FER+ votes"""
    live: Tensor
    """(n, 7) logits: the votes and loose photographs together, which is what runs live"""
    hidden: Tensor
    """(n,) logit: eyes or mouth are covered"""


class FaceNet(nn.Module):
    """Float pictures (n, 1, h, w) in 0..255 to Outputs. Sides of 32, 40 and 48 px work."""

    def __init__(self, stem: int = STEM, widths: tuple[int, ...] = WIDTHS, dropout: float = 0.3) -> None:
        super().__init__()
        self.standardise = Standardise()
        self.stem = conv_norm(4, stem)
        befores = (stem, *widths[:-1])
        self.stages = nn.Sequential(*(Stage(before, after) for before, after in zip(befores, widths, strict=True)))
        self.dropout = nn.Dropout(dropout)
        self.original, self.votes, self.live = (nn.Linear(2 * widths[-1], CLASSES) for _ in range(3))
        self.hidden = nn.Linear(2 * widths[-1], 1)
        for name, weight in self.stages.named_parameters():
            if name.endswith("second.1.weight"):  # each residual branch starts at zero: early steps train a shallow net
                nn.init.zeros_(weight)

    def forward(self, pictures: Tensor) -> Outputs:
        maps = nn.functional.pixel_unshuffle(self.standardise(pictures), 2)
        maps = self.stages(torch.relu(self.stem(maps)))
        pooled = self.dropout(torch.cat((maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))), dim=1))
        return Outputs(self.original(pooled), self.votes(pooled), self.live(pooled), self.hidden(pooled)[:, 0])
