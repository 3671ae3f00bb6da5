"""Reads a recorded clip from memory or a file: upright pictures and sound, of the best track of each kind."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import MediaError
from core.transports.clip_limits import SPARE_BYTES, DecodeTime, bound_pictures
from core.transports.clip_time import ClipTime
from core.transports.recordings import count
from core.transports.sample_tables import check_file
from core.transports.track_readers import PictureReader, SoundReader
from core.transports.tracks import Track, Tracks, choose, peaks
from core.types import AudioChunk, Fault, Modality, RawFrame, VideoFrame

if TYPE_CHECKING:
    from av import AudioStream, Packet, VideoStream
    from av.container import InputContainer
    from av.stream import Stream

CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,ogg,wav,flac,mp3,aac"
"""Nothing else is opened: other formats of the library may name network addresses or files beside us."""
TAKEN = "MP4, WebM, MOV or AVI, or sound alone as M4A, WAV, OGG, MP3 or FLAC"
"""for people; AAC without a container is taken too, and rare"""
MOST_TOLD = 10
"""recordings whose beginning is told; a clip that was made to jump may jump thousands of times"""

Media = RawFrame | VideoFrame | AudioChunk
"""what a clip is made of"""


class Clip:
    """An open clip. Raises MediaError on opening when there is nothing to see or hear in it."""

    def __init__(self, source: io.BytesIO | Path) -> None:
        self._source = source
        check_file(source)
        self._container = _open(source)
        try:
            self._tracks: Tracks = choose(self._container, self._heard)
        except MediaError:
            self._container.close()
            raise
        self.memory_bytes = SPARE_BYTES + (0 if isinstance(source, Path) else len(source.getbuffer()))
        """at most, while it is read"""
        if self._tracks.video is not None:
            self.memory_bytes += bound_pictures(self._tracks.video.codec_context)

    def _heard(self, indices: list[int]) -> dict[int, float]:
        """How loud tracks begin, by reading the clip once more."""
        shared = self._source if isinstance(self._source, Path) else io.BytesIO(self._source.getvalue())
        with _open(shared) as container:
            return peaks(container, indices)

    @property
    def has_pictures(self) -> bool:
        return self._tracks.video is not None

    @property
    def has_sound(self) -> bool:
        return self._tracks.audio is not None

    @property
    def read(self) -> tuple[Track, ...]:
        """The tracks that are read."""
        return self._tracks.read

    @property
    def left_out(self) -> tuple[Track, ...]:
        """The tracks of pictures and sound that are not."""
        return self._tracks.left_out

    @property
    def duration_s(self) -> float:
        """As the container states it; 0 where it does not."""
        stream = self._tracks.video or self._tracks.audio
        if stream is not None and stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base)
        return float(self._container.duration or 0) / 1e6

    def media(
        self, fps: float, *, pictures: bool = True, sound: bool = True, time: DecodeTime | None = None
    ) -> Iterator[Media | Fault]:
        """At most `fps` pictures a second and all of the sound, by the clip's own times, as they lie in the file.

        The first picture (without pictures: the first sample) is at 0; sound before it is left out. A track that ends
        before the others is told as a Fault in its place. Raises MediaError where nothing more can be read, or when the
        time is used up; what came before was given.
        """
        time = time or DecodeTime()
        reading = _Reading(self._container, self._tracks, fps, time, pictures=pictures, sound=sound)
        time.go_on()
        for item in reading.all():
            time.rest()
            yield item
            time.go_on()
        if (there := count(self._source)) > reading.recordings:
            message = (
                f"{there} recordings are joined in this file, {reading.recordings} could be read; send the others alone"
            )
            yield Fault("joined_clip", message, reading.end_s, will_retry=False)

    def close(self) -> None:
        """Free the container."""
        self._container.close()


def _open(source: io.BytesIO | Path) -> InputContainer:
    import av
    from av.error import FFmpegError

    try:
        place = str(source) if isinstance(source, Path) else source
        return av.open(place, "r", options={"format_whitelist": CONTAINERS})
    except (FFmpegError, OSError) as error:
        why = "there is no such file" if isinstance(error, FileNotFoundError) else "it is damaged, or of another kind"
        raise MediaError(
            f"expected a clip ({TAKEN}), this cannot be opened: {why}; record or export it again", code="broken_clip"
        ) from error


class _Reading:
    """One way through a clip."""

    def __init__(
        self, container: InputContainer, tracks: Tracks, fps: float, time: DecodeTime, *, pictures: bool, sound: bool
    ) -> None:
        self._container = container
        self._spent = time
        self._streams: list[VideoStream | AudioStream] = []
        self._readers: dict[int, PictureReader | SoundReader] = {}
        """by the index of their stream"""
        self._time = ClipTime(None)
        self._named = {track.number - 1: track for track in tracks.read}
        self._damaged: set[int] = set()
        self.recordings = 1
        if pictures and tracks.video is not None:
            self._see(tracks.video, fps)
        if sound and tracks.audio is not None:
            self._streams.append(tracks.audio)
            self._readers[tracks.audio.index] = SoundReader(self._time)

    @property
    def end_s(self) -> float:
        """How far it has come."""
        return self._time.end_s

    def _see(self, video: VideoStream, fps: float) -> None:
        if video.start_time is not None and video.time_base is not None:
            self._time.zero_s = float(video.start_time * video.time_base)
        shape = float(video.sample_aspect_ratio or 1)
        self._streams.append(video)
        self._readers[video.index] = PictureReader(fps, self._time, float(video.average_rate or 25), shape)

    def all(self) -> Iterator[Media | Fault]:
        """Everything, then what is missing. Raises MediaError when nothing is left to read."""
        from av.error import FFmpegError

        if not self._streams:
            return
        try:
            for packet in self._container.demux(self._streams):
                self._spent.check()
                yield from self._take(packet)
                if not self._readers:
                    return
        except FFmpegError as error:
            yield from self._rest()
            message = f"the clip breaks off here ({error.strerror}); what came before it was read"
            raise MediaError(message, "broken_clip") from error
        yield from self._rest()
        yield from self._missing()

    def _take(self, packet: Packet[Stream]) -> Iterator[Media | Fault]:
        from av.error import FFmpegError

        index = packet.stream.index
        if (reader := self._readers.get(index)) is None:
            return
        try:
            for frame in packet.decode():
                yield from reader.take(frame)  # type: ignore[arg-type]  # a stream's reader takes its kind of frame
        except MediaError as error:
            yield from self._drop(index, error)
        except FFmpegError as error:
            if index not in self._damaged:
                self._damaged.add(index)
                message = f"{self._named[index].told} is damaged here ({error.strerror}); the rest of it is read"
                yield self._fault("broken_clip", message, index)
        if self._time.recordings > self.recordings:
            self.recordings = self._time.recordings
            if self.recordings > MOST_TOLD:
                return
            message = f"recording {self.recordings} of this clip begins here, joined behind the one before"
            yield self._fault("joined_clip", message, index)

    def _drop(self, index: int, error: MediaError) -> Iterator[Media | Fault]:
        """This track is over, the others go on. Raises MediaError when there is no other."""
        yield from self._readers.pop(index).rest()
        if not self._readers:
            raise error
        yield self._fault(error.code, f"{self._named[index].told} ends here: {error.message}", index)

    def _rest(self) -> Iterator[Media]:
        for reader in self._readers.values():
            yield from reader.rest()

    def _missing(self) -> Iterator[Fault]:
        """Tracks that held nothing. Raises MediaError when none held anything."""
        empty = [index for index, reader in self._readers.items() if reader.number == 0]
        for index in empty:
            code = "no_video" if self._named[index].kind == "pictures" else "no_sound"
            message = f"{self._named[index].told} holds nothing that can be decoded; export the clip again"
            if len(empty) == len(self._streams):
                raise MediaError(message, code)
            yield self._fault(code, message, index)

    def _fault(self, code: str, message: str, index: int) -> Fault:
        modality: Modality = "face" if self._named[index].kind == "pictures" else "voice"
        return Fault(code, message, self._time.end_s, modality, will_retry=False)
