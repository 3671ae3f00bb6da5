"""The frozen data that flows through the house, and the one order of expressions.

Time is float seconds of session time (0 = first media, word or mark) unless a field says otherwise;
``capture_s`` is the client's own monotonic clock and is only ever echoed back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from core.people import Scope

EMOTIONS = ("neutral", "happy", "sad", "angry", "fear", "disgust", "surprise")
"""Seven expression labels, in this order everywhere."""

FOUR_CLASSES = ("Neutral", "Happy", "Sad", "Angry")
"""The four-class view: disgust is added to Angry, fear to Sad, surprise to Neutral."""

FOUR_FROM_SEVEN = (0, 1, 2, 3, 2, 3, 0)
"""For each of EMOTIONS the index of its class in FOUR_CLASSES."""

Modality = Literal["face", "voice", "text"]
MODALITIES: tuple[Modality, ...] = ("face", "voice", "text")

FloatArray = NDArray[np.float32]
ByteImage = NDArray[np.uint8]


def four_class(probs: FloatArray) -> FloatArray:
    """Seven probabilities (7,) in the order of EMOTIONS to four (4,) in the order of FOUR_CLASSES."""
    four = np.zeros(len(FOUR_CLASSES), dtype=np.float32)
    np.add.at(four, list(FOUR_FROM_SEVEN), probs)
    return four


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One picture as it arrived; decoded only when a lane takes it, so dropped pictures cost nothing."""

    data: bytes
    """JPEG, PNG or WebP"""
    time_s: float
    capture_s: float
    arrived_s: float
    """session clock at arrival, for latency"""


class RawPicture(Protocol):
    """Pixels as a decoder left them, in whatever layout; made RGB only when a lane takes the picture."""

    def rgb(self) -> ByteImage:
        """(height, width, 3), upright. Raises MediaError."""


@dataclass(frozen=True, slots=True)
class RawFrame:
    """One picture of a track that came decoded, but not as RGB; a dropped one costs no conversion."""

    picture: RawPicture
    time_s: float
    capture_s: float
    arrived_s: float
    """session clock at arrival, for latency"""


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """One picture in memory."""

    image: ByteImage
    """uint8 (height, width, 3) RGB"""
    time_s: float
    capture_s: float
    arrived_s: float


Frame = EncodedFrame | RawFrame | VideoFrame
"""a picture in one of the states it may arrive in"""

SOUND_RATE_HZ = 16_000
"""the one rate inside the house"""


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A run of samples of one sound track, following the chunk before it."""

    samples: FloatArray
    """float32 (n,) mono -1..1 at SOUND_RATE_HZ"""
    start_s: float
    """session time of the first sample"""
    capture_s: float
    """client time of the first sample"""
    arrived_s: float

    @property
    def time_s(self) -> float:
        """Session time after the last sample."""
        return self.start_s + len(self.samples) / SOUND_RATE_HZ


@dataclass(frozen=True, slots=True)
class Quality:
    """Fitness of an input for its model."""

    score: float
    """0 (useless) to 1 (ideal)"""
    reasons: tuple[str, ...] = ()
    """short codes such as "low_light"; empty when nothing is wrong"""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one engine read from one input of one modality."""

    modality: Modality
    start_s: float
    end_s: float
    capture_s: float
    probs_raw: FloatArray
    """(7,) sums to 1, straight from the engine"""
    probs: FloatArray
    """(7,) sums to 1, after temperature (and the neutral baseline where there is one)"""
    quality: Quality
    engine: str
    infer_ms: float
    """time in the engines for this input, waiting for a worker included"""
    box_px: tuple[float, float, float, float] | None = None
    """face only: x1, y1, x2, y2 in pixels of the picture"""
    frame_px: tuple[int, int] | None = None
    """face only: width, height of the picture box_px lies in"""
    face_id: int | None = None
    is_subject: bool = False
    arrived_s: float = 0.0
    """session clock at which the newest input in it arrived"""
    rules: tuple[str, ...] = ()
    """codes of the rules that changed what the net said, in their order ("negation"); words only"""


@dataclass(frozen=True, slots=True)
class FusedEstimate:
    """One late, quality-aware fusion of the newest estimate of each modality."""

    time_s: float
    capture_s: float
    probs_raw: FloatArray
    """(7,) before smoothing"""
    probs: FloatArray
    """(7,) sums to 1, smoothed"""
    valence: float
    """-1 to 1, derived"""
    arousal: float
    """-1 to 1, derived"""
    confidence: float
    """probability of the best expression"""
    intensity: float
    """0 to 1, probability of the strongest expression that is not neutral"""
    weights: dict[Modality, float]
    """share of each modality; sums to 1, or all 0"""
    trends: dict[str, str]
    """per expression "rising", "steady" or "falling" over the last 10 s"""
    quality: float
    """share-weighted quality of the inputs, 0 to 1"""
    abstained: bool
    reasons: tuple[str, ...]
    latency_ms: float = 0.0
    """arrival of the newest input to this event"""


@dataclass(frozen=True, slots=True)
class SpeechState:
    """Someone began or ceased to speak."""

    state: Literal["start", "end"]
    time_s: float
    """of the first or last voiced sample, not of the decision"""


