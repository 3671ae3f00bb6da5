from __future__ import annotations

import av
import numpy as np
import pytest

from core.errors import MediaError
from core.transports import decoded_picture
from core.transports.decoded_picture import LONGEST_PX, DecodedPicture


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
    monkeypatch.setattr(decoded_picture, "MOST_PX", 64 * 64 - 1)
    with pytest.raises(MediaError, match="64x64") as told:
        DecodedPicture(_frame(64, 64)).rgb()
    assert told.value.code == "picture_too_large"
