"""Geometry of MTCNN's cascade: pyramid, boxes, overlaps, patches. Boxes are float32 (n, 4): x1, y1, x2, y2 in px."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.types import ByteImage

Floats = NDArray[np.float32]

CELL_PX = 12
"""The proposal net's window."""
WORK_AREA_PX = 320 * 240
"""The first two nets look at a picture of one to four times this; the smallest face keeps 30 px, they need 24."""
SMALLEST_FACE_SHARE = 60 / (640 * 480) ** 0.5
"""60 px in 640x480; a share of the square root of the area, so the pyramid's base is always about 128x96."""
FLOOR_FACE_PX = 20.0
"""mtcnn's own default; below it the nets see enlarged noise."""
PYRAMID_STEP = 0.709
"""mtcnn's default: half the area at each level."""

PAD_GREY = 128
"""Outside the picture: what the nets' (x - 127.5) / 128 takes for nothing."""
LEVEL_OVERLAP = 0.5
"""Intersection over union above which the weaker box goes, within one pyramid level."""


def halved(image: ByteImage) -> ByteImage:
    """The picture halved while that leaves WORK_AREA_PX: what the first two nets see. Exact halves are fast."""
    import cv2

    while image.shape[0] * image.shape[1] >= 4 * WORK_AREA_PX:
        height, width = image.shape[0] // 2, image.shape[1] // 2
        half = cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
        image = np.asarray(half, np.uint8)
    return image


def pyramid(height: int, width: int) -> list[float]:
    """Scales at which the smallest face wanted, then ever larger ones, fill the proposal net's window."""
    face_px = max(FLOOR_FACE_PX, SMALLEST_FACE_SHARE * (height * width) ** 0.5)
    scale, scales = CELL_PX / face_px, []
    while min(height, width) * scale >= CELL_PX:
        scales.append(scale)
        scale *= PYRAMID_STEP
    return scales


def cells_to_boxes(offsets: Floats, scores: Floats, scale: float, least: float) -> Floats:
    """Proposal maps (4, h, w) and (h, w) to rows x1, y1, x2, y2, score in picture px, overlaps removed."""
    rows, columns = np.nonzero(scores > least)
    corner = np.stack([columns, rows], axis=1) * 2 + 1
    base = np.concatenate([corner, corner + CELL_PX - 1], axis=1)
    boxes = ((base + offsets[:, rows, columns].T * (CELL_PX - 1)) / scale).astype(np.float32)
    found = scores[rows, columns]
    kept = suppress(boxes, found, LEVEL_OVERLAP)
    return np.concatenate([boxes[kept], found[kept, None]], axis=1)


def suppress(boxes: Floats, scores: Floats, overlap: float, over_smaller: bool = False) -> NDArray[np.intp]:
    """Non-maximum suppression: indices kept, best score first. Overlap is of the union, or of the smaller box."""
    order = np.argsort(-scores, kind="stable")
    boxes = boxes[order]
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    common = np.prod(np.maximum(high - low, 0), axis=2)
    whole = np.minimum(area[:, None], area[None]) if over_smaller else area[:, None] + area[None] - common
    clashes = common > overlap * whole
    alive = np.ones(len(boxes), dtype=bool)
    for index in range(len(boxes)):
        if alive[index]:
            alive[index + 1 :] &= ~clashes[index, index + 1 :]
    return order[alive]


def squared(boxes: Floats) -> Floats:
    """Squares around the same centres, as wide as the longer side."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0)[:, None] / 2
    return np.concatenate([centre - half, centre + half], axis=1).astype(np.float32)


def grow(squares: Floats, factor: float) -> Floats:
    """Squares `factor` times as wide around the same centres."""
    margin = (squares[:, 2:] - squares[:, :2]) * ((factor - 1) / 2)
    return np.concatenate([squares[:, :2] - margin, squares[:, 2:] + margin], axis=1)


def shifted(boxes: Floats, offsets: Floats) -> Floats:
    """Boxes (n, 4) moved by a net's offsets, which are shares of the side."""
    side = boxes[:, 2:] - boxes[:, :2] + 1
    moved: Floats = boxes + offsets * np.tile(side, 2)
    return moved


def place(squares: Floats, points: Floats) -> Floats:
    """Landmarks as shares of the square, (n, 10) all x before all y, to picture px (n, 5, 2)."""
    spots = points.reshape(-1, 2, 5).transpose(0, 2, 1)
    side = (squares[:, 2:] - squares[:, :2] + 1)[:, None]
    placed: Floats = squares[:, None, :2] + spots * side
    return placed


def centres(boxes: Floats) -> Floats:
    """(n, 2)"""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    return middle.astype(np.float32, copy=False)


def turned(points: Floats, around: Floats, angles: Floats) -> Floats:
    """Points (n, k, 2) turned clockwise, as seen in the picture, by angles (n,) radians around (n, 2)."""
    x, y = np.moveaxis(points - around[:, None], -1, 0)
    cosine, sine = np.cos(angles)[:, None], np.sin(angles)[:, None]
    moved = np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=-1) + around[:, None]
    return moved.astype(np.float32, copy=False)


def rolls(landmarks: Floats) -> Floats:
    """Angle of each eye line, (n, 5, 2) to (n,) radians; positive when the eye on the right is lower."""
    line = landmarks[:, 1] - landmarks[:, 0]
    angles: Floats = np.arctan2(line[:, 1], np.maximum(line[:, 0], 1e-3))
    return angles


def patches(image: ByteImage, squares: Floats, side_px: int) -> ByteImage:
    """Each square cut out and scaled: uint8 (n, side, side, 3); grey where it leaves the picture."""
    import cv2

    height, width = image.shape[:2]
    cut = np.full((len(squares), side_px, side_px, 3), PAD_GREY, dtype=np.uint8)
    for index, (x1, y1, x2, y2) in enumerate(np.rint(squares).astype(int).tolist()):
        left, top, right, bottom = max(x1, 0), max(y1, 0), min(x2, width), min(y2, height)
        if right - left < 2 or bottom - top < 2:
            continue
        piece = image[top:bottom, left:right]
        if (left, top, right, bottom) != (x1, y1, x2, y2):
            padding = (top - y1, y2 - bottom, left - x1, x2 - right)
            framed = cv2.copyMakeBorder(piece, *padding, cv2.BORDER_CONSTANT, value=(PAD_GREY,) * 3)
            piece = np.asarray(framed, np.uint8)
        way = cv2.INTER_AREA if piece.shape[0] > side_px else cv2.INTER_LINEAR
        cut[index] = cv2.resize(piece, (side_px, side_px), interpolation=way)
    return cut


def turned_patch(image: ByteImage, square: Floats, angle: float, side_px: int) -> ByteImage:
    """One square (4,) that lies turned by `angle` radians in the picture, cut out upright: (side, side, 3)."""
    import cv2

    size = max(float(square[2] - square[0]), 2.0)
    out = side_px * max(1, min(4, round(size / side_px)))
    middle, centre = (out - 1) / 2, (square[:2] + square[2:]) / 2 - 0.5
    cosine, sine = np.cos(angle) * size / out, np.sin(angle) * size / out
    to_picture = np.array(
        [
            [cosine, -sine, centre[0] - (cosine - sine) * middle],
            [sine, cosine, centre[1] - (sine + cosine) * middle],
        ]
    )
    way = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch = cv2.warpAffine(image, to_picture, (out, out), flags=way, borderValue=(PAD_GREY,) * 3)
    return np.asarray(cv2.resize(patch, (side_px, side_px), interpolation=cv2.INTER_AREA), np.uint8)
