"""From the decoded frames of a clip's tracks to pictures at the wanted rate and chunks of sound, in session time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from core.errors import MediaError
from core.transports.clip_time import ClipTime
from core.transports.decoded_picture import DecodedPicture, check_size
from core.transports.sound import STEADY_S, Resampler
from core.types import SOUND_RATE_HZ, AudioChunk, FloatArray, RawFrame, VideoFrame

if TYPE_CHECKING:
    from av import AudioFrame
    from av import VideoFrame as DecodedFrame

CHUNK = SOUND_RATE_HZ // 10
"""samples of sound handed over at a time, 100 ms"""
MOST_FPS = 300.0
"""pictures decoded for a second of clip, slow motion included: a small file may hold millions at one moment"""
SPARE_PICTURES = 600
"""more than that at first"""
MOST_OVERLAP = 2.0
"""sound decoded for a second of clip; what lies over sound already heard is left out"""
SPARE_S = 60.0
"""seconds of sound more than that at first"""


@dataclass
class PictureReader:
    """Picks pictures at the wanted rate."""

    fps: float
    time: ClipTime
    native_fps: float
    pixel_shape: float
    """width of a pixel by its height"""
    number: int = 0
    due: int = 0

    def take(self, frame: DecodedFrame) -> Iterator[RawFrame | VideoFrame]:
        """The frame, where one is due. Raises MediaError for one that is too large, or for too many."""
        at_s = float(frame.time) if frame.time is not None else self.number / self.native_fps
        self.number += 1
        time_s = self.time.map("picture", at_s, 1 / self.native_fps)
        if self.number > SPARE_PICTURES + MOST_FPS * max(0.0, time_s):
            raise MediaError(f"it has more than {MOST_FPS:.0f} pictures a second; export it again", "picture_rate")
        if time_s < 0 or time_s + 1e-6 < self.due / self.fps:
            return
        self.due = int(time_s * self.fps + 1e-6) + 1
        check_size(frame)
        picture = DecodedPicture(frame, self.pixel_shape)
        if picture.is_small:
            yield RawFrame(picture, time_s=time_s, capture_s=at_s, arrived_s=time_s)
        else:
            yield VideoFrame(picture.rgb(), time_s=time_s, capture_s=at_s, arrived_s=time_s)

    def rest(self) -> Iterator[RawFrame]:
        """Nothing waits here."""
        yield from ()


@dataclass
class SoundReader:
    """Joins decoded frames to chunks; samples tell time, a gap in the clip's own times begins anew."""

    time: ClipTime
    end_s: float | None = None
    """session time after the last sample taken"""
    decoded_s: float = 0.0
    waiting: FloatArray = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    resampler: Resampler = field(default_factory=Resampler)

    @property
    def number(self) -> int:
        """Samples so far, at SOUND_RATE_HZ."""
        return round(self.decoded_s * SOUND_RATE_HZ)

    def take(self, frame: AudioFrame) -> Iterator[AudioChunk]:
        """The frame's samples, in whole chunks. Raises MediaError for what no recorder makes."""
        told_s = frame.time  # which the resampler takes away
        samples = self.resampler.frame(frame)
        length_s = len(samples) / SOUND_RATE_HZ
        at_s = None if told_s is None else self.time.map("sound", float(told_s), length_s)
        self._count(length_s)
        if self.end_s is None:
            self.end_s = at_s or 0.0
        elif at_s is not None and at_s - self.end_s > STEADY_S:
            yield from self.rest()
            self.end_s = at_s
        elif at_s is not None and self.end_s - at_s > STEADY_S:
            samples = samples[round((self.end_s - at_s) * SOUND_RATE_HZ) :]
        early = min(len(samples), max(0, round(-self.end_s * SOUND_RATE_HZ)))
        self.end_s += len(samples) / SOUND_RATE_HZ
        self.waiting = np.concatenate([self.waiting, samples[early:]])
        while len(self.waiting) >= CHUNK:
            yield self._chunk(CHUNK)

    def rest(self) -> Iterator[AudioChunk]:
        """What does not fill a chunk."""
        if len(self.waiting):
            yield self._chunk(len(self.waiting))

    def _count(self, length_s: float) -> None:
        self.decoded_s += length_s
        if self.decoded_s > SPARE_S + MOST_OVERLAP * max(0.0, self.end_s or 0.0):
            raise MediaError("its sound lies over itself; export it again", code="sound_too_long")

    def _chunk(self, size: int) -> AudioChunk:
        start_s = max(0.0, (self.end_s or 0.0) - len(self.waiting) / SOUND_RATE_HZ)
        samples, self.waiting = self.waiting[:size], self.waiting[size:]
        capture_s = start_s + (self.time.zero_s or 0.0)
        return AudioChunk(samples, start_s, capture_s, arrived_s=start_s + size / SOUND_RATE_HZ)
