"""A picture as PyAV decoded it, for lanes to turn into RGB when they take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.errors import MediaError
from core.types import ByteImage

if TYPE_CHECKING:
    from av import VideoFrame as DecodedFrame

MOST_PX = 7680 * 4320
"""pixels of a picture, 8K; a larger one is refused before anything is done with it"""
LONGEST_PX = 1280
"""larger pictures are scaled down; a face of 60 px in 640 px is 120 px here"""


class Sized(Protocol):
    """A decoder or a decoded frame."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...


def check_size(picture: Sized) -> None:
    """Of a decoder or a decoded frame. Raises MediaError."""
    if picture.width * picture.height > MOST_PX:
        raise MediaError(
            f"expected pictures of at most {MOST_PX / 1e6:.0f} megapixels, got {picture.width}x{picture.height}; "
            "send them smaller",
            code="picture_too_large",
        )


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """A RawPicture around an `av.VideoFrame`, which keeps its own pixel format until somebody asks."""

    frame: DecodedFrame

    @property
    def is_small(self) -> bool:
        """Whether it will not be scaled down; a large one that waits takes much memory."""
        return bool(max(self.frame.width, self.frame.height) <= LONGEST_PX)

    def rgb(self) -> ByteImage:
        """(height, width, 3), no larger than LONGEST_PX, turned as the recording phone says. Raises MediaError."""
        check_size(self.frame)
        scale = min(1.0, LONGEST_PX / max(self.frame.width, self.frame.height))
        width, height = max(2, round(self.frame.width * scale)), max(2, round(self.frame.height * scale))
        image = self.frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
        quarter_turns = round(getattr(self.frame, "rotation", 0) / 90) % 4
        return np.ascontiguousarray(np.rot90(image, quarter_turns))
