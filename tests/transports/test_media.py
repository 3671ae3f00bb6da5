from __future__ import annotations

import io
from contextlib import suppress
from fractions import Fraction

import numpy as np
import pytest

from core.errors import MediaError
from core.transports import decoded_picture, track_readers
from core.transports.decoded_picture import LONGEST_PX
from core.transports.media import MOST_TOLD, Clip
from core.types import AudioChunk, Fault, RawFrame
from tests.transports.clips import clip_of, sound_only, turned_by_a_phone
from tests.transports.recordings import loudest_hz, recording
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


@pytest.mark.parametrize("container", ["ogg", "wav", "flac", "mp3", "mp4", "webm"])
def test_recording_of_sound_alone_is_read_in_each_usual_kind(container) -> None:
    clip = Clip(io.BytesIO(recording(container)))
    assert (clip.has_pictures, clip.has_sound) == (False, True)
    samples = np.concatenate([chunk.samples for chunk in clip.media(10)])
    clip.close()
    assert len(samples) == pytest.approx(32_000, abs=2500)
    assert loudest_hz(samples[4000:28_000]) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_stereo_whose_right_is_the_left_inverted_is_heard(container) -> None:
    chunks = list(Clip(io.BytesIO(recording(container, right=-1.0))).media(10))
    assert np.abs(np.concatenate([chunk.samples for chunk in chunks])).max() > 0.2


def test_second_recording_joined_to_a_clip_lies_behind_the_first_and_is_told(portrait) -> None:
    upright, turned = portrait[::2, ::2], portrait[::-2, ::2]
    one, other = (clip_of([np.ascontiguousarray(picture)] * 20, container="webm") for picture in (upright, turned))
    media = list(Clip(io.BytesIO(one + other)).media(10))
    frames = [item for item in media if isinstance(item, RawFrame)]
    assert [round(frame.time_s, 1) for frame in frames] == [n / 10 for n in range(40)]
    assert np.abs(frames[-1].picture.rgb().astype(int) - turned).mean() < 12
    assert [item.code for item in media if isinstance(item, Fault)] == ["joined_clip"]


@pytest.mark.parametrize(("container", "read"), [("webm", 2), ("mp4", 1)])
def test_recordings_of_sound_joined_are_heard_one_behind_the_other_or_told(container, read) -> None:
    media = list(Clip(io.BytesIO(recording(container) * 3)).media(10))
    chunks = [item for item in media if isinstance(item, AudioChunk)]
    faults = [item for item in media if isinstance(item, Fault)]
    assert sum(len(chunk.samples) for chunk in chunks) == pytest.approx(read * 32_000, abs=4000)
    assert chunks[-1].time_s == pytest.approx(2.0 * read, abs=0.2)
    starts = [chunk.start_s for chunk in chunks]
    assert starts == sorted(starts)
    assert [fault.code for fault in faults] == ["joined_clip"] * read
    assert f"3 recordings are joined in this file, {read} could be read" in faults[-1].message


def test_clip_whose_time_jumps_back_again_and_again_goes_on_and_is_told_a_few_times() -> None:
    media = list(Clip(io.BytesIO(webm(PCM, 16_000.0, [bytes(2 * 16_000)] * 50, apart_ms=0))).media(10))
    assert max(item.time_s for item in media if isinstance(item, AudioChunk)) == pytest.approx(50, abs=0.2)
    assert sum(isinstance(item, Fault) for item in media) == MOST_TOLD - 1


def test_film_that_was_joined_to_another_and_cannot_be_reached_is_told(portrait) -> None:
    media = list(Clip(io.BytesIO(clip_of([portrait] * 10) * 2)).media(10))
    assert sum(isinstance(item, RawFrame) for item in media) == 10
    assert [item.message for item in media if isinstance(item, Fault)] == [
        "2 recordings are joined in this file, 1 could be read; send the others alone"
    ]


def test_film_of_more_pictures_than_any_camera_takes_breaks_off(portrait, monkeypatch) -> None:
    monkeypatch.setattr(track_readers, "SPARE_PICTURES", 10)
    clip = Clip(io.BytesIO(clip_of([portrait[:64, :64].copy()] * 40, fps=10_000)))
    with pytest.raises(MediaError) as error:
        list(clip.media(10))
    assert error.value.code == "picture_rate"


def test_sound_that_lies_over_itself_again_and_again_breaks_off(monkeypatch) -> None:
    monkeypatch.setattr(track_readers, "SPARE_S", 0.5)
    blocks = [bytes(2 * 16_000 // 10)] * 100
    clip = Clip(io.BytesIO(webm(PCM, 16_000.0, blocks, apart_ms=0)))
    with pytest.raises(MediaError) as error:
        list(clip.media(10))
    assert error.value.code == "sound_too_long"


CASES = {
    "cover_art_first.mp4": (30, 0.0, ["mjpeg"], []),
    "two_audio_tracks.mp4": (30, 3.0, ["aac"], []),
    "antiphase_stereo.mp4": (30, 3.0, [], []),
    "unknown_sound_first.mp4": (35, 3.0, ["unknown"], []),
    "anamorphic_sar2.mp4": (40, 0.0, [], []),
    "mirrored_selfie.mp4": (12, 0.0, [], []),
    "joined_recordings.webm": (50, 5.0, [], ["joined_clip"]),
}


@pytest.mark.parametrize(("name", "expected"), CASES.items(), ids=CASES.keys())
def test_clips_of_the_field_test_are_read_whole(cases, name, expected) -> None:
    pictures, sound_s, left_out, faults = expected
    clip = Clip(cases / name)
    media = list(clip.media(10))
    chunks = [item for item in media if isinstance(item, AudioChunk)]
    assert sum(isinstance(item, RawFrame) for item in media) == pictures
    assert sum(len(chunk.samples) for chunk in chunks) / 16_000 == pytest.approx(sound_s, abs=0.1)
    assert not chunks or np.abs(np.concatenate([chunk.samples for chunk in chunks])).max() > 0.1
    assert [track.codec for track in clip.left_out] == left_out
    assert [item.code for item in media if isinstance(item, Fault)] == faults


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


def test_clip_of_a_track_of_sound_without_anything_in_it_says_so() -> None:
    clip = Clip(io.BytesIO(webm(PCM, 16_000.0, [])))
    with pytest.raises(MediaError, match="holds nothing that can be decoded") as error:
        list(clip.media(10))
    assert error.value.code == "no_sound"
    clip.close()


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
