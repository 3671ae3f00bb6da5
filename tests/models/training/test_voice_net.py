"""The voice net: one row of logits a picture, whatever stands beside it."""

from __future__ import annotations

import torch

from core.estimation.log_mel import BANDS, FRAMES
from core.types import EMOTIONS
from tests.models.training.made_up_voices import tiny_net


def test_net_gives_one_finite_row_of_logits_a_picture() -> None:
    with torch.no_grad():
        logits = tiny_net()(torch.randn(3, BANDS, FRAMES))
    assert logits.shape == (3, len(EMOTIONS))
    assert torch.isfinite(logits).all()


def test_silence_without_any_spread_is_finite_too() -> None:
    with torch.no_grad():
        assert torch.isfinite(tiny_net()(torch.zeros(1, BANDS, FRAMES))).all()


def test_picture_reads_the_same_alone_and_in_a_batch() -> None:
    net, pictures = tiny_net(), torch.randn(4, BANDS, FRAMES)
    with torch.no_grad():
        together = net(pictures)
        alone = torch.cat([net(picture[None]) for picture in pictures])
    assert torch.allclose(together, alone, atol=1e-4)
