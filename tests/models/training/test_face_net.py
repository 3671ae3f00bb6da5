"""The face net: shapes, and what it does not mind."""

from __future__ import annotations

import pytest
import torch

from models.training.face_net import FaceNet
from tests.models.training.made_up_faces import tiny_net

pytestmark = pytest.mark.slow


def test_net_does_not_mind_brightness_and_contrast() -> None:
    net = tiny_net()
    pictures = torch.rand(2, 1, 48, 48) * 100 + 20
    with torch.no_grad():
        before, after = net(pictures)[0], net(pictures * 1.5 + 30)[0]
    assert torch.allclose(before, after, atol=0.05)


@pytest.mark.parametrize("side_px", [32, 40, 48])
def test_all_heads_answer_pictures_of_every_side_that_trains(side_px: int) -> None:
    with torch.no_grad():
        heads = tiny_net()(torch.rand(3, 1, side_px, side_px) * 255)
    assert [head.shape for head in heads] == [(3, 7), (3, 7), (3, 7), (3,)]


def test_residual_branches_of_a_fresh_net_start_at_nothing() -> None:
    starts = [w for name, w in FaceNet(4, (8, 8)).stages.named_parameters() if name.endswith("second.1.weight")]
    assert len(starts) == 2
    assert not any(weight.any() for weight in starts)
