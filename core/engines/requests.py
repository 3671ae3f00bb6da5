"""What may be asked of a model, and the answers. The engine of a request's `kind` answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.engines.spec import EngineSpec
from core.types import ByteImage, FloatArray, Phoneme, RawPicture

VoiceName = Literal["female", "male"]
SPEECH_FRAME = 512
"""samples, 32 ms at 16 kHz: what Silero's net decides on"""
VOICE_WINDOW = 32_000
"""samples, 2 s at 16 kHz"""
ENCODED_WITHIN_S = 0.25
"""half the time between two readings of the voice; after that live goes on without an encoder's answer"""


@dataclass(frozen=True, slots=True)
class Detections:
    boxes_px: FloatArray
    """(n, 4) x1, y1, x2, y2 in pixels of the picture"""
    scores: FloatArray
    """(n,) 0..1"""
    landmarks_px: FloatArray
    """(n, 5, 2) x, y: left eye, right eye, nose, left and right mouth corner, as seen in the picture"""


@dataclass(frozen=True, slots=True)
class Scores:
    logits: NDArray[np.float32]
    """(n, 7) in the order of EMOTIONS; -inf for a class the model does not know"""
    temperature: float
    """fitted on validation data; logits are divided by it"""
    engine: str
    hidden: FloatArray | None = None
    """of faces, (n,) 0..1: how probable it is that eyes or mouth are covered; None where the model cannot say"""


@dataclass(frozen=True, slots=True)
class Encoded:
    """What a recogniser's encoder makes of windows of speech."""

    rows: tuple[FloatArray, ...]
    """of each window (t, width) float32, in order of time; a short one has fewer rows"""
    engine: str
    """a net that reads such rows was trained on those of one encoder"""


@dataclass(frozen=True, slots=True)
class SpeechScores:
    probabilities: FloatArray
    """(k,) 0..1, one a frame"""
    memory: object
    """goes into the next request of this stream; picklable"""


@dataclass(frozen=True, slots=True)
class Transcript:
    text: str
    """all words of the sound that was asked about"""
    confidence: float
    """0 to 1; what it means for an engine stands in its file, figures in the model card"""
    engine: str
    closing: float | None = None
    """0 to 1: the probability of a mark that closes a sentence at the end; None from an engine that does not tell"""


@dataclass(frozen=True, slots=True)
class EndOfTurn:
    probability: float
    """0 to 1, that whoever spoke has finished"""
    engine: str


@dataclass(frozen=True, slots=True)
class Sound:
    samples: FloatArray
    """(n,) float32 -1..1 mono"""
    rate_hz: int
    phonemes: tuple[Phoneme, ...]
    """in order of time; empty from an engine that does not tell them"""
    engine: str

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate_hz


A_co = TypeVar("A_co", covariant=True)


class Request(Generic[A_co]):
    """Anything below, answered with an A; a new kind of model is one more such value."""

    __slots__ = ()
    kind: ClassVar[str]
    """which kind of engine answers it"""

    @property
    def gives_way(self) -> bool:
        """Answered with None at once where the engine is busy; in a replay always, since none may depend on that."""
        return False

    def fits(self, spec: EngineSpec) -> bool:
        """Whether an engine of its kind that declares this can answer it."""
        return True

    @property
    def late_s(self) -> float | None:
        """Seconds after which whoever asks live goes on without the answer, None for the deadline of its kind.

        In a replay, which must not depend on the machine, the answer is waited for."""
        return None


@dataclass(frozen=True, slots=True)
class DecodePicture(Request[ByteImage]):
    """To a ByteImage (height, width, 3) RGB."""

    kind: ClassVar[str] = "decode"
    data: bytes | RawPicture
    """JPEG, PNG or WebP, or what another decoder left"""


@dataclass(frozen=True, slots=True)
class DetectFaces(Request[Detections]):
    """A whole picture; answered with Detections."""

    kind: ClassVar[str] = "detect"
    image: ByteImage


@dataclass(frozen=True, slots=True)
class RefineFaces(Request[Detections]):
    """The last stage alone around boxes that are already known; answered with Detections, one row a box."""

    kind: ClassVar[str] = "detect"
    image: ByteImage
    boxes_px: FloatArray
    """(n, 4) x1, y1, x2, y2"""


