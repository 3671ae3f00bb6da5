"""The compact text net: a hashed table of words and letter groups, one GRU each way, attention, two heads.

`several` answers GoEmotions' question (which of seven, any number), `one` the live question (how likely is each).
Corpora differ in how often each expression is named, not in what it means: `one` learns a bias for each.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.types import EMOTIONS
from models._text_features import PLACES
from models.training.text_data import CORPORA

SIZE, HIDDEN = 80, 128
"""Numbers of a token; numbers of the GRU's state each way. 84,001 x 80 bytes are 6.7 MB."""
CONVERSATIONS = ("goemotions", "dailydialog", "meld", "emorynlp")
"""Whose biases, averaged, run live."""


class Trunk(nn.Module):
    """Token vectors (b, t, SIZE) and their mask (b, t) to both heads' logits, the live one without any bias."""

    def __init__(self, size: int = SIZE, hidden: int = HIDDEN, dropout: float = 0.4) -> None:
        super().__init__()
        self.drop_in, self.drop_out = nn.Dropout(0.3), nn.Dropout(dropout)
        self.gru = nn.GRU(size, hidden, batch_first=True, bidirectional=True)
        self.ask = nn.Linear(2 * hidden, 1)
        wide = 4 * hidden + size
        self.norm = nn.LayerNorm(wide)
        self.several, self.one = nn.Linear(wide, len(EMOTIONS)), nn.Linear(wide, len(EMOTIONS), bias=False)

    def forward(self, vectors: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        states, _ = self.gru(self.drop_in(vectors))
        away = (1 - mask)[:, :, None] * -1e4
        share = torch.softmax(self.ask(states) + away, dim=1)
        mean = (vectors * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1).sqrt()
        found = torch.cat([(share * states).sum(1), (states + away).max(1).values, mean], dim=1)
        found = self.drop_out(self.norm(found))
        return self.several(found), self.one(found)


class TextNet(nn.Module):
    """The table, the trunk and the biases of the corpora."""

    def __init__(self, size: int = SIZE, hidden: int = HIDDEN, places: int = PLACES) -> None:
        super().__init__()
        self.table = nn.Embedding(places, size, sparse=True)
        nn.init.normal_(self.table.weight, std=0.5 / size**0.5)
        with torch.no_grad():
            self.table.weight[0] = 0
        self.trunk = Trunk(size, hidden)
        self.biases = nn.Parameter(torch.zeros(len(CORPORA), len(EMOTIONS)))

    def token_vectors(self, places: Tensor, lost: float = 0.0) -> Tensor:
        """Places (v, WIDTH) to vectors (v, SIZE): the word's own plus the mean of its letter groups'.

        `lost` is the share of single places left out: what a typo does.
        """
        there = (places > 0).float()
        if lost:
            there = there * (torch.rand(places.shape) >= lost)
        groups = there[:, 1:] / there[:, 1:].sum(1, keepdim=True).clamp(min=1)
        weights = torch.cat([there[:, :1], groups], dim=1)
        table = self.table.weight
        return nn.functional.embedding_bag(places, table, per_sample_weights=weights, mode="sum", sparse=True)

    def forward(self, places: Tensor, tokens: Tensor, lost: float = 0.0) -> tuple[Tensor, Tensor]:
        """Places (v, WIDTH) of the batch's different tokens, numbers (b, t) among them or -1, to both heads."""
        vectors = self.token_vectors(places, lost)
        mask = (tokens >= 0).float()
        heads: tuple[Tensor, Tensor] = self.trunk(vectors[tokens.clamp(min=0)] * mask[:, :, None], mask)
        return heads

    def live_bias(self) -> Tensor:
        """(7,) what is added to the live head: the mean over the corpora of conversations."""
        return self.biases[[CORPORA.index(name) for name in CONVERSATIONS]].mean(0)
