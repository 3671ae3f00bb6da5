"""Makes clips from the portrait, so that tests have moving pictures on any machine."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
from av.stream import Disposition

if TYPE_CHECKING:
    from av import AudioStream, VideoStream
    from av.container import OutputContainer


QUICKLY = {"libx264": {"preset": "ultrafast"}, "libvpx": {"deadline": "realtime", "cpu-used": "8"}}
"""how each encoder is told to take its time for nothing"""


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
        stream.options = QUICKLY[stream.codec_context.name]
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


def _write_sound(out: OutputContainer, stream: AudioStream, samples: np.ndarray) -> None:
    """float32 (n,) at 16 kHz into a track of that rate."""
    convert = av.AudioResampler(format=stream.format.name, layout="mono", rate=stream.rate)
    for number, start in enumerate(range(0, len(samples) - 319, 320)):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + 320], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 16_000, number * 320
        for one in convert.resample(frame):
            out.mux(stream.encode(one))
    out.mux(stream.encode())


def mixed(pictures: list[np.ndarray], sounds: list[np.ndarray], fps: int = 10, container: str = "mp4") -> bytes:
    """A film with any number of sound tracks, each float32 (n,) at 16 kHz; a matroska has Opus, others AAC."""
    buffer = io.BytesIO()
    codec, rate = ("libopus", 48_000) if container == "matroska" else ("aac", 16_000)
    with av.open(buffer, "w", format=container) as out:
        video = out.add_stream("libx264", rate=Fraction(fps))
        video.options = QUICKLY["libx264"]
        video.height, video.width = pictures[0].shape[:2]
        video.pix_fmt = "yuv420p"
        tracks = [out.add_stream(codec, rate=rate, layout="mono") for _ in sounds]
        for image in pictures:
            out.mux(video.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(video.encode())
        for track, samples in zip(tracks, sounds, strict=True):
            _write_sound(out, track, samples)
    return buffer.getvalue()


def with_cover(
    cover: np.ndarray, pictures: list[np.ndarray] | None = None, sound: np.ndarray | None = None, container: str = "mp4"
) -> bytes:
    """A film, or music, behind a cover picture; or the cover alone. Only MP4 says which one is the cover."""
    buffer = io.BytesIO()
    codec = {"mp3": "libmp3lame", "flac": "flac"}.get(container, "aac")
    with av.open(buffer, "w", format=container) as out:
        first = _video(out, "mjpeg", cover, "yuvj420p")
        first.disposition = Disposition.attached_pic
        video = _video(out, "libx264", pictures[0], "yuv420p") if pictures else None
        audio = out.add_stream(codec, rate=16_000, layout="mono") if sound is not None else None
        out.mux(first.encode(av.VideoFrame.from_ndarray(cover, format="rgb24").reformat(format="yuvj420p")))
        out.mux(first.encode())
        for image in pictures or ():
            out.mux(video.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        if video is not None:
            out.mux(video.encode())
        if audio is not None and sound is not None:
            _write_sound(out, audio, sound)
    return buffer.getvalue()


def _video(out: OutputContainer, codec: str, like: np.ndarray, pixels: str) -> VideoStream:
    stream = out.add_stream(codec, rate=10)
    stream.height, stream.width = like.shape[:2]
    stream.pix_fmt = pixels
    return stream