@dataclass(frozen=True, slots=True)
class ClassifyFaces(Request[Scores]):
    """Grey crops; answered with Scores."""

    kind: ClassVar[str] = "face"
    crops: FloatArray
    """(n, 1, 48, 48) float32, 0..255"""


@dataclass(frozen=True, slots=True)
class DetectSpeech(Request[SpeechScores]):
    """Sound to the probability of speech in each frame of SPEECH_FRAME samples; answered with SpeechScores."""

    kind: ClassVar[str] = "speech"
    samples: FloatArray
    """(k * SPEECH_FRAME,) float32 -1..1 at 16 kHz, following the samples of the call that gave `memory`"""
    memory: object = None
    """what the engine gave with its last answer for this stream; None at its start"""


@dataclass(frozen=True, slots=True)
class EncodeSpeech(Request[Encoded]):
    """Windows of speech to what a recogniser hears in them; answered with Encoded."""

    kind: ClassVar[str] = "encode"
    windows: FloatArray
    """(n, VOICE_WINDOW) float32 -1..1 at 16 kHz, as recorded; zero before the utterance"""

    @property
    def late_s(self) -> float | None:
        return ENCODED_WITHIN_S


@dataclass(frozen=True, slots=True)
class ClassifyVoice(Request[Scores]):
    """Windows of speech; answered with Scores."""

    kind: ClassVar[str] = "voice"
    windows: FloatArray
    """(n, VOICE_WINDOW) float32 -1..1 at 16 kHz, as recorded; the engine makes its own features of them"""
    encoded: Encoded | None = None
    """what an encoder made of the same windows, or of those shortly before; None: an engine does without"""


@dataclass(frozen=True, slots=True)
class TranscribeSpeech(Request[Transcript | None]):
    """One utterance so far, from its settled words or its beginning on.

    Answered with Transcript, or None where words so far gave way.

    A recogniser that hears whole stretches keeps nothing between two of these, so any of them can take over from
    another in mid-sentence.
    """

    kind: ClassVar[str] = "transcribe"
    samples: FloatArray
    """(n,) float32 -1..1 at 16 kHz"""
    language: str
    """BCP-47"""
    is_last: bool
    """the utterance has ended; else words so far are wanted, if there is time for them"""
    pause_s: float | None = None
    """it may have ended: in a pause the words are wanted within so many seconds, or not at all"""

    @property
    def gives_way(self) -> bool:
        return not self.is_last and self.pause_s is None

    @property
    def late_s(self) -> float | None:
        return self.pause_s

    def fits(self, spec: EngineSpec) -> bool:
        """By language."""
        return spec.knows(self.language)


@dataclass(frozen=True, slots=True)
class DetectEndOfTurn(Request[EndOfTurn]):
    """In a pause: whether the turn sounds as if it were over; answered with EndOfTurn."""

    kind: ClassVar[str] = "turn"
    samples: FloatArray
    """(n,) float32 -1..1 at 16 kHz: the newest sound of the utterance, 0.2 s of the pause at its end"""
    language: str
    """BCP-47"""
    pause_s: float
    """wanted within so many seconds, or not at all"""

    @property
    def late_s(self) -> float | None:
        return self.pause_s

    def fits(self, spec: EngineSpec) -> bool:
        """By language."""
        return spec.knows(self.language)


@dataclass(frozen=True, slots=True)
class ClassifyText(Request[Scores]):
    """Sentences; answered with Scores."""

    kind: ClassVar[str] = "text"
    texts: tuple[str, ...]
    language: str

    def fits(self, spec: EngineSpec) -> bool:
        """By language."""
        return spec.knows(self.language)


@dataclass(frozen=True, slots=True)
class SpeakText(Request[Sound]):
    """One or more sentences; answered with Sound."""

    kind: ClassVar[str] = "speak"
    text: str
    language: str
    """BCP-47"""
    voice: VoiceName = "female"
    rate: float = 1.0
    """0.7 to 1.3, of the voice's ordinary speed"""
    pitch: float = 1.0
    """0.7 to 1.3, of the voice's ordinary pitch"""

    def fits(self, spec: EngineSpec) -> bool:
        """By language, voice and script."""
        return spec.knows(self.language) and spec.has_voice(self.voice) and spec.reads(self.text)
