"""Pictures for the benchmarks: 640x480 JPEGs of moving faces, filmed ones and a portrait that is moved."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.benchmarks.sounds import DATASETS

WIDTH, HEIGHT = 640, 480
QUALITY = 80
"""of JPEGs, as the page sends them"""
MOST_PICTURES = 150
"""of a long clip the beginning is enough"""


def filmed_face(number: int) -> tuple[list[bytes], float]:
    """A real person's face as filmed: JPEGs, and how many a second; the next number is another person.

    Beyond the clips there are they come mirrored. Raises FileNotFoundError without them.
    """
    import av

    files = sorted((DATASETS / "av").glob("*.mp4"))
    if not files:
        raise FileNotFoundError(f"no clips of faces at {DATASETS / 'av'}; set ATTUNE_DATASETS")
    is_mirrored = number // len(files) % 2 == 1
    jpegs = []
    with av.open(str(files[number % len(files)])) as container:
        fps = float(container.streams.video[0].average_rate or 25)
        for frame in container.decode(video=0):
            image = frame.to_ndarray(format="bgr24")
            jpegs.append(_jpeg(_fitted(image[:, ::-1] if is_mirrored else image)))
            if len(jpegs) == MOST_PICTURES:
                break
    return jpegs, fps


def _fitted(image: Any) -> Any:
    """As large as it fits, on black."""
    import cv2

    height, width = image.shape[:2]
    scale = min(WIDTH / width, HEIGHT / height)
    fitted = cv2.resize(np.ascontiguousarray(image), (round(width * scale), round(height * scale)))
    canvas = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    top, left = (HEIGHT - fitted.shape[0]) // 2, (WIDTH - fitted.shape[1]) // 2
    canvas[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
    return canvas


def _jpeg(image: Any) -> bytes:
    """Of BGR."""
    import cv2

    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes())


def moving_face(count: int, seed: int) -> list[bytes]:
    """`count` JPEGs: the public-domain portrait drifting, growing and flickering over sensor noise."""
    import cv2
    from skimage import data

    portrait = data.astronaut()
    chance = np.random.default_rng(seed)
    phase = chance.uniform(0, 2 * math.pi)
    jpegs = []
    for number in range(count):
        at = phase + number / 15
        scale = 0.95 + 0.12 * math.sin(at / 2)
        shift = (70 * math.sin(at) + 60, 20 * math.cos(at * 1.3) - 10)
        move = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32)
        image = cv2.warpAffine(portrait, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        light = 0.9 + 0.1 * math.sin(at * 0.7)
        noisy = image * light + chance.normal(0, 3, image.shape)
        jpegs.append(_jpeg(np.clip(noisy, 0, 255).astype(np.uint8)[:, :, ::-1]))
    return jpegs
