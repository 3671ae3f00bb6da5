"""Decoder: JPEG, PNG or WebP bytes, or a video decoder's picture, to RGB; a header is checked for its size first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.engines.requests import DecodePicture
from core.engines.spec import EngineSpec
from core.errors import EngineUnavailable, MediaError
from core.settings import Settings
from core.types import ByteImage, RawPicture
from models._picture_header import PictureHeader, read_header

SMALLEST_PX = 32
"""Shorter side; the smallest face the detector looks for is 20 px and never fills a picture to its edge."""
LARGEST_PX = 1920
"""Longer side above which a picture is decoded at a half, a quarter or an eighth, which saves JPEG most of the work."""


class PictureDecoder:
    """Answers DecodePicture with a ByteImage, or with the MediaError that says why it cannot.

    The size of the answer is the `frame_px` that boxes refer to; a picture longer than LARGEST_PX is smaller
    there than in its file. EXIF orientation is applied, alpha is dropped.
    """

    name = "decode_picture"
    spec = EngineSpec(
        name=name,
        kind="decode",
        version="1",
        licence="Apache-2.0 (OpenCV)",
        description="JPEG, PNG and WebP by OpenCV; size checked before decoding",
        packages=("cv2",),
        install="pip install opencv-python-headless",
        input="bytes of one picture",
        max_batch=1,
        is_default=True,
    )

    def load(self, settings: Settings) -> None:
        """Raises EngineUnavailable without OpenCV."""
        try:
            import cv2
        except ImportError as error:
            raise EngineUnavailable(f"pictures are decoded by OpenCV; run: {self.spec.install}") from error
        cv2.setNumThreads(settings.engine_threads)
        self._most_pixels = settings.max_picture_mp * 1e6

    def infer(self, requests: Sequence[DecodePicture]) -> list[ByteImage | MediaError]:
        """One answer per request; a bad picture answers for itself alone."""
        return [self._answer(request.data) for request in requests]

    def _answer(self, data: bytes | RawPicture) -> ByteImage | MediaError:
        try:
            if not isinstance(data, bytes):
                return _converted(data)
            header = read_header(data)
            self._check(header)
            return _decode(data, header)
        except MediaError as error:
            return error

    def _check(self, header: PictureHeader) -> None:
        size = f"{header.width}x{header.height}"
        if header.width * header.height > self._most_pixels:
            limit = f"{self._most_pixels / 1e6:g} megapixels"
            raise MediaError(
                f"pictures up to {limit} are accepted, got {size}; send a smaller one", "picture_too_large"
            )
        if not header.is_whole:
            raise MediaError(f"the {header.format} is cut off before its end; send it whole", "not_a_picture")
        _check_smallest(header.width, header.height)


def _check_smallest(width: int, height: int) -> None:
    if min(width, height) < SMALLEST_PX:
        raise MediaError(
            f"expected at least {SMALLEST_PX} px on each side, got {width}x{height}; send a larger picture",
            "picture_too_small",
        )


def _converted(picture: RawPicture) -> ByteImage:
    """What a video decoder left, as RGB."""
    image = picture.rgb()
    _check_smallest(image.shape[1], image.shape[0])
    return image


def _decode(data: bytes, header: PictureHeader) -> ByteImage:
    """Pixels (height, width, 3) RGB, reduced by a power of two to LARGEST_PX where needed and possible."""
    import cv2

    ways: tuple[tuple[int, int], ...] = (
        (1, cv2.IMREAD_COLOR_RGB),
        (2, cv2.IMREAD_REDUCED_COLOR_2),
        (4, cv2.IMREAD_REDUCED_COLOR_4),
        (8, cv2.IMREAD_REDUCED_COLOR_8),
    )
    longer = max(header.width, header.height)
    divisor, flag = next((way for way in ways if longer <= LARGEST_PX * way[0]), ways[-1])
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    except cv2.error:
        image = None
    if image is None:
        raise MediaError(f"the {header.format} is damaged and cannot be decoded; send it again", "not_a_picture")
    return np.asarray(image if divisor == 1 else cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


ENGINE = PictureDecoder()
