"""Spoilt pictures: each in its own way, none with another shape."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.training.spoil import DESCRIPTIONS, SPOILS, Picture


def spoilt(name: str, picture: Picture) -> Picture:
    return SPOILS[name](picture, np.random.default_rng(0))


def sharpness(picture: Picture) -> float:
    return float(cv2.Laplacian(picture, cv2.CV_64F).var())


@pytest.mark.parametrize("name", SPOILS)
def test_spoilt_picture_keeps_shape_and_type_and_leaves_its_source_alone(name: str, portrait: Picture) -> None:
    before = portrait.copy()
    made = spoilt(name, portrait)
    assert made.shape == portrait.shape
    assert made.dtype == np.uint8
    assert np.array_equal(portrait, before)
    assert np.array_equal(made, portrait) == (name == "clean")


def test_each_way_does_what_it_says(portrait: Picture) -> None:
    assert spoilt("dark", portrait).mean() < 0.3 * portrait.mean()
    assert sharpness(spoilt("blur", portrait)) < 0.2 * sharpness(portrait)
    assert sharpness(spoilt("noise", portrait)) > 2 * sharpness(portrait)
    assert abs(float(spoilt("jpeg", portrait).mean()) - float(portrait.mean())) < 5


def test_every_way_is_described() -> None:
    assert list(DESCRIPTIONS) == list(SPOILS)
