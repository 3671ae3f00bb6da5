"""Spoilt pictures for measuring: darkness, blur, noise, strong JPEG. Pure functions of uint8 (h, w, 3) pictures."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Spoil = Callable[[Picture, np.random.Generator], Picture]

DARK_SHARE = 0.25
DARK_NOISE = 3.0
"""Grey levels: a dark room is noisy too."""
BLUR_SHARE = 0.025
"""Gaussian width as a share of the longer side: 4 px of 160."""
NOISE_LEVEL = 25.0
JPEG_QUALITY = 10


def _with_noise(picture: NDArray[np.float32], level: float, random: np.random.Generator) -> Picture:
    noisy = picture + random.normal(0, level, picture.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def keep(picture: Picture, random: np.random.Generator) -> Picture:
    """As it is."""
    return picture


def darken(picture: Picture, random: np.random.Generator) -> Picture:
    """A dark room: little light, some noise."""
    return _with_noise(picture.astype(np.float32) * DARK_SHARE, DARK_NOISE, random)


def blur(picture: Picture, random: np.random.Generator) -> Picture:
    """Out of focus."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), BLUR_SHARE * max(picture.shape[:2])), np.uint8)


def add_noise(picture: Picture, random: np.random.Generator) -> Picture:
    """A poor sensor."""
    return _with_noise(picture.astype(np.float32), NOISE_LEVEL, random)


def compress(picture: Picture, random: np.random.Generator) -> Picture:
    """A starved video stream."""
    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


SPOILS: dict[str, Spoil] = {"clean": keep, "dark": darken, "blur": blur, "noise": add_noise, "jpeg": compress}
DESCRIPTIONS = {
    "clean": "as stored",
    "dark": f"brightness x {DARK_SHARE}, then Gaussian noise of {DARK_NOISE:g} grey levels",
    "blur": f"Gaussian blur, width {BLUR_SHARE:g} of the longer side",
    "noise": f"Gaussian noise of {NOISE_LEVEL:g} grey levels",
    "jpeg": f"JPEG of quality {JPEG_QUALITY}",
}
