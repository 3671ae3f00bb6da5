"""Which tracks of a clip are read: the best of each kind that we can decode; every other is told, with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from core.errors import MediaError
from core.transports.decoded_picture import check_size
from core.transports.sound import Resampler, check_rate, codec_of
from core.types import SOUND_RATE_HZ

if TYPE_CHECKING:
    from av import AudioStream, Packet, VideoStream
    from av.container import InputContainer

Kind = Literal["pictures", "sound"]
Stream = TypeVar("Stream", "VideoStream", "AudioStream")
PICTURE_CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "mjpeg", "prores", "theora", "h263"}) | frozenset(
    {"mpeg1video", "mpeg2video", "mpeg4", "msmpeg4v3", "dvvideo", "vc1", "wmv3"}
)
"""what cameras, browsers and editors write; the library knows hundreds more, each a decoder that nobody looked at"""
SOUND_CODECS = frozenset({"opus", "vorbis", "aac", "mp3", "mp2", "flac", "alac", "ac3", "eac3"}) | frozenset(
    {"amr_nb", "amr_wb", "wmav2", "adpcm_ima_qt"}
)
PCM = "pcm_"
"""begin of the names of all plain samples"""
MOST_TRACKS = 8
"""of a kind that are looked at; a file may declare a thousand"""
LISTENED_S = 5.0
"""of each sound track, where there are several: OBS leaves a track for each source, and the first may be empty"""
MOST_PACKETS = 20_000
"""of all these tracks, listened to at most: 5 s of eight tracks are 2,000"""
SILENT = 1e-3
"""highest sample of a silent track: -60 dB, far below any room"""


@dataclass(frozen=True, slots=True)
class Track:
    """One track of a clip, in words."""

    kind: Kind
    number: int
    """1 for the first of the file, whatever it holds"""
    codec: str
    reason: str = ""
    """why it is left out, as the end of a sentence; empty where it is read"""

    @property
    def told(self) -> str:
        """As a sentence's subject: "track 2 (sound, aac)"."""
        return f"track {self.number} ({self.kind}, {self.codec})"


@dataclass(frozen=True, slots=True)
class Tracks:
    """What is read of a clip, and what is left out."""

    video: VideoStream | None
    audio: AudioStream | None
    read: tuple[Track, ...]
    left_out: tuple[Track, ...]


def choose(container: InputContainer, heard: Callable[[list[int]], dict[int, float]]) -> Tracks:
    """The tracks to read. Raises MediaError where none of them can be.

    `heard` listens to the beginning of the tracks with these indices, and gives the highest sample of each, 0 to 1.
    """
    pictures, sounds = container.streams.video, container.streams.audio
    if not pictures and not sounds:
        raise MediaError("this clip has neither video nor sound; there is nothing to read in it", code="no_media")
    videos, unfit = _sorted_out(pictures, _check_pictures)
    audios, unheard = _sorted_out(sounds, _check_sound)
    if not videos and not audios:
        raise next(iter((unfit | unheard).values()))
    videos.sort(key=_is_still)  # stable: else as they lie in the file
    chosen, quiet = _loudest_first(audios, heard)
    video, audio = next(iter(videos), None), next(iter(chosen), None)
    read = tuple(_track(stream) for stream in (video, audio) if stream is not None)
    left_out = [_track(stream, unfit[stream.index].message) for stream in pictures if stream.index in unfit]
    left_out += [_track(stream, unheard[stream.index].message) for stream in sounds if stream.index in unheard]
    left_out += [_track(stream, f"only one is read, {read[0].told}") for stream in videos[1:]]
    left_out += [_track(stream, _passed_over(stream, quiet, read[-1])) for stream in chosen[1:]]
    return Tracks(video, audio, read, tuple(sorted(left_out, key=lambda track: track.number)))


def _sorted_out(
    streams: Iterable[Stream], check: Callable[[Stream], None]
) -> tuple[list[Stream], dict[int, MediaError]]:
    """Those that can be read, as they lie in the file; and by index, why each other cannot."""
    fit: list[Stream] = []
    unfit: dict[int, MediaError] = {}
    for place, stream in enumerate(streams):
        try:
            if place >= MOST_TRACKS:
                raise MediaError(f"only the first {MOST_TRACKS} tracks of a kind are looked at", "too_many_tracks")
            check(stream)
            fit.append(stream)
        except MediaError as error:
            unfit[stream.index] = error
    return fit, unfit


