"""A picture as PyAV decoded it, for lanes to turn into RGB when they take it: upright, with square pixels."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from core.errors import MediaError
from core.types import ByteImage

if TYPE_CHECKING:
    from av import VideoFormat
    from av import VideoFrame as DecodedFrame
    from av.sidedata.sidedata import SideDataContainer

MOST_BYTES = 27_000_000
"""one decoded picture: 18 megapixels at 8 bits (5K), 9 at 10 bits (4K HDR). A decoder keeps up to thirty times as much
(core/transports/clip_limits.py); a larger picture is refused before anything is decoded"""
LEAST_BITS = 12
"""of a pixel: 4:2:0 at 8 bits, what recorders make; a decoder that has not told its format yet is taken for one"""
MOST_PX = 8 * MOST_BYTES // LEAST_BITS
"""pixels of a picture in the smallest format; a decoder is told so, for a stream that grows on its way"""
LONGEST_PX = 1280
"""larger pictures are scaled down; a face of 60 px in 640 px is 120 px here"""
MOST_SHAPE = 4.0
"""width of a pixel by its height, and the other way round; what broadcasts use ends at 2.2, and more is nonsense"""
MATRIX = struct.Struct("=9i")
"""rows (a, b, u), (c, d, v), (x, y, w): a point goes to (a*x + c*y, b*x + d*y), as ISO/IEC 14496-12, 8.3.2, has it"""


class Sized(Protocol):
    """A decoder or a decoded frame."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    @property
    def format(self) -> VideoFormat | None: ...


def check_size(picture: Sized) -> None:
    """Of a decoder or a decoded frame. Raises MediaError."""
    bits = max(LEAST_BITS, picture.format.padded_bits_per_pixel if picture.format else 0)
    if picture.width * picture.height * bits > 8 * MOST_BYTES:
        raise MediaError(
            f"expected pictures of at most {8 * MOST_BYTES / bits / 1e6:.0f} megapixels at {bits} bits a pixel, got "
            f"{picture.width}x{picture.height}; send them smaller",
            code="picture_too_large",
        )


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """A RawPicture around an `av.VideoFrame`, which keeps its own pixel format until somebody asks."""

    frame: DecodedFrame
    pixel_shape: float = 1.0
    """width of a stored pixel by its height, as the track says; told values out of reason count as square"""

    @property
    def is_small(self) -> bool:
        """Whether it will not be scaled down; a large one that waits takes much memory."""
        return max(self._shown_px()) <= LONGEST_PX

    def rgb(self) -> ByteImage:
        """(height, width, 3), no larger than LONGEST_PX, turned as the recording phone says. Raises MediaError."""
        check_size(self.frame)
        width_px, height_px = self._shown_px()
        scale = min(1.0, LONGEST_PX / max(width_px, height_px))
        width, height = max(2, round(width_px * scale)), max(2, round(height_px * scale))
        pixels = self.frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
        return _upright(np.asarray(pixels, dtype=np.uint8), _matrix(self.frame))

    def _shown_px(self) -> tuple[float, float]:
        """Width and height with square pixels, before turning: the side that was squeezed is widened."""
        shape = self.pixel_shape if 1 / MOST_SHAPE <= self.pixel_shape <= MOST_SHAPE else 1.0
        return self.frame.width * max(1.0, shape), self.frame.height * max(1.0, 1 / shape)


def _matrix(frame: DecodedFrame) -> tuple[int, ...] | None:
    """The display matrix, where the frame has one and its side data are of kinds that PyAV knows (else ValueError)."""
    try:
        side_data = cast("SideDataContainer", frame.side_data)  # PyAV's own hint names another class
        return MATRIX.unpack(bytes(side_data["DISPLAYMATRIX"])[: MATRIX.size])
    except (KeyError, ValueError):
        return None


def _upright(image: ByteImage, matrix: tuple[int, ...] | None) -> ByteImage:
    """Turned by the nearest quarter, and mirrored where the matrix mirrors (its determinant is below 0)."""
    if matrix is not None:
        a, b, _, c, d = matrix[:5]
        if abs(b) + abs(c) > abs(a) + abs(d):
            image, a, d = image.transpose(1, 0, 2), c, b
        image = image[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]
    return np.ascontiguousarray(image)
