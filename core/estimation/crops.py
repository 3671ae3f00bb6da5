"""From a face box to what the face net eats: upright, square, grey, 48 px.

One warp rotates, cuts and scales; large faces are warped to a multiple of 48 px first and then averaged down, so
that nothing aliases. The larger one also serves the quality score.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from core.types import ByteImage, FloatArray

CROP_PX = 48
"""Side of the net's input; FER2013 is 48x48."""
CROP_SCALE = 0.95
"""Side of the square as a share of the box's longer side. Our detector on 631 of FER2013's own training pictures gives
a median of 48 px / longer side = 0.946 (middle half 0.85 to 1.05) and no shift of the centre; eyes then lie at 0.38
and mouths at 0.78 of the height, as they do there. On muxspace (train) 0.95 to 1.0 was best too."""
MOST_ROLL_DEG = 60.0
"""Heads tilt no further on a neck; a steeper eye line is a mistaken landmark or a person lying down."""
MOST_MULTIPLE = 6
"""The warp samples at most 288 px a side; beyond that, faces are sharp enough for every second pixel to be skipped."""

Box = tuple[float, float, float, float]
"""x1, y1, x2, y2 in px"""
Landmarks = tuple[tuple[float, float], ...]
"""five (x, y) in px: left eye, right eye, nose, left and right mouth corner, as seen in the picture"""


def roll_deg(landmarks: Landmarks) -> float:
    """Angle of the eye line, -60 to 60 degrees; positive when the eye on the right of the picture is lower."""
    (left_x, left_y), (right_x, right_y) = landmarks[:2]
    if right_x <= left_x:
        return 0.0
    angle = math.degrees(math.atan2(right_y - left_y, right_x - left_x))
    return max(-MOST_ROLL_DEG, min(MOST_ROLL_DEG, angle))


def crop_square(box: Box, scale: float = CROP_SCALE) -> tuple[float, float, float]:
    """Centre x, centre y and side, in px, of the square that is cut."""
    x1, y1, x2, y2 = box
    return (x1 + x2) / 2, (y1 + y2) / 2, max(x2 - x1, y2 - y1, 1.0) * scale


def face_patch(
    image: ByteImage, box: Box, landmarks: Landmarks | None = None, scale: float = CROP_SCALE
) -> NDArray[np.uint8]:
    """The square, upright, grey uint8 (side, side); side is the multiple of 48 nearest its own size, 48 to 288.

    What lies outside the picture repeats its edge. Without landmarks nothing is rotated.
    """
    import cv2

    centre_x, centre_y, side = crop_square(box, scale)
    multiple = max(1, min(MOST_MULTIPLE, math.ceil(side / CROP_PX - 0.25)))
    out = CROP_PX * multiple
    angle = math.radians(roll_deg(landmarks)) if landmarks is not None else 0.0
    step_x, step_y = math.cos(angle) * side / out, math.sin(angle) * side / out
    middle = (out - 1) / 2
    to_picture = np.array(
        [
            [step_x, -step_y, centre_x - 0.5 - (step_x - step_y) * middle],
            [step_y, step_x, centre_y - 0.5 - (step_y + step_x) * middle],
        ]
    )
    way = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch = cv2.warpAffine(image, to_picture, (out, out), flags=way, borderMode=cv2.BORDER_REPLICATE)
    grey: NDArray[np.uint8] = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
    return grey


def net_crop(patch: NDArray[np.uint8]) -> FloatArray:
    """A grey patch (side, side) as the net eats it: float32 (48, 48), 0..255."""
    import cv2

    small = cv2.resize(patch, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA)
    crop: FloatArray = small.astype(np.float32)
    return crop
