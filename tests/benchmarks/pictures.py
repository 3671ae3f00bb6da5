"""Pictures for the benchmarks: 640x480 JPEGs of a moving face, all different: nothing can be cached by content."""

from __future__ import annotations

import math

import numpy as np

WIDTH, HEIGHT = 640, 480


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
        picture = np.clip(noisy, 0, 255).astype(np.uint8)[:, :, ::-1]
        jpegs.append(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())
    return jpegs
