"""The wide nets: shapes, and a start that is shallow."""

from __future__ import annotations

import pytest
import torch

from models.training.face_teacher import BLOCKS, TeacherNet

pytestmark = pytest.mark.slow


def test_both_heads_answer() -> None:
    with torch.no_grad():
        heads = TeacherNet((8, 16)).eval()(torch.rand(3, 1, 48, 48) * 255)
    assert [head.shape for head in heads] == [(3, 7), (3, 7)]


def test_residual_branches_of_a_fresh_net_start_at_nothing() -> None:
    starts = [w for name, w in TeacherNet((8, 16)).named_parameters() if name.endswith("second.1.weight")]
    assert len(starts) == 2 * BLOCKS
    assert not any(weight.any() for weight in starts)
