"""The net over an encoder's rows: what it counts, and what it does not."""

from __future__ import annotations

import torch

from core.types import EMOTIONS
from models.training.voice_rows_net import WIDTH, VoiceRowsNet


def net(**given: torch.Tensor) -> VoiceRowsNet:
    torch.manual_seed(0)
    return VoiceRowsNet(**given).eval()


@torch.no_grad()
def test_windows_of_any_length_give_one_logit_an_emotion() -> None:
    made = net()
    assert [made(torch.randn(2, count, WIDTH)).shape for count in (1, 6, 27)] == [(2, len(EMOTIONS))] * 3


@torch.no_grad()
def test_rows_that_are_not_there_change_nothing() -> None:
    made, rows = net(), torch.randn(1, 20, WIDTH)
    is_there = torch.arange(20)[None] < 12
    filled = rows.clone()
    filled[:, 12:] = 7.0
    assert torch.allclose(made(rows, is_there), made(filled, is_there), atol=1e-5)
    assert not torch.allclose(made(rows, is_there), made(filled), atol=1e-2)


@torch.no_grad()
def test_the_moments_of_the_training_speech_belong_to_the_net() -> None:
    rows = torch.randn(1, 9, WIDTH)
    shifted = net(mean=torch.full((WIDTH,), 3.0), spread=torch.full((WIDTH,), 2.0))
    assert torch.allclose(net()(rows), shifted(2 * rows + 3), atol=1e-4)
    assert "mean" in shifted.state_dict()
