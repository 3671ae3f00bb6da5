"""How fit a face is for the face net, 0 to 1, with the reasons a person can act on.

Eight factors, each 1 where nothing is wrong and falling in a straight line to 0; the score is their product, so it
is continuous and never rises when one thing gets worse. A factor under one half is told as a reason.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from core.estimation.crops import CROP_PX, Box, Landmarks, crop_square
from core.types import Quality

# Each pair: the value at which the factor is 0, and from which it is 1.
SIDE_PX = (14.0, 56.0)
"""Side of the crop's square. 48 px fill the net's input without enlarging; 56 leave room for the rotation."""
INSIDE_SHARE = (0.55, 0.95)
"""Share of the crop's square that lies in the picture; below three quarters an eye or the mouth is missing."""
LIGHT = (25.0, 85.0)
"""95th percentile of grey, 0..255. A high percentile, not the mean: highlights on well-lit dark skin are bright,
while its mean lies where light skin's lies in the dark (Buolamwini and Gebru, "Gender Shades", FAT* 2018)."""
GLARE_LEVEL = 245
GLARE_SHARE = (0.60, 0.15)
"""Share of pixels at GLARE_LEVEL and above; a lamp beside the face stays below 0.15."""
SHARPNESS = (0.003, 0.06)
"""See `sharpness`; on a logarithmic scale, as it falls by powers. On 400 photographs of muxspace (train) 99 % lie
above 0.099; a Gaussian blur of 1 px at 48 px gives a median of 0.067, 2 px 0.014 (one half), 3 px 0.004."""
TURN = (0.80, 0.30)
"""Nose to middle of the eyes, along the eye line, in eye distances. The tip stands about 0.55 eye distances before
the eyes, so a turn by d degrees gives 0.55 tan d: 0.30 at 29, 0.55 (one half) at 45, 0.80 at 55 degrees."""
HIDDEN = (0.80, 0.20)
"""What the face net itself says: how probable it is that the eyes or the mouth are covered. Above one half lie 2 of
1,000 photographs (muxspace) and 90 of 100 with most of eyes or mouth drawn over."""
DETECTOR_SCORE = (0.50, 0.95)
"""Last stage of the detector; whole-picture detections start at 0.9, followed faces may fall below."""


def face_quality(
    patch: NDArray[np.uint8],
    box: Box,
    frame_px: tuple[int, int],
    landmarks: Landmarks,
    detector_score: float,
    *,
    hidden: float = 0.0,
) -> Quality:
    """Quality of one face. `patch` is the grey crop of `face_patch`, uint8 (side, side); box and landmarks in px.

    `hidden` 0..1: how probable it is that the eyes or the mouth are covered, as the net says.
    """
    light, glare = brightness(patch)
    factors = {
        "too_small": ramp(crop_square(box)[2], SIDE_PX),
        "off_frame": ramp(inside_share(box, frame_px), INSIDE_SHARE),
        "low_light": ramp(light, LIGHT),
        "too_bright": ramp(glare, GLARE_SHARE),
        "blurred": ramp(math.log(sharpness(patch) + 1e-9), (math.log(SHARPNESS[0]), math.log(SHARPNESS[1]))),
        "turned_away": ramp(turn(landmarks), TURN),
        "occluded": ramp(hidden, HIDDEN),
        "low_detector_score": ramp(detector_score, DETECTOR_SCORE),
    }
    reasons = tuple(reason for reason, factor in factors.items() if factor < 0.5)
    return Quality(math.prod(factors.values()), reasons)


def ramp(value: float, ends: tuple[float, float]) -> float:
    """0 at and beyond the first end, 1 at and beyond the second, straight between; the ends may fall or rise."""
    return min(1.0, max(0.0, (value - ends[0]) / (ends[1] - ends[0])))


def inside_share(box: Box, frame_px: tuple[int, int]) -> float:
    """Share of the crop's square inside the picture, 0..1."""
    x, y, side = crop_square(box)
    wide = min(x + side / 2, frame_px[0]) - max(x - side / 2, 0.0)
    high = min(y + side / 2, frame_px[1]) - max(y - side / 2, 0.0)
    return max(0.0, wide) * max(0.0, high) / (side * side)


def brightness(patch: NDArray[np.uint8]) -> tuple[float, float]:
    """95th percentile of grey, as `np.percentile` has it, and share of pixels at GLARE_LEVEL and above."""
    import cv2

    upto = np.cumsum(cv2.calcHist([patch], [0], None, [256], [0, 256]).ravel())
    place = 0.95 * (patch.size - 1)
    darker, lighter = np.searchsorted(upto, [int(place), math.ceil(place)], side="right")
    return float(darker + (place - int(place)) * (lighter - darker)), 1 - float(upto[GLARE_LEVEL - 1]) / patch.size


def sharpness(patch: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian over the variance of grey, both at 48 px: 0 for a blur, about 0.4 for a sharp face.

    Measured where the net looks: blur that vanishes in scaling down does no harm, enlarging a tiny face does.
    Dividing by the contrast keeps a dim picture from passing for a blurred one; 4 grey levels of noise are forgiven.
    """
    import cv2

    small = cv2.resize(patch, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    second = cv2.Laplacian(small, cv2.CV_32F, ksize=1, borderType=cv2.BORDER_REFLECT_101)
    return float(second.var() / (small.var() + 4.0**2))


def turn(landmarks: Landmarks) -> float:
    """How far the nose is from the middle between the eyes, along the eye line, in eye distances; 0 is frontal."""
    (left_x, left_y), (right_x, right_y), (nose_x, nose_y) = landmarks[:3]
    across_x, across_y = right_x - left_x, right_y - left_y
    eyes = max(across_x * across_x + across_y * across_y, 1e-6)
    along = (nose_x - (left_x + right_x) / 2) * across_x + (nose_y - (left_y + right_y) / 2) * across_y
    return min(abs(along) / eyes, 10.0)
