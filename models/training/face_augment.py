"""What a webcam, a detector and daily life do to a face: the augmentation of a batch, on the device it lies on.

Covers come first, in the face's own coordinates (eyes at 0.38 of the height, mouth at 0.78), so that they move with
it; then it is moved, lit, blurred, made coarse, grained and compressed. All random numbers come from the generator,
which lives on the same device as the pictures.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from models.training.face_covers import covered

JPEG_TABLE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
"""Luminance quantisation of ITU-T T.81, table K.1, for quality 50."""

COARSE = (15, 22, 30)


@dataclass(frozen=True)
class Augmented:
    """One batch, as it is shown to a net."""

    pictures: Tensor
    """float32 (n, 1, side, side), 0..255"""
    moved: Tensor
    """the same faces at the same places with nothing spoilt or covered: what a teacher is shown"""
    hidden: Tensor
    """float32 (n,), 0..1: how much of the eyes or of the mouth is covered, whichever is more"""


def uniform(count: int, low: float, high: float, random: torch.Generator) -> Tensor:
    """(count,) numbers between `low` and `high`, on the generator's device."""
    return low + (high - low) * torch.rand(count, generator=random, device=random.device)


def chance(count: int, share: float | Tensor, random: torch.Generator) -> Tensor:
    """(count,) of which about `share` are true."""
    return torch.rand(count, generator=random, device=random.device) < share


def augment(pictures: Tensor, side_px: int, random: torch.Generator, spoilt_share: float | Tensor = 1.0) -> Augmented:
    """uint8 (n, 48, 48) to pictures as a detector on a webcam might give them, `side_px` a multiple of 8.

    Every picture is moved; covers, light, blur, coarseness, noise and JPEG reach `spoilt_share` of them.
    """
    plain = pictures[:, None].float()
    cover, hidden = covered(plain, random)
    both = _move(torch.cat((cover, plain), dim=1), side_px, random).clamp(0, 255)
    cover, moved = both[:, :1], both[:, 1:]
    spoilt = _compress(_grain(_coarsen(_blur(_relight(cover, random), random), random), random), random)
    is_spoilt = chance(len(pictures), spoilt_share, random)
    shown = torch.where(is_spoilt[:, None, None, None], spoilt, moved)
    return Augmented(shown, moved, torch.where(is_spoilt, hidden, 0.0))


