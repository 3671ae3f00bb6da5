"""What is drawn before a face, and how much of it that hides."""

from __future__ import annotations

import pytest
import torch

from models.training import face_covers
from models.training.face_covers import covered

pytestmark = pytest.mark.slow

COUNT = 64


def drawn(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures of one grey with nothing but this on them, and how much is hidden."""
    monkeypatch.setattr(face_covers, "SHARES", dict.fromkeys(face_covers.SHARES, 0.0) | {name: 1.1})
    return covered(torch.full((COUNT, 1, 48, 48), 128.0), torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", ["mask", "sunglasses"])
def test_masks_and_sunglasses_hide_a_part_that_tells(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, hidden = drawn(name, monkeypatch)
    assert hidden.median() > 0.55


@pytest.mark.parametrize("name", ["glasses", "beard"])
def test_clear_glasses_and_beards_are_drawn_and_hide_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, hidden = drawn(name, monkeypatch)
    assert ((shown - 128).abs().amax(dim=(1, 2, 3)) > 5).float().mean() > 0.8
    assert not hidden.any()


def test_mask_leaves_the_eyes_and_sunglasses_the_mouth(monkeypatch: pytest.MonkeyPatch) -> None:
    mask, _ = drawn("mask", monkeypatch)
    assert (mask[:, :, :20] == 128).float().mean() > 0.95
    dark, _ = drawn("sunglasses", monkeypatch)
    assert (dark[:, :, 32:] - 128).abs().max() < 1


@pytest.mark.parametrize("name", ["hand", "thing"])
def test_hands_and_things_hide_more_or_less(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, hidden = drawn(name, monkeypatch)
    assert hidden.min() < 0.1
    assert hidden.max() > 0.5
