"""Makes clips from the portrait, so that tests have moving pictures on any machine."""

from __future__ import annotations

import io
import struct
from fractions import Fraction

import av
import numpy as np


def clip_of(
    pictures: list[np.ndarray],
    fps: int = 10,
    container: str = "mp4",
    *,
    pixel_shape: Fraction | None = None,
    **options: str,
) -> bytes:
    """RGB pictures (height, width, 3), even sizes, as an MP4, MOV or WebM in memory."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options=options) as out:
        stream = out.add_stream("libvpx" if container == "webm" else "libx264", rate=Fraction(fps))
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.sample_aspect_ratio = pixel_shape or Fraction(1)
        for image in pictures:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(stream.encode())
    return buffer.getvalue()


def sound_only() -> bytes:
    """One second of silence without a picture."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16000
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return buffer.getvalue()


def shown_by(clip: bytes, matrix: tuple[int, int, int, int]) -> bytes:
    """The same MP4 with this display matrix (a, b, c, d): a point is shown at (a*x + c*y, b*x + d*y)."""
    at = clip.index(b"tkhd") + 4 + 4 + 20 + 16  # version and flags, times and ids (version 0), then layer to reserved
    a, b, c, d = (0x10000 * one for one in matrix)
    return clip[:at] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 0x40000000) + clip[at + 36 :]


def turned_by_a_phone(clip: bytes) -> bytes:
    """The same MP4 with a display matrix that says: turn a quarter clockwise to see it upright."""
    return shown_by(clip, (0, 1, -1, 0))


def side_by_side(portrait: np.ndarray, count: int) -> np.ndarray:
    """A picture with `count` persons next to each other."""
    return np.concatenate([portrait] * count, axis=1)