def _check_pictures(stream: VideoStream) -> None:
    """Raises MediaError for a track that is no film, or that we do not decode."""
    from av.stream import Disposition

    if stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails):
        raise MediaError("it is a cover picture, not a film", code="no_video")
    _check_codec(stream, PICTURE_CODECS)
    check_size(stream.codec_context)


def _is_still(stream: VideoStream) -> bool:
    """Whether it looks like a picture beside the film: one alone, or in the format of photographs."""
    from av.stream import Disposition

    return stream.frames == 1 or stream.disposition & Disposition.still_image != 0 or codec_of(stream) == "mjpeg"


def _check_sound(stream: AudioStream) -> None:
    """Raises MediaError for a track that we do not decode, or whose rate no recorder makes."""
    _check_codec(stream, SOUND_CODECS, PCM)
    if stream.rate:  # 0 where only the frames tell; each of them is checked
        check_rate(stream.rate, stream.layout.nb_channels)


def _check_codec(stream: VideoStream | AudioStream, codecs: frozenset[str], begin: str = "\0") -> None:
    codec = codec_of(stream)
    if codec not in codecs and not codec.startswith(begin):
        raise MediaError("its format cannot be decoded here; export the clip as H.264 and AAC", "unknown_codec")


def _loudest_first(
    audios: list[AudioStream], heard: Callable[[list[int]], dict[int, float]]
) -> tuple[list[AudioStream], set[int]]:
    """The first that is not silent at its beginning, then the others; and the indices of the silent ones."""
    if len(audios) < 2:
        return audios, set()
    peaks = heard([stream.index for stream in audios])
    quiet = {stream.index for stream in audios if peaks.get(stream.index, 0.0) < SILENT}
    return sorted(audios, key=lambda stream: stream.index in quiet), quiet  # stable: else as they lie in the file


def _passed_over(stream: AudioStream, quiet: set[int], read: Track) -> str:
    return f"it is silent, {read.told} is read" if stream.index in quiet else f"only one is read, {read.told}"


def _track(stream: VideoStream | AudioStream, reason: str = "") -> Track:
    kind: Kind = "pictures" if stream.type == "video" else "sound"
    return Track(kind, stream.index + 1, codec_of(stream), reason)


def peaks(container: InputContainer, indices: list[int]) -> dict[int, float]:
    """The highest sample, 0 to 1, in the first LISTENED_S of each of these sound tracks. Reads the container on."""
    from av import AudioStream
    from av.error import FFmpegError

    tracks = {stream.index: _Beginning() for stream in container.streams.audio if stream.index in indices}
    streams = tuple(stream for stream in container.streams.audio if stream.index in indices)
    with suppress(FFmpegError):  # where a clip breaks off is told when it is read
        for packet in islice(container.demux(streams), MOST_PACKETS):
            if isinstance(packet.stream, AudioStream):
                tracks[packet.stream.index].take(packet)
            if all(track.is_over for track in tracks.values()):
                break
    return {index: track.peak for index, track in tracks.items()}


@dataclass
class _Beginning:
    """The first LISTENED_S of a sound track."""

    peak: float = 0.0
    heard: int = 0
    """samples at SOUND_RATE_HZ"""
    is_broken: bool = False
    resampler: Resampler = field(default_factory=Resampler)

    @property
    def is_over(self) -> bool:
        return self.is_broken or self.peak >= SILENT or self.heard >= LISTENED_S * SOUND_RATE_HZ

    def take(self, packet: Packet[AudioStream]) -> None:
        from av.error import FFmpegError

        if self.is_over:
            return
        try:
            for frame in packet.decode():
                samples = self.resampler.frame(frame)
                self.heard += len(samples)
                self.peak = max(self.peak, float(np.abs(samples).max(initial=0.0)))
        except (FFmpegError, MediaError):
            self.is_broken = True
