"""Which tracks of a clip are read: files with several, made here as cameras, OBS and music players leave them."""

from __future__ import annotations

import io
from collections.abc import Sequence

import av
import numpy as np
import pytest

from core.errors import MediaError
from core.transports.media import Clip
from core.transports.tracks import MOST_TRACKS
from core.types import AudioChunk, Fault
from tests.transports.clips import mixed, with_cover
from tests.transports.recordings import loudest_hz, tone
from tests.transports.webm import several

SILENCE = np.zeros(32_000, np.float32)


def _told(clip: Clip) -> tuple[list[str], list[str]]:
    return [track.told for track in clip.read], [f"{track.told}: {track.reason}" for track in clip.left_out]


def _sound(clip: Clip) -> np.ndarray:
    media = list(clip.media(10))
    assert not [item for item in media if isinstance(item, Fault)]
    return np.concatenate([item.samples for item in media if isinstance(item, AudioChunk)])


@pytest.mark.parametrize("container", ["mp4", "mov", "matroska"])
def test_first_sound_track_that_is_not_silent_is_read_and_the_silent_one_told(portrait, container) -> None:
    clip = Clip(io.BytesIO(mixed([portrait] * 20, [SILENCE, tone(2.0)], container=container)))
    codec = {"matroska": "opus"}.get(container, "aac")
    read, left_out = _told(clip)
    assert read[1] == f"track 3 (sound, {codec})"
    assert left_out == [f"track 2 (sound, {codec}): it is silent, track 3 (sound, {codec}) is read"]
    assert loudest_hz(_sound(clip)) == pytest.approx(440, abs=3)


def test_of_two_tracks_that_are_heard_the_first_is_read(portrait) -> None:
    clip = Clip(io.BytesIO(mixed([portrait] * 20, [tone(2.0, hz=440), tone(2.0, hz=880)])))
    assert _told(clip)[1] == ["track 3 (sound, aac): only one is read, track 2 (sound, aac)"]
    assert loudest_hz(_sound(clip)) == pytest.approx(440, abs=3)


def test_where_all_are_silent_the_first_is_read(portrait) -> None:
    clip = Clip(io.BytesIO(mixed([portrait] * 20, [SILENCE, SILENCE])))
    assert _told(clip)[0][1] == "track 2 (sound, aac)"
    assert len(clip.left_out) == 1


def test_film_and_sound_begin_anew_after_the_tracks_were_listened_to(portrait) -> None:
    media = list(Clip(io.BytesIO(mixed([portrait] * 20, [SILENCE, tone(2.0)]))).media(10))
    assert sum(not isinstance(item, AudioChunk) for item in media) == 20
    assert sum(len(item.samples) for item in media if isinstance(item, AudioChunk)) == pytest.approx(32_000, abs=1700)


@pytest.mark.parametrize(
    ("container", "reason"),
    [
        ("mp4", "it is a cover picture, not a film"),
        ("matroska", "only one is read, track 2 (pictures, h264)"),
    ],
)
def test_picture_that_lies_beside_the_film_is_not_taken_for_it(portrait, container, reason) -> None:
    clip = Clip(io.BytesIO(with_cover(portrait, pictures=[portrait] * 10, container=container)))
    assert [track.codec for track in clip.read] == ["h264"]
    assert [(track.codec, track.reason) for track in clip.left_out] == [("mjpeg", reason)]
    assert sum(not isinstance(item, Fault) for item in clip.media(10)) == 10


@pytest.mark.parametrize("container", ["mp4", "mp3", "flac"])
def test_music_with_a_cover_is_sound_alone(portrait, container) -> None:
    clip = Clip(io.BytesIO(with_cover(portrait, sound=tone(2.0), container=container)))
    assert (clip.has_pictures, clip.has_sound) == (False, True)
    assert len(_sound(clip)) == pytest.approx(32_000, abs=2500)


def test_cover_alone_is_refused_as_such(portrait) -> None:
    with pytest.raises(MediaError, match="cover picture"):
        Clip(io.BytesIO(with_cover(portrait, container="mp4")))


@pytest.mark.parametrize("unknown", ["A_NOBODY", "A_TRUEHD", "A_MS/ACM"])
def test_sound_track_that_nothing_here_decodes_leaves_the_others(unknown) -> None:
    blocks = [bytes(960)] * 50
    clip = Clip(io.BytesIO(several([unknown, "A_PCM/INT/LIT"], 48_000.0, blocks)))
    assert [track.number for track in clip.read] == [2]
    assert clip.left_out[0].reason.startswith("its format cannot be decoded here")
    assert len(_sound(clip)) == pytest.approx(8_000, abs=500)


def test_track_of_a_rate_that_nothing_records_leaves_the_others() -> None:
    clip = Clip(io.BytesIO(several(["A_PCM/INT/LIT"] * 2, [1.0, 48_000.0], [bytes(960)] * 50)))
    assert [track.number for track in clip.read] == [2]
    assert "got 1 Hz" in clip.left_out[0].reason


def test_clip_with_nothing_that_can_be_decoded_says_so() -> None:
    with pytest.raises(MediaError, match="cannot be decoded") as error:
        Clip(io.BytesIO(several(["A_NOBODY"], 48_000.0, [bytes(960)])))
    assert error.value.code == "unknown_codec"


def test_of_many_tracks_only_some_are_listened_to() -> None:
    clip = Clip(io.BytesIO(several(["A_PCM/INT/LIT"] * 20, 48_000.0, [bytes(960)] * 50)))
    assert len(clip.read) + len(clip.left_out) == 20
    assert sum("looked at" in track.reason for track in clip.left_out) == 20 - MOST_TRACKS


def test_track_whose_bytes_are_damaged_does_not_end_the_others(portrait) -> None:
    clip = Clip(io.BytesIO(_with_bad_sound(mixed([portrait] * 30, [tone(3.0)]))))
    media = list(clip.media(10))
    faults = [item for item in media if isinstance(item, Fault)]
    assert sum(not isinstance(item, AudioChunk | Fault) for item in media) == 30
    assert faults[0].modality == "voice"
    assert "track 2" in faults[0].message


def _with_bad_sound(clip: bytes) -> bytes:
    """The packets of the second track overwritten."""
    data = bytearray(clip)
    with av.open(io.BytesIO(clip)) as opened:
        packets: Sequence[bytes] = [bytes(packet) for packet in opened.demux(audio=0)]
    for packet in packets:
        if len(packet) > 8 and (at := clip.find(packet)) >= 0:
            data[at : at + len(packet)] = b"\xff" * len(packet)
    return bytes(data)
