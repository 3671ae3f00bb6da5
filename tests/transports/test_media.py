from __future__ import annotations

import io
from contextlib import suppress
from fractions import Fraction

import numpy as np
import pytest

from core.errors import MediaError
from core.transports import decoded_picture
from core.transports.decoded_picture import LONGEST_PX
from core.transports.media import Clip
from core.types import AudioChunk
from tests.transports.clips import clip_of, sound_only, turned_by_a_phone
from tests.transports.webm import FLAC, PCM, flac_info, webm


def _frames(data: bytes, fps: float = 10):
    clip = Clip(io.BytesIO(data))
    try:
        return list(clip.media(fps, sound=False))
    finally:
        clip.close()


@pytest.mark.parametrize("container", ["mp4", "mov", "webm"])
def test_each_container_gives_pictures_from_time_0(portrait, container) -> None:
    frames = _frames(clip_of([portrait] * 10, container=container))
    assert [round(f.time_s, 2) for f in frames] == [n / 10 for n in range(10)]
    image = frames[0].picture.rgb()
    assert image.shape == (512, 512, 3)
    assert np.abs(image.astype(int) - portrait).mean() < 12


def test_fewer_pictures_a_second_are_taken_by_the_clip_s_own_times(portrait) -> None:
    frames = _frames(clip_of([portrait] * 30, fps=30), fps=5)
    assert [round(f.time_s, 2) for f in frames] == [0.0, 0.2, 0.4, 0.6, 0.8]


def test_large_pictures_are_scaled_down_at_once_and_take_no_room_while_they_wait() -> None:
    frames = _frames(clip_of([np.zeros((1080, 1920, 3), np.uint8)] * 2))
    assert max(frames[0].image.shape) == LONGEST_PX


def test_phone_video_is_turned_upright(portrait) -> None:
    lying = np.ascontiguousarray(np.rot90(portrait[:, :400], 1))
    frames = _frames(turned_by_a_phone(clip_of([lying] * 3)))
    image = frames[0].picture.rgb()
    assert image.shape == (512, 400, 3)
    assert np.abs(image.astype(int) - portrait[:, :400]).mean() < 12


@pytest.mark.parametrize("container", ["mp4", "mov"])
def test_squeezed_picture_is_read_with_square_pixels(portrait, container) -> None:
    squeezed = np.ascontiguousarray(portrait[:, ::2])
    frames = _frames(clip_of([squeezed] * 3, container=container, pixel_shape=Fraction(2)))
    image = frames[0].picture.rgb()
    assert image.shape == (512, 512, 3)
    assert np.abs(image.astype(int) - portrait).mean() < 14


def test_clip_of_sound_alone_gives_its_sound_from_time_0() -> None:
    clip = Clip(io.BytesIO(sound_only()))
    assert (clip.has_pictures, clip.has_sound) == (False, True)
    chunks = list(clip.media(10))
    assert all(isinstance(chunk, AudioChunk) for chunk in chunks)
    assert chunks[0].start_s == pytest.approx(0, abs=0.05)
    assert [one.time_s for one in chunks[:-1]] == pytest.approx([other.start_s for other in chunks[1:]])
    clip.close()


def test_sound_lies_beside_the_pictures_at_16_khz(datasets) -> None:
    clip = Clip(datasets / "av" / "talking_face_1.mp4")
    media = list(clip.media(10))
    clip.close()
    chunks = [item for item in media if isinstance(item, AudioChunk)]
    heard_s = sum(len(chunk.samples) for chunk in chunks) / 16_000
    assert heard_s == pytest.approx(clip_length(media), abs=0.3)
    assert 0.01 < np.concatenate([chunk.samples for chunk in chunks]).std() < 0.5


def clip_length(media) -> float:
    return max(item.time_s for item in media)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"junk" * 100,
        b"\x00" * 5000,
        b"ffconcat version 1.0\nfile other.mp4\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        b"m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    ],
    ids=["empty", "junk", "zeros", "names a file", "names a port"],
)
def test_broken_container_says_so(data) -> None:
    with pytest.raises(MediaError) as error:
        Clip(io.BytesIO(data))
    assert error.value.code == "broken_clip"


@pytest.mark.parametrize(
    "bomb",
    [webm(PCM, 1.0, [bytes(2400)]), webm(FLAC, 1.0, [bytes(2400)], own=flac_info(1)), webm(PCM, 1e6, [bytes(2400)])],
    ids=["1 Hz", "FLAC at 1 Hz", "1 MHz"],
)
def test_clip_whose_sound_has_a_rate_no_recorder_makes_is_refused(bomb) -> None:
    with pytest.raises(MediaError) as error:
        Clip(io.BytesIO(bomb))
    assert error.value.code == "sound_rate"


def test_clip_with_an_endless_piece_of_sound_breaks_off_there() -> None:
    clip = Clip(io.BytesIO(webm(PCM, 8_000.0, [bytes(1600), bytes(2 * 8_000 * 61)])))
    with pytest.raises(MediaError) as error:
        list(clip.media(10))
    assert error.value.code == "sound_too_long"
    clip.close()


def test_clip_of_pictures_over_the_limit_is_refused_before_one_is_decoded(portrait, monkeypatch) -> None:
    monkeypatch.setattr(decoded_picture, "MOST_BYTES", 512 * 512 * 12 // 8 - 1)
    with pytest.raises(MediaError, match="512x512") as error:
        Clip(io.BytesIO(clip_of([portrait] * 2)))
    assert error.value.code == "picture_too_large"


def test_picture_that_grows_over_the_limit_within_a_clip_is_not_converted(portrait, monkeypatch) -> None:
    clip = Clip(io.BytesIO(clip_of([portrait] * 2)))
    monkeypatch.setattr(decoded_picture, "MOST_BYTES", 512 * 512 * 12 // 8 - 1)
    with pytest.raises(MediaError) as error:
        list(clip.media(10))
    assert error.value.code == "picture_too_large"
    clip.close()


def test_clip_that_breaks_off_gives_what_came_before(portrait) -> None:
    noisy = np.random.default_rng(1)
    pictures = [np.clip(portrait + noisy.integers(-40, 40, portrait.shape), 0, 255).astype(np.uint8) for _ in range(20)]
    whole = clip_of(pictures, movflags="frag_every_frame+empty_moov")
    clip = Clip(io.BytesIO(whole[: len(whole) * 2 // 3]))
    frames = []
    with suppress(MediaError):  # some demuxers end quietly, others complain; neither may lose what came before
        frames.extend(clip.media(10))
    assert 3 <= len(frames) < 20