@dataclass(frozen=True, slots=True)
class SpeechLasting:
    """Speech has gone on for longer than a murmur; told once an utterance, so that a reply can give way."""

    time_s: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words of one stretch of speech, or typed."""

    text: str
    """empty where speech was heard that nobody could transcribe"""
    start_s: float
    end_s: float
    capture_s: float
    """client's clock at end_s"""
    arrived_s: float
    language: str
    """BCP-47"""
    is_final: bool
    origin: Literal["speech", "typed"]
    confidence: float = 1.0
    """0 to 1, the transcriber's mean probability of what it wrote; 1 for typed text. Under core/estimation/words.py's
    UNSURE_TRANSCRIPT it was badly heard: on validation speakers 38 % of the words there were wrong, above it 10 %."""
    engine: str = ""
    """what transcribed it; empty for typed text"""

    @property
    def time_s(self) -> float:
        return self.end_s


@dataclass(frozen=True, slots=True)
class UtteranceEstimate:
    """One fusion over the span of an utterance, told once, after its words."""

    start_s: float
    end_s: float
    fused: FusedEstimate
    """its time_s is end_s; trends are all steady"""
    origin: Literal["speech", "typed"] = "speech"


@dataclass(frozen=True, slots=True)
class BaselineState:
    """The person's neutral baseline: how far it has come, and for which modalities it holds."""

    state: Literal["none", "running", "ready"]
    done_s: float
    total_s: float
    modalities: tuple[Modality, ...]
    """those with an offset in force"""
    message: str = ""
    """what to do next where something is missing"""
    time_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SessionState:
    scopes: tuple[Scope, ...]
    paused: bool
    recording: bool
    """readings of this session are being kept right now"""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Stats:
    """Told once a second."""

    fps: float
    dropped: int
    """pictures and messages left out since the start, whatever the reason"""
    latency_ms: float
    """median, arrival to fused event, of the last second"""
    stored_to_s: float | None
    """readings up to this session time are on disk; None when nothing is kept"""
    drift_ms: float | None = None
    """how much later the clock of the sound has come to run than that of the picture; None without both"""


@dataclass(frozen=True, slots=True)
class ClipProgress:
    done_s: float
    total_s: float
    """0 where the container does not tell"""
    is_final: bool


@dataclass(frozen=True, slots=True)
class Marker:
    label: str
    time_s: float
    duration_s: float = 0.0
    """0: a moment; else a stretch that begins at time_s and may reach beyond now"""


@dataclass(frozen=True, slots=True)
class SelfReport:
    """The person's own word on a fused estimate ("was this right?")."""

    time_s: float
    shown: str
    """the expression that was on the screen, or "uncertain" """
    chosen: str
    """what the person says it was; equal to shown when it was right"""


@dataclass(frozen=True, slots=True)
class Phoneme:
    symbol: str
    """as the engine writes it, IPA where it can; "" is a pause"""
    start_s: float
    """since the start of the sound"""


@dataclass(frozen=True, slots=True)
class VisemeFrame:
    """How a talking face looks at one moment of a sound."""

    time_s: float
    """since the start of that sound"""
    blend: dict[str, float]
    """weights 0 to 1 by ARKit name (jawOpen, mouthFunnel, ...) and by Oculus name (viseme_aa, viseme_PP, ...)"""


@dataclass(frozen=True, slots=True)
class Reply:
    """One or more sentences of the companion's turn."""

    turn: int
    """counts the companion's turns of a session from 1"""
    part: int
    """counts the parts of a turn from 0"""
    is_final: bool
    """the last part of its turn; it may be empty"""
    text: str
    emotion: str
    """seven-class label of the expression that goes with it"""
    intensity: float
    audio_url: str | None
    """None where nothing can speak; the words are the reply then"""
    visemes: tuple[VisemeFrame, ...]
    engine: str
    time_s: float
    duration_s: float = 0.0
    """of its sound"""


@dataclass(frozen=True, slots=True)
class ReplyCancelled:
    """The person spoke over it, or pressed stop."""

    turn: int
    heard: str
    """the words of the turn that were played"""
    time_s: float


@dataclass(frozen=True, slots=True)
class ReplyResumed:
    """What was heard over it was a "mhm": it goes on where it paused."""

    turn: int
    time_s: float


@dataclass(frozen=True, slots=True)
class Message:
    """A line of the conversation as its history has it: what the person said, or what they heard of a reply."""

    role: Literal["user", "assistant"]
    text: str
    expression: str
    """seven-class label: read in the person's turn, or shown with the reply; empty where there was none"""
    intensity: float
    time_s: float
    """its end: of the last word said, typed or heard"""
    start_s: float | None = None
    """of the first word; None: at time_s"""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that failed and was told; the session goes on."""

    code: str
    message: str
    time_s: float
    modality: Modality | None = None
    will_retry: bool = True


Event = (
    Estimate
    | FusedEstimate
    | SpeechState
    | SpeechLasting
    | Utterance
    | UtteranceEstimate
    | BaselineState
    | SessionState
    | Stats
    | ClipProgress
    | Marker
    | SelfReport
    | Reply
    | ReplyCancelled
    | ReplyResumed
    | Message
    | Fault
)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the person set for this session; None leaves a thing as it is."""

    weights: dict[Modality, float] | None = None
    """base weights of the fusion, each 0..1, not all 0"""
    smoothing_s: float | None = None
    """0 to 5"""
    patience_s: float | None = None
    """0.3 to 2: silence after which an utterance has ended of which the words say nothing"""
    language: str | None = None
    """BCP-47, of what is spoken and typed"""
    voice: Literal["female", "male"] | None = None
    """of the companion, as are all that follow"""
    personality: Literal["therapist", "coach"] | None = None
    style: Literal["brief", "balanced", "detailed"] | None = None
    reply_engine: str | None = None
    """by name; one that is not there is answered with a fault and changes nothing"""
    replies: bool | None = None
    """false: the companion is silent"""
