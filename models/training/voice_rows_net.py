"""The second leg of the voice model: attentive statistics pooling over the rows that a recogniser's encoder makes.

Attentive statistics pooling: Okabe, Koshinaka and Shinoda 2018, arXiv 1803.10963.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.types import EMOTIONS
from models._moonshine_nets import INNER

WIDTH = 288 * len(INNER)
"""numbers in a row"""
HIDDEN, LOOK = 192, 64


class VoiceRowsNet(nn.Module):
    """Rows (n, t, WIDTH) to logits (n, 7)."""

    mean: Tensor
    spread: Tensor

    def __init__(self, mean: Tensor | None = None, spread: Tensor | None = None) -> None:
        """`mean` and `spread` (WIDTH,) of the rows of the training speech; they are weights of the net."""
        super().__init__()
        self.register_buffer("mean", torch.zeros(WIDTH) if mean is None else mean)
        self.register_buffer("spread", torch.ones(WIDTH) if spread is None else spread)
        self.hide = nn.Dropout1d(0.15)
        self.narrow = nn.Sequential(
            nn.Conv1d(WIDTH, HIDDEN, 3, 1, 1), nn.BatchNorm1d(HIDDEN), nn.ReLU(), nn.Dropout(0.2)
        )
        self.look = nn.Sequential(nn.Conv1d(HIDDEN, LOOK, 1), nn.Tanh(), nn.Conv1d(LOOK, 1, 1))
        self.drop = nn.Dropout(0.4)
        self.tell = nn.Linear(2 * HIDDEN, len(EMOTIONS))

    def forward(self, rows: Tensor, is_there: Tensor | None = None) -> Tensor:
        """`is_there` (n, t) is false where a row only fills up a batch or is hidden; None: all are."""
        x = (rows - self.mean) / self.spread
        if is_there is not None:
            x = x * is_there.unsqueeze(2)
        x = self.narrow(self.hide(x.transpose(1, 2)))
        look = self.look(x)
        if is_there is not None:
            look = look.masked_fill(~is_there.unsqueeze(1), -1e4)
        share = torch.softmax(look, dim=2)
        mean = (share * x).sum(dim=2)
        spread = torch.sqrt(((share * x * x).sum(dim=2) - mean * mean).clamp(min=1e-4))
        logits: Tensor = self.tell(self.drop(torch.cat([mean, spread], dim=1)))
        return logits
