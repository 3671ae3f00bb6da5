"""Reads a recorded clip (MP4, WebM, MOV, whatever PyAV demuxes) from memory or a file into upright RGB pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import MediaError
from core.types import VideoFrame

CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
"""Nothing else is opened: other formats of the library may name network addresses or files beside us."""
LONGEST_PX = 1280
"""larger pictures are scaled down while decoding; a face of 60 px in 640 px is 120 px here"""


class Clip:
    """An open clip. Raises MediaError on opening when there is nothing to see in it."""

    def __init__(self, source: io.BytesIO | Path) -> None:
        import av
        from av.error import FFmpegError

        try:
            place = str(source) if isinstance(source, Path) else source
            self._container: Any = av.open(place, options={"format_whitelist": CONTAINERS})
        except (FFmpegError, OSError) as error:
            raise MediaError(
                f"expected a clip (MP4, WebM or MOV), this cannot be opened: {error}; record or export it again",
                code="broken_clip",
            ) from error
        if not self._container.streams.video:
            self._container.close()
            raise MediaError("this clip has no video; there is no face to read in it", code="no_video")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self._errors = FFmpegError

    @property
    def duration_s(self) -> float:
        """As the container states it; 0 where it does not."""
        if self._stream.duration and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base)
        return float(self._container.duration or 0) / 1e6

    def frames(self, fps: float) -> Iterator[VideoFrame]:
        """At most `fps` pictures a second, by the clip's own times, the first at 0.

        Raises MediaError where the clip breaks off; what came before it was given.
        """
        first_s: float | None = None
        due = 0
        try:
            for number, frame in enumerate(self._container.decode(self._stream)):
                at_s = float(frame.time) if frame.time is not None else number / float(self._stream.average_rate or 25)
                first_s = at_s if first_s is None else first_s
                time_s = at_s - first_s
                if time_s < 0 or time_s + 1e-6 < due / fps:
                    continue
                due = int(time_s * fps + 1e-6) + 1
                yield VideoFrame(_upright(frame), time_s=time_s, capture_s=at_s, arrived_s=time_s)
        except self._errors as error:
            raise MediaError(
                f"the clip breaks off here ({error}); what came before it was read", "clip_broken"
            ) from error
        if first_s is None:
            raise MediaError("this clip has a video track without a single picture", code="no_video")

    def close(self) -> None:
        """Free the container."""
        self._container.close()


def _upright(frame: Any) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """RGB (height, width, 3), no larger than LONGEST_PX, turned as the recording phone says."""
    scale = min(1.0, LONGEST_PX / max(frame.width, frame.height))
    width, height = max(2, round(frame.width * scale)), max(2, round(frame.height * scale))
    image = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
    quarter_turns = round(getattr(frame, "rotation", 0) / 90) % 4
    return np.ascontiguousarray(np.rot90(image, quarter_turns))
