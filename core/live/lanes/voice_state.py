"""What the voice lane remembers of one stream, and what it holds while one chunk is in work. Pure.

Positions count samples from the start of the stream; times are session time in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.engines.requests import Encoded, Scores, Transcript
from core.estimation.calibration import softmax
from core.estimation.echo import Echo
from core.estimation.endpointing import Segmenting
from core.live.lanes.lane import EndSpeech, Told
from core.live.lanes.settling import Settled
from core.types import SOUND_RATE_HZ, AudioChunk, Estimate, FloatArray, Quality


@dataclass(frozen=True, slots=True)
class Pause:
    """A silence within the utterance, and what the words before it say."""

    last_voiced: int
    """frame before it; another one means another pause"""
    patience: int
    """frames of silence after which the utterance has ended here"""
    said: Transcript | None
    """all words of the utterance before it; None where nobody could tell in time"""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The running utterance; positions count samples from the start of the stream."""

    number: int
    start: int
    """first sample, pre-roll included"""
    speech_start: int
    """first sample of the voice: the first voiced one, or where its level rose before that"""
    start_s: float
    """session time of the first voiced sample, as it was told"""
    sent: int
    """samples before this went to the text lane"""
    read: int
    """end of the newest window that was read"""
    is_lasting: bool = False
    """it has gone on for longer than a murmur, and that was told"""
    pieces: tuple[FloatArray, ...] = field(default=(), compare=False)
    """its sound up to `sent`, as it went to the text lane, from the end of the settled words on"""
    settled: Settled | None = None
    """its words that are not heard again"""
    pause: Pause | None = None
    """the newest one that was long enough to ask for words"""


@dataclass(frozen=True, slots=True)
class VoiceState:
    """What the lane remembers of one stream; picklable."""

    stream_id: str
    """begins the ids of its utterances"""
    rest: FloatArray = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    """samples that do not fill a frame yet"""
    ring: FloatArray = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    """the newest samples: REMEMBERED of them and the newest chunk"""
    ring_end: int = 0
    """position after the last sample in the ring"""
    voiced: tuple[bool, ...] = ()
    """for each of the newest frames whether speech was in it, as long as a window"""
    heard: int = 0
    """samples heard in whole frames since the start of the stream"""
    end_s: float | None = None
    """session time after the newest chunk"""
    capture_end_s: float = 0.0
    """the client's clock there"""
    turned_s: float = 0.0
    """session time of the newest begin or end of speech that was told; none comes before it"""
    read_s: float = 0.0
    """session time up to which the newest window that was read reached; none ends before it"""
    encoded: Encoded | None = field(default=None, compare=False)
    """rows of the newest window that was encoded; None where there are none, or the encoder failed"""
    encoded_end: int = 0
    """position after the newest window that was to be encoded"""
    ended: int = 0
    """position after the last utterance"""
    memory: object = None
    """of the speech detector"""
    segmenting: Segmenting = field(default_factory=Segmenting)
    spoken: Spoken | None = None
    count: int = 0
    """utterances so far"""
    noise_db: float | None = None
    is_faulty: bool = False
    """the voice model failed last time, and that was told"""
    is_turn_faulty: bool = False
    """so did the one that hears whether a turn is over"""
    playback_until_s: float = -1.0
    echo: Echo = field(default_factory=Echo)

    @property
    def in_pause(self) -> int:
        """Frames since the last voiced one."""
        return self.segmenting.frame - 1 - self.segmenting.last_voiced

    def cut(self, begin: int, end: int) -> FloatArray:
        """Samples between two positions, as far as they are remembered."""
        first = self.ring_end - len(self.ring)
        return self.ring[max(0, begin - first) : max(0, end - first)].copy()


@dataclass(frozen=True, slots=True)
class Window:
    """Speech that is due to be read; it stands among what is told where its reading will stand."""

    samples: FloatArray
    """(VOICE_WINDOW,), zero before the utterance"""
    start_s: float
    end_s: float
    capture_s: float
    arrived_s: float
    quality: Quality
    is_new: bool = True
    """so much of it is new that it is encoded; else the rows of the window before are taken"""

    def read_as(self, logits: FloatArray, scores: Scores) -> Estimate:
        """The reading; `logits` (7,) of this window."""
        return Estimate(
            modality="voice",
            start_s=self.start_s,
            end_s=self.end_s,
            capture_s=self.capture_s,
            probs_raw=softmax(logits),
            probs=softmax(logits, scores.temperature),
            quality=self.quality,
            engine=scores.engine,
            infer_ms=0.0,
            arrived_s=self.arrived_s,
        )


@dataclass(slots=True)
class Hearing:
    """One chunk in work: where its samples lie in time, and what has come of it so far."""

    time_s: float
    capture_s: float
    arrived_s: float
    unheard: int
    """samples of the chunk that are still in `rest`"""
    told: list[Told | Window] = field(default_factory=list)

    @classmethod
    def of_chunk(cls, chunk: AudioChunk) -> Hearing:
        """One that has just come."""
        capture_end_s = chunk.capture_s + len(chunk.samples) / SOUND_RATE_HZ
        return cls(chunk.time_s, capture_end_s, chunk.arrived_s, 0)

    @classmethod
    def at_the_end(cls, state: VoiceState, item: AudioChunk | EndSpeech) -> Hearing:
        """Where the sound heard so far ends; `item` tells of it and may lie later."""
        if state.end_s is None:
            return cls(item.time_s, item.capture_s, item.arrived_s, 0)
        return cls(state.end_s, state.capture_end_s, item.arrived_s, len(state.rest))

    def at_s(self, heard: int, position: int) -> float:
        """Session time of a sample, where `heard` is the position after the newest whole frame."""
        return max(0.0, self.time_s - (self.unheard + heard - position) / SOUND_RATE_HZ)

    def capture_at_s(self, at_s: float) -> float:
        """The client's clock at a session time near this chunk."""
        return self.capture_s - (self.time_s - at_s)
