"""Reads a recorded clip (MP4, WebM, MOV, whatever PyAV demuxes) from memory or a file: upright pictures and sound."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import MediaError
from core.transports.decoded_picture import DecodedPicture, check_size
from core.transports.sound import STEADY_S, Resampler, check_rate
from core.types import SOUND_RATE_HZ, AudioChunk, FloatArray, RawFrame, VideoFrame

if TYPE_CHECKING:
    from av import AudioFrame, VideoStream
    from av import VideoFrame as DecodedFrame

CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
"""Nothing else is opened: other formats of the library may name network addresses or files beside us."""
CHUNK = SOUND_RATE_HZ // 10
"""samples of sound handed over at a time, 100 ms"""

Media = RawFrame | VideoFrame | AudioChunk
"""what a clip is made of"""


class Clip:
    """An open clip. Raises MediaError on opening when there is nothing to see or hear in it."""

    def __init__(self, source: io.BytesIO | Path) -> None:
        import av
        from av.error import FFmpegError

        try:
            place = str(source) if isinstance(source, Path) else source
            self._container = av.open(place, "r", options={"format_whitelist": CONTAINERS})
        except (FFmpegError, OSError) as error:
            raise MediaError(
                f"expected a clip (MP4, WebM or MOV), this cannot be opened: {error}; record or export it again",
                code="broken_clip",
            ) from error
        streams = self._container.streams
        self._video = streams.video[0] if streams.video else None
        self._audio = streams.audio[0] if streams.audio else None
        if self._video is None and self._audio is None:
            self._container.close()
            raise MediaError("this clip has neither video nor sound; there is nothing to read in it", code="no_media")
        try:
            self._check()
        except MediaError:
            self._container.close()
            raise
        if self._video is not None:
            self._video.thread_type = "AUTO"
        self._errors = FFmpegError

    def _check(self) -> None:
        """What the container declares, before anything is decoded. Raises MediaError."""
        if self._video is not None:
            check_size(self._video.codec_context)
        if self._audio is not None and self._audio.rate:  # 0 where only the frames tell; each of them is checked
            check_rate(self._audio.rate, self._audio.layout.nb_channels)

    @property
    def has_pictures(self) -> bool:
        return self._video is not None

    @property
    def has_sound(self) -> bool:
        return self._audio is not None

    @property
    def duration_s(self) -> float:
        """As the container states it; 0 where it does not."""
        stream = self._video or self._audio
        if stream is not None and stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base)
        return float(self._container.duration or 0) / 1e6

    def media(self, fps: float, *, pictures: bool = True, sound: bool = True) -> Iterator[Media]:
        """At most `fps` pictures a second and all of the sound, by the clip's own times, as they lie in the file.

        The first picture (without pictures: the first sample) is at 0; sound before it is left out. Raises MediaError
        where the clip breaks off; what came before it was given.
        """
        import av

        video, audio = self._video if pictures else None, self._audio if sound else None
        wanted = [stream for stream in (video, audio) if stream is not None]
        if not wanted:
            return
        zero = _Zero(None if video is None else _start_s(video))
        shape = float((video and video.sample_aspect_ratio) or 1)
        seen = _Pictures(fps, zero, float(video.average_rate or 25) if video is not None else 25.0, shape)
        heard = _Sound(zero)
        try:
            for packet in self._container.demux(*wanted):
                for frame in packet.decode():
                    if isinstance(frame, av.VideoFrame):
                        yield from seen.take(frame)
                    elif isinstance(frame, av.AudioFrame):
                        yield from heard.take(frame)
            yield from heard.rest()
        except self._errors as error:
            raise MediaError(
                f"the clip breaks off here ({error}); what came before it was read", "clip_broken"
            ) from error
        if video is not None and seen.number == 0 and (audio is None or heard.end_s is None):
            raise MediaError("this clip has a video track without a single picture", code="no_video")

    def close(self) -> None:
        """Free the container."""
        self._container.close()


def _start_s(stream: VideoStream) -> float | None:
    """Where a track begins, where the container tells."""
    if stream.start_time is None or stream.time_base is None:
        return None
    return float(stream.start_time * stream.time_base)


@dataclass
class _Zero:
    """Where the clip's time begins, once it is known."""

    at_s: float | None

    def since(self, at_s: float) -> float:
        self.at_s = at_s if self.at_s is None else self.at_s
        return at_s - self.at_s


@dataclass
class _Pictures:
    """Picks pictures at the wanted rate."""

    fps: float
    zero: _Zero
    native_fps: float
    pixel_shape: float
    """width of a pixel by its height"""
    number: int = 0
    due: int = 0

    def take(self, frame: DecodedFrame) -> Iterator[RawFrame | VideoFrame]:
        at_s = float(frame.time) if frame.time is not None else self.number / self.native_fps
        self.number += 1
        time_s = self.zero.since(at_s)
        if time_s < 0 or time_s + 1e-6 < self.due / self.fps:
            return
        self.due = int(time_s * self.fps + 1e-6) + 1
        check_size(frame)
        picture = DecodedPicture(frame, self.pixel_shape)
        if picture.is_small:
            yield RawFrame(picture, time_s=time_s, capture_s=at_s, arrived_s=time_s)
        else:
            yield VideoFrame(picture.rgb(), time_s=time_s, capture_s=at_s, arrived_s=time_s)


@dataclass
class _Sound:
    """Joins decoded frames to chunks; samples tell time, a jump of the clip's own times begins anew."""

    zero: _Zero
    end_s: float | None = None
    """session time after the last sample taken"""
    waiting: FloatArray = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    resampler: Resampler = field(default_factory=Resampler)

    def take(self, frame: AudioFrame) -> Iterator[AudioChunk]:
        at_s = None if frame.time is None else self.zero.since(float(frame.time))
        samples = self.resampler.frame(frame)
        if self.end_s is None:
            self.end_s = at_s or 0.0
        elif at_s is not None and abs(at_s - self.end_s) > STEADY_S:
            yield from self.rest()
            self.end_s = at_s
        early = min(len(samples), max(0, round(-self.end_s * SOUND_RATE_HZ)))
        self.end_s += len(samples) / SOUND_RATE_HZ
        self.waiting = np.concatenate([self.waiting, samples[early:]])
        while len(self.waiting) >= CHUNK:
            yield self._chunk(CHUNK)

    def rest(self) -> Iterator[AudioChunk]:
        """What does not fill a chunk."""
        if len(self.waiting):
            yield self._chunk(len(self.waiting))

    def _chunk(self, size: int) -> AudioChunk:
        start_s = max(0.0, (self.end_s or 0.0) - len(self.waiting) / SOUND_RATE_HZ)
        samples, self.waiting = self.waiting[:size], self.waiting[size:]
        capture_s = start_s + (self.zero.at_s or 0.0)
        return AudioChunk(samples, start_s, capture_s, arrived_s=start_s + size / SOUND_RATE_HZ)