def _move(pictures: Tensor, side_px: int, random: torch.Generator) -> Tensor:
    """Scale, shift, turn, shear and flip as a live detector's crop varies; (n, c, 48, 48) to (n, c, side, side)."""
    count = len(pictures)
    zoom = torch.exp(uniform(count, math.log(0.85), math.log(1.25), random))
    aspect = torch.exp(uniform(count, -0.06, 0.06, random))
    angle = uniform(count, -1, 1, random) * math.radians(15)
    shear = uniform(count, -0.08, 0.08, random)
    mirror = torch.where(chance(count, 0.5, random), -1.0, 1.0)
    cos, sin = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    shift = uniform(2 * count, -0.14, 0.14, random).reshape(2, count)  # 1 is half the side: up to 7 %
    first = torch.stack((mirror * cos * aspect, shear - sin, shift[0]), dim=1)
    second = torch.stack((mirror * sin, cos / aspect, shift[1]), dim=1)
    matrix = torch.stack((first, second), dim=1)
    grid = functional.affine_grid(matrix, [count, pictures.shape[1], side_px, side_px], align_corners=False)
    return functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def _relight(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Gamma, contrast and brightness, light from one side or from behind; one in sixteen becomes dark. 0..255."""
    count, side = len(pictures), pictures.shape[-1]
    gamma = torch.exp(uniform(count, -0.55, 0.55, random))[:, None, None, None]
    dark = chance(count, 0.06, random)
    contrast = torch.where(dark, uniform(count, 0.15, 0.5, random), uniform(count, 0.5, 1.35, random))
    bright = torch.where(dark, 0.0, uniform(count, -30, 30, random))[:, None, None, None]
    pivot = torch.where(dark, 0.0, 128.0)[:, None, None, None]  # contrast keeps this grey level
    lit = 255 * (pictures / 255).clamp(0, 1) ** gamma
    lit = (lit - pivot) * contrast[:, None, None, None] + pivot + bright
    places = torch.linspace(-1, 1, side, device=pictures.device)
    angle = uniform(count, 0, 2 * math.pi, random)[:, None, None]
    slope = (uniform(count, 0, 0.6, random) * chance(count, 0.25, random))[:, None, None]
    light = 1 + slope * (torch.cos(angle) * places[None, None, :] + torch.sin(angle) * places[None, :, None])
    return (lit * light[:, None]).clamp(0, 255)


def _blur(pictures: Tensor, random: torch.Generator) -> Tensor:
    """A Gaussian of one random width over one picture in six."""
    sigma = uniform(1, 0.5, 1.6, random)
    tail = torch.exp(-(torch.arange(-3, 4, device=pictures.device).float() ** 2) / (2 * sigma**2))
    tail = (tail / tail.sum()).reshape(1, 1, 1, 7)
    padded = functional.pad(pictures, (3, 3, 3, 3), mode="replicate")
    blurred = functional.conv2d(functional.conv2d(padded, tail), tail.mT)
    return torch.where(chance(len(pictures), 0.16, random)[:, None, None, None], blurred, pictures)


def _coarsen(pictures: Tensor, random: torch.Generator) -> Tensor:
    """One picture in eight as from a small face: COARSE px, enlarged."""
    side = pictures.shape[-1]
    for small in COARSE:
        coarse = functional.interpolate(pictures, size=small, mode="area")
        coarse = functional.interpolate(coarse, size=side, mode="bilinear")
        pictures = torch.where(chance(len(pictures), 0.04, random)[:, None, None, None], coarse, pictures)
    return pictures


def _grain(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Sensor noise on one picture in six, then whole grey levels as every real picture has."""
    level = uniform(len(pictures), 2, 14, random) * chance(len(pictures), 0.16, random)
    noise = torch.randn(pictures.shape, generator=random, device=pictures.device) * level[:, None, None, None]
    return (pictures + noise).round().clamp(0, 255)


def _compress(pictures: Tensor, random: torch.Generator) -> Tensor:
    """One picture in twelve through the losses of a JPEG of quality 12 to 60."""
    quality = uniform(len(pictures), 12, 60, random)
    chosen = chance(len(pictures), 0.08, random)
    return torch.where(chosen[:, None, None, None], compressed(pictures, quality), pictures)


@functools.cache
def _table(device: torch.device) -> Tensor:
    return torch.tensor(JPEG_TABLE, device=device, dtype=torch.float32)


def compressed(pictures: Tensor, quality: Tensor) -> Tensor:
    """What a grey JPEG keeps: (n, 1, side, side), side a multiple of 8, at quality (n,) of 1 to 99, by libjpeg's scale.

    The discrete cosine transform of 8 x 8 blocks, rounded to the table's steps (ITU-T T.81, annex A and K.1).
    """
    count, blocks = len(pictures), pictures.shape[-1] // 8
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality) / 100
    table = _table(pictures.device)
    steps = (table[None] * scale[:, None, None]).round().clamp(1, 255)[:, None, None]
    places = torch.arange(8, device=pictures.device, dtype=torch.float32)
    cosines = torch.cos((2 * places[None, :] + 1) * places[:, None] * math.pi / 16) / 2
    cosines[0] /= math.sqrt(2)
    tiles = (pictures - 128).reshape(count, blocks, 8, blocks, 8).transpose(2, 3)
    waves = ((cosines @ tiles @ cosines.mT) / steps).round() * steps
    back = (cosines.mT @ waves @ cosines).transpose(2, 3).reshape(pictures.shape)
    return (back + 128).round().clamp(0, 255)
