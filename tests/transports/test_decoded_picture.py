from __future__ import annotations

import io
from contextlib import nullcontext
from types import SimpleNamespace

import av
import numpy as np
import pytest

from core.errors import MediaError
from core.transports import decoded_picture
from core.transports.decoded_picture import LONGEST_PX, DecodedPicture, check_size
from tests.transports.clips import clip_of, shown_by


def _frame(width: int, height: int) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((height, width, 3), 90, np.uint8), format="rgb24").reformat(
        format="yuv420p"
    )


def test_picture_becomes_rgb_when_it_is_asked_for(portrait) -> None:
    frame = av.VideoFrame.from_ndarray(portrait, format="rgb24").reformat(format="yuv420p")
    picture = DecodedPicture(frame)
    assert picture.is_small
    image = picture.rgb()
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert np.abs(image.astype(int) - portrait).mean() < 5


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1080, 1920), (2000, 16)])
def test_large_picture_is_scaled_down(width, height) -> None:
    picture = DecodedPicture(_frame(width, height))
    assert not picture.is_small
    image = picture.rgb()
    assert max(image.shape) == LONGEST_PX
    assert (image.shape[1] > image.shape[0]) == (width > height)


def test_picture_over_the_limit_is_refused_before_it_is_converted(monkeypatch) -> None:
    monkeypatch.setattr(decoded_picture, "MOST_BYTES", 64 * 64 * 12 // 8 - 1)
    with pytest.raises(MediaError, match="64x64") as told:
        DecodedPicture(_frame(64, 64)).rgb()
    assert told.value.code == "picture_too_large"


@pytest.mark.parametrize(
    ("width", "height", "pixels", "is_taken"),
    [
        (3840, 2160, "yuv420p", True),
        (5312, 2988, "yuv420p", True),
        (3840, 2160, "yuv420p10le", True),
        (7680, 4320, "yuv420p", False),
        (5312, 2988, "yuv420p10le", False),
        (3840, 2160, "yuv444p12le", False),
    ],
    ids=["4K", "5.3K", "4K HDR", "8K", "5.3K HDR", "4K of 12 bits and all colours"],
)
def test_size_that_counts_is_that_of_the_bytes(width, height, pixels, is_taken) -> None:
    declared = SimpleNamespace(width=width, height=height, format=av.VideoFormat(pixels))
    with nullcontext() if is_taken else pytest.raises(MediaError, match=f"got {width}x{height}"):
        check_size(declared)


@pytest.mark.parametrize(
    ("shape", "size"),
    [(2.0, (64, 128)), (0.5, (128, 64)), (1.0, (64, 64)), (1000.0, (64, 64)), (0.0, (64, 64)), (1e-9, (64, 64))],
)
def test_picture_is_shown_with_square_pixels(shape, size) -> None:
    assert DecodedPicture(_frame(64, 64), shape).rgb().shape[:2] == size


def test_wide_pixels_count_towards_the_size_at_which_a_picture_is_scaled_down() -> None:
    picture = DecodedPicture(_frame(1000, 500), 2.0)
    assert not picture.is_small
    assert picture.rgb().shape == (320, LONGEST_PX, 3)


QUARTERS = {
    "upright": ((1, 0, 0, 1), lambda seen: seen),
    "a quarter clockwise": ((0, 1, -1, 0), lambda seen: np.rot90(seen, -1)),
    "a quarter back": ((0, -1, 1, 0), lambda seen: np.rot90(seen, 1)),
    "upside down": ((-1, 0, 0, -1), lambda seen: np.rot90(seen, 2)),
    "mirrored": ((-1, 0, 0, 1), lambda seen: seen[:, ::-1]),
    "mirrored upside down": ((1, 0, 0, -1), lambda seen: seen[::-1]),
    "corners exchanged": ((0, 1, 1, 0), lambda seen: seen.transpose(1, 0, 2)),
    "the other corners exchanged": ((0, -1, -1, 0), lambda seen: np.rot90(seen, 2).transpose(1, 0, 2)),
}


@pytest.mark.parametrize(("matrix", "right"), QUARTERS.values(), ids=QUARTERS.keys())
def test_each_display_matrix_shows_the_picture_as_the_phone_meant_it(portrait, matrix, right) -> None:
    stored = portrait[:, :400]
    clip = shown_by(clip_of([stored]), matrix)
    with av.open(io.BytesIO(clip)) as opened:
        image = DecodedPicture(next(opened.decode(video=0))).rgb()
    assert image.shape == right(stored).shape
    assert np.abs(image.astype(int) - right(stored)).mean() < 12
