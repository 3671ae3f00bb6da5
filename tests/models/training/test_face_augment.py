"""What augmentation keeps, and that each spoiling does what it says."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from models.training.face_augment import augment, compressed
from tests.models.training.made_up_faces import made_up_faces
from tests.pictures import portrait

pytestmark = pytest.mark.slow


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("side_px", [32, 40, 48])
def test_augmented_pictures_keep_shape_and_range(side_px: int) -> None:
    pictures = made_up_faces().pictures
    varied = augment(pictures, side_px, seeded(1))
    for shown in (varied.pictures, varied.moved):
        assert shown.shape == (len(pictures), 1, side_px, side_px)
        assert shown.dtype == torch.float32
        assert shown.min() >= 0
        assert shown.max() <= 255
    assert varied.hidden.shape == (len(pictures),)


def test_augmentation_repeats_with_its_seed_and_leaves_its_input_alone() -> None:
    pictures = made_up_faces().pictures
    before = pictures.clone()
    first, again, other = (augment(pictures, 48, seeded(seed)).pictures for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(pictures, before)


def test_teacher_is_shown_the_same_place_with_nothing_spoilt() -> None:
    pictures = made_up_faces(64).pictures
    calm = augment(pictures, 48, seeded(1), spoilt_share=0.0)
    assert torch.equal(calm.pictures, calm.moved)
    assert not calm.hidden.any()
    wild = augment(pictures, 48, seeded(1), spoilt_share=1.0)
    assert torch.equal(wild.moved, calm.moved)
    assert not torch.equal(wild.pictures, wild.moved)


@pytest.mark.parametrize("quality", [15, 40, 75])
def test_compression_is_that_of_a_jpeg(quality: int) -> None:
    grey = cv2.cvtColor(portrait(), cv2.COLOR_RGB2GRAY)[40:136, 180:276]
    jpeg = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    wanted = cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE).astype(np.float32)
    got = compressed(torch.from_numpy(grey.astype(np.float32))[None, None], torch.tensor([float(quality)]))
    apart, lost = np.abs(got[0, 0].numpy() - wanted).mean(), np.abs(wanted - grey).mean()
    assert lost > 1
    assert (
        apart < 0.3 * lost
    )  # the encoder's transform is one of integers, so that a wave falls to another step here and there
