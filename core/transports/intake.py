"""From messages and tracks to a session's media: size, rate and consent first, then decoding of sound, then time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from core.errors import MediaError
from core.live.session import Session
from core.settings import Settings
from core.transports.clock import TrackClock
from core.transports.protocol import (
    KIND_PCM,
    ClientMessage,
    Picture,
    Reading,
    Sound,
    parse_binary,
    parse_text,
    picture_bytes,
    reading,
    sound_bytes,
)
from core.transports.refusals import Refusals
from core.transports.sound import LONGEST_CHUNK, Drift, PcmSound, SoundTrack, cut
from core.transports.stream_sound import DecodedSound, StreamSound, kind_of
from core.transports.volume import Track, Volume
from core.types import SOUND_RATE_HZ, EncodedFrame, Fault, FloatArray, Modality, RawFrame, RawPicture

SMALL_BYTES = 4096
"""text up to this size is taken for control and has a rate of its own, so a flood of pictures cannot hide a stop"""
HEAVY_BYTES = 2 * LONGEST_CHUNK
"""PCM larger than this is turned into samples in a thread: the event loop has others to serve"""
HEAVY_TEXT = 500_000
"""characters of base64 above which it is decoded in a thread too; a picture of a camera is far below"""

Given = TypeVar("Given")
Made = TypeVar("Made")


class Intake:
    """One connection's way in, of media and of readings. Raises AppError for what is turned away; the next works."""

    def __init__(self, session: Session, settings: Settings, refusals: Refusals, *, has_one_clock: bool = True) -> None:
        """`has_one_clock`: pictures and sound carry times of the same client clock, so that drift can be measured."""
        self._session = session
        self._refusals = refusals
        self._volume = Volume(settings)
        self._picture_clock = TrackClock()
        self._reading_clocks: dict[Modality, TrackClock] = {}
        self._has_one_clock = has_one_clock
        self._pcm = PcmSound()
        self._stream: StreamSound | None = None
        self._track = SoundTrack()
        self._drift = Drift()
        self._decoded = DecodedSound()

    # -- from messages --------------------------------------------------------------------------------

    async def take(self, data: str | bytes) -> ClientMessage | None:
        """One message: media goes to the session, anything else that this server knows comes back."""
        self._volume.message(_track_of(data), len(data))
        if isinstance(data, bytes):
            await self._take_binary(data)
            return None
        message = parse_text(data)
        if isinstance(message, Picture):
            self._session.check("face")
            data = await _aside(picture_bytes, message, is_heavy=len(message.frame) > HEAVY_TEXT)
            await self._offer_picture(data, message.t)
        elif isinstance(message, Sound):
            self._session.check("voice")
            await self._take_sound(message)
        elif isinstance(message, Reading):
            self._session.check_device()
            await self._offer_reading(message)
        else:
            return message
        return None

    async def _take_binary(self, data: bytes) -> None:
        frame = parse_binary(data)
        if frame is None:
            return
        if frame.kind == KIND_PCM:
            self._session.check("voice")
            await self._take_pcm(frame.payload, SOUND_RATE_HZ, 1, frame.capture_s)
        else:
            self._session.check("face")
            await self._offer_picture(frame.payload, frame.capture_s)

    # -- from tracks ----------------------------------------------------------------------------------

    async def picture(self, picture: bytes | RawPicture, capture_s: float | None) -> None:
        """A picture of a track, encoded or as its decoder left it; nothing is converted before a lane takes it."""
        self._volume.message("picture", len(picture) if isinstance(picture, bytes) else 0)
        self._session.check("face")
        await self._offer_picture(picture, capture_s)

    async def sound(self, samples: FloatArray, capture_s: float | None) -> None:
        """The next samples (n,) of a track, mono -1..1 at SOUND_RATE_HZ; `capture_s` of the first."""
        self._volume.message("sound", samples.nbytes)
        self._session.check("voice")
        await self._offer_sound(samples, capture_s)

    async def _offer_picture(self, picture: bytes | RawPicture, capture_s: float | None) -> None:
        self._session.begin()
        arrived_s = self._session.now_s()
        time_s = self._picture_clock.map(capture_s, arrived_s)
        self._look_at(self._picture_clock, "picture", "face", arrived_s)
        self._drift.note("picture", capture_s, arrived_s)
        told_s = time_s if capture_s is None else capture_s
        if isinstance(picture, bytes):
            await self._session.offer_picture(EncodedFrame(picture, time_s, told_s, arrived_s))
        else:
            await self._session.offer_picture(RawFrame(picture, time_s, told_s, arrived_s))

    async def _offer_reading(self, message: Reading) -> None:
        self._session.begin()
        arrived_s = self._session.now_s()
        clock = self._reading_clocks.setdefault(message.modality, TrackClock())
        time_s = clock.map(message.t, arrived_s)
        self._look_at(clock, "readings", message.modality, arrived_s)
        told_s = time_s if message.t is None else message.t
        await self._session.offer_reading(reading(message, time_s, told_s, arrived_s))

    async def _offer_sound(self, samples: FloatArray, capture_s: float | None) -> None:
        self._session.begin(len(samples) / SOUND_RATE_HZ)
        arrived_s = self._session.now_s()
        if capture_s is not None and self._has_one_clock:
            self._note_drift(capture_s + len(samples) / SOUND_RATE_HZ, arrived_s)
        if len(samples):
            chunk = self._track.chunk(samples, capture_s, arrived_s)
            self._look_at(self._track.clock, "sound", "voice", arrived_s)
            for piece in cut(chunk):
                await self._session.offer_sound(piece)

    def _look_at(self, clock: TrackClock, what: str, modality: Modality, arrived_s: float) -> None:
        """A clock that was given up is told, once."""
        if clock.is_news():
            self._session.tell(_given_up(clock, what, modality, arrived_s))

    def _note_drift(self, end_capture_s: float, arrived_s: float) -> None:
        """Two clocks that run with ours may still be apart; one that does not has been told already."""
        if self._track.clock.rate is not None or self._picture_clock.rate is not None:
            self._session.drift_ms = None
            return
        self._drift.note("sound", end_capture_s, arrived_s)
        self._session.drift_ms = self._drift.ms
        if self._drift.is_news():
            self._session.tell(_drifted(self._drift, arrived_s))

    # -- sound of messages ----------------------------------------------------------------------------

    async def _take_sound(self, message: Sound) -> None:
        """PCM at once; what a recording holds comes through `run` when its thread has decoded it."""
        data = await _aside(sound_bytes, message, is_heavy=len(message.audio) > HEAVY_TEXT)
        if message.format == "pcm16":
            await self._take_pcm(data, message.rate_hz, message.channels, message.t)
            return
        stream = self._stream
        if stream is None or stream.is_over or stream.container != message.format or kind_of(data):
            self.close()
            self._volume.recording()
            stream = self._stream = StreamSound(message.format, self._decoded)
            self._track.next_capture_s = message.t
        try:
            stream.feed(data)
        except MediaError:
            self.close()
            raise

    async def _take_pcm(self, data: bytes, rate_hz: int, channels: int, capture_s: float | None) -> None:
        if (self._pcm.rate_hz, self._pcm.channels) != (rate_hz, channels):
            self._pcm = PcmSound(rate_hz, channels)
        self._volume.sound(len(data) / (2 * channels * rate_hz))
        samples = await _aside(self._pcm.feed, data, is_heavy=len(data) > HEAVY_BYTES)
        await self._offer_sound(samples, capture_s)

    async def run(self) -> None:
        """Hand over the sound of streamed recordings as it is decoded, until cancelled.

        A recording may come faster than it is read: then its decoder waits, and its client is told when bytes do.
        """
        while True:
            part = await self._decoded.get()
            if isinstance(part, MediaError):
                await self._refusals.turn_away(part)
            else:
                await self._refusals.guard(self._offer_decoded(part))

    async def _offer_decoded(self, samples: FloatArray) -> None:
        self._session.check("voice")
        if (wait_s := self._volume.wait_s(len(samples) / SOUND_RATE_HZ)) > 0:
            await asyncio.sleep(wait_s)
        await self._session.has_room("voice")
        await self._offer_sound(samples, None)

    def close(self) -> None:
        """End the thread of a streamed recording."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


async def _aside(work: Callable[[Given], Made], given: Given, *, is_heavy: bool) -> Made:
    """What `work` makes of it, in a thread where it is heavy."""
    return await asyncio.to_thread(work, given) if is_heavy else work(given)


def _track_of(data: str | bytes) -> Track:
    """Whose share of the rate a message takes: sound is never starved by pictures."""
    if isinstance(data, bytes):
        return "sound" if data[:1] == bytes([KIND_PCM]) else "picture"
    if '"audio_chunk"' in data[:200]:
        return "sound"
    return "control" if len(data) <= SMALL_BYTES else "picture"


def _given_up(clock: TrackClock, what: str, modality: Modality, time_s: float) -> Fault:
    message = (
        f"expected times of the {what} in seconds that run as time does, these run at {clock.rate or 0.0:.2f} of it "
        "(a frame number, or a connection that does not keep up); from now on the time of arrival counts"
    )
    return Fault("clock_rate", message, time_s, modality, will_retry=True)


def _drifted(drift: Drift, time_s: float) -> Fault:
    apart_ms = abs(drift.ms or 0.0)
    later, earlier = ("sound", "picture") if (drift.ms or 0.0) > 0 else ("picture", "sound")
    message = f"the clock of the {later} runs {apart_ms:.0f} ms behind that of the {earlier}; start the media anew"
    return Fault("clock_drift", message, time_s, "voice", will_retry=True)
