"""What a lane may ask of a model, and what answers it: one worker thread per engine, small batches.

A request is a value with a `kind`; the engine of that kind answers it. An engine holds weights and
nothing of a person's stream, so any number of sessions share it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import AppError, EngineFailed, EngineUnavailable, Limit
from core.live.speaking import SpeakText
from core.settings import Settings
from core.types import (
    ByteImage,
    EngineSpec,
    Estimate,
    Fault,
    FloatArray,
    Modality,
    Preferences,
    SpeechLasting,
    SpeechState,
    Utterance,
)

log = logging.getLogger(__name__)

MAX_WAITING = 256
"""Requests one engine keeps waiting; live lanes ask one at a time, so this is sessions, not pictures."""


@dataclass(frozen=True, slots=True)
class DecodePicture:
    """JPEG, PNG or WebP bytes to a ByteImage (height, width, 3) RGB."""

    kind: ClassVar[str] = "decode"
    data: bytes


@dataclass(frozen=True, slots=True)
class DetectFaces:
    """A whole picture; answered with Detections."""

    kind: ClassVar[str] = "detect"
    image: ByteImage


@dataclass(frozen=True, slots=True)
class RefineFaces:
    """The last stage alone around boxes that are already known; answered with Detections, one row a box."""

    kind: ClassVar[str] = "detect"
    image: ByteImage
    boxes_px: FloatArray
    """(n, 4) x1, y1, x2, y2"""


@dataclass(frozen=True, slots=True)
class ClassifyFaces:
    """Grey crops; answered with Scores."""

    kind: ClassVar[str] = "face"
    crops: FloatArray
    """(n, 1, 48, 48) float32, 0..255"""


@dataclass(frozen=True, slots=True)
class DetectSpeech:
    """Sound to the probability of speech in each frame of SPEECH_FRAME samples; answered with SpeechScores."""

    kind: ClassVar[str] = "speech"
    samples: FloatArray
    """(k * SPEECH_FRAME,) float32 -1..1 at 16 kHz, following the samples of the call that gave `memory`"""
    memory: Any = None
    """what the engine gave with its last answer for this stream; None at its start"""


@dataclass(frozen=True, slots=True)
class ClassifyVoice:
    """Windows of speech; answered with Scores."""

    kind: ClassVar[str] = "voice"
    windows: FloatArray
    """(n, VOICE_WINDOW) float32 -1..1 at 16 kHz, as recorded; the engine makes its own features of them"""


@dataclass(frozen=True, slots=True)
class TranscribeSpeech:
    """The next piece of one utterance; answered with Transcript. The pieces of one `stream_id` come in order.

    A recogniser's half-decoded utterance cannot leave its library, so it is the one thing that an engine keeps for a
    stream: under this id, until `is_last`, and no more than a bounded number of them.
    """

    kind: ClassVar[str] = "transcribe"
    stream_id: str
    samples: FloatArray
    """(n,) float32 -1..1 at 16 kHz"""
    language: str
    """BCP-47"""
    is_last: bool


@dataclass(frozen=True, slots=True)
class ClassifyText:
    """Sentences; answered with Scores."""

    kind: ClassVar[str] = "text"
    texts: tuple[str, ...]
    language: str


Request = (
    DecodePicture
    | DetectFaces
    | RefineFaces
    | ClassifyFaces
    | DetectSpeech
    | ClassifyVoice
    | TranscribeSpeech
    | ClassifyText
    | SpeakText
)

SPEECH_FRAME = 512
"""samples, 32 ms at 16 kHz: what Silero's net decides on"""
VOICE_WINDOW = 32_000
"""samples, 2 s at 16 kHz"""


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


@dataclass(frozen=True, slots=True)
class SpeechScores:
    probabilities: FloatArray
    """(k,) 0..1, one a frame"""
    memory: Any
    """goes into the next request of this stream; picklable"""


@dataclass(frozen=True, slots=True)
class Transcript:
    text: str
    """all of the utterance so far"""
    confidence: float
    """0 to 1"""
    engine: str


class Engine(Protocol):
    """One back-end: `models/<kind>_<name>.py` defines ENGINE with these."""

    name: str
    spec: EngineSpec

    def load(self, settings: Settings) -> None:
        """Bring the weights in. Raises EngineUnavailable saying what is missing and what brings it."""

    def infer(self, requests: Sequence[Any]) -> list[Any]:
        """Answer a batch of 1 to spec.max_batch requests, in order; an answer may be an AppError."""


@dataclass(frozen=True, slots=True)
class SpeechPiece:
    """From the voice lane to the text lane: sound of an utterance, or word that there is none up to here."""

    stream_id: str
    """of the utterance; empty between utterances"""
    samples: FloatArray
    """(n,) float32 at 16 kHz; empty where there is nothing to transcribe"""
    start_s: float
    """session time at which the utterance began"""
    end_s: float
    """session time of the last voiced sample so far"""
    time_s: float
    """everything up to here has been heard"""
    capture_s: float
    """client's clock at end_s"""
    arrived_s: float
    is_last: bool = False
    text: str | None = None
    """its words, where the client knows them already: then nothing is transcribed"""


@dataclass(frozen=True, slots=True)
class EndSpeech:
    """Into the voice lane: the utterance ends here, whatever the silence says (push to talk, the end of a clip)."""

    time_s: float
    capture_s: float
    arrived_s: float
    text: str | None = None
    """its words, where the client's own recogniser heard them"""


@dataclass(frozen=True, slots=True)
class Playback:
    """Into the voice lane: the companion is heard in the room until `until_s`, so what comes in may be its echo."""

    until_s: float
    """session time"""
    time_s: float
    capture_s: float
    arrived_s: float


Told = Estimate | SpeechState | SpeechLasting | Utterance | Fault | SpeechPiece


class Lane(Protocol):
    """One modality, pure: `start()` gives the state, `step(state, item)` turns one input into what it told.

    Estimates, speech states and utterances are events; what is meant for the next lane alone (SpeechPiece) is not told.
    """

    @property
    def modality(self) -> Modality: ...

    def start(self) -> Any: ...

    def step(self, state: Any, item: Any) -> Generator[Request, Any, tuple[Any, Sequence[Told]]]: ...

    def prefer(self, preferences: Preferences) -> Lane:
        """This lane as the person wants it; the state goes on."""


class EngineDoor(Protocol):
    """Local or remote, the lanes see only this."""

    async def ask(self, request: Request) -> Any: ...


@dataclass
class _Waiting:
    request: Any
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Any]


@dataclass
class LocalEngine:
    """One engine in this process: a worker thread that takes what waits, up to a batch, and answers it."""

    engine: Engine
    settings: Settings
    observe_ms: Callable[[str, float], None] = lambda _kind, _ms: None
    """told kind and milliseconds of each batch, for the metrics"""
    fault: str | None = None
    """why it cannot be used, in words for the person; None while it can"""
    is_loaded: bool = False
    _queue: deque[_Waiting] = field(default_factory=deque)
    _wake: threading.Condition = field(default_factory=threading.Condition)
    _is_closed: bool = False
    _thread: threading.Thread | None = None

    def load(self) -> None:
        """Load and start the worker; a failure is kept in `fault` and told by every later `ask`."""
        try:
            self.engine.load(self.settings)
        except AppError as error:
            self.fault = error.message
            log.warning("engine %s is not available: %s", self.engine.name, error)
            return
        self.is_loaded = True
        self._thread = threading.Thread(target=self._work, name=f"engine-{self.engine.name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the worker; whoever still waits is told."""
        with self._wake:
            self._is_closed = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=5)
        if callable(close := getattr(self.engine, "close", None)):  # those that keep a process of their own
            close()
        for waiting in self._queue:
            self._answer(waiting, EngineUnavailable("the server is closing; try again in a moment"))
        self._queue.clear()

    async def ask(self, request: Request) -> Any:
        """The answer, or the AppError that stands for it, raised."""
        if self.fault is not None or not self.is_loaded:
            raise EngineUnavailable(self.fault or f"engine {self.engine.name} is still loading; try again in a moment")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(request, loop, loop.create_future())
        with self._wake:
            if len(self._queue) >= MAX_WAITING:
                raise Limit(f"engine {self.engine.name} has {MAX_WAITING} requests waiting; the server is overloaded")
            self._queue.append(waiting)
            self._wake.notify()
        answer = await waiting.answer
        if isinstance(answer, AppError):
            raise answer
        return answer

    def _work(self) -> None:
        while True:
            with self._wake:
                while not self._queue and not self._is_closed:
                    self._wake.wait()
                if self._is_closed:
                    return
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), self.engine.spec.max_batch))]
            started = time.perf_counter()
            answers = self._infer([waiting.request for waiting in batch])
            self.observe_ms(self.engine.spec.kind, (time.perf_counter() - started) * 1000)
            for waiting, answer in zip(batch, answers, strict=True):
                self._answer(waiting, answer)

    def _infer(self, requests: list[Any]) -> list[Any]:
        """Lane worker's door: whatever a model throws becomes an EngineFailed answer."""
        try:
            return self.engine.infer(requests)
        except Exception as error:
            log.exception("engine %s failed on a batch of %d", self.engine.name, len(requests))
            return [EngineFailed(f"{self.engine.name} failed ({type(error).__name__}); it is tried again")] * len(
                requests
            )

    @staticmethod
    def _answer(waiting: _Waiting, answer: Any) -> None:
        def settle() -> None:
            if not waiting.answer.done():
                waiting.answer.set_result(answer)

        if not waiting.loop.is_closed():
            waiting.loop.call_soon_threadsafe(settle)


class Engines:
    """The engine of each kind that a lane asks for."""

    def __init__(self, by_kind: Mapping[str, LocalEngine]) -> None:
        self.by_kind = dict(by_kind)

    async def ask(self, request: Request) -> Any:
        """Route by kind. Raises EngineUnavailable where no engine of that kind is set."""
        engine = self.by_kind.get(request.kind)
        if engine is None:
            raise EngineUnavailable(f"no engine of kind {request.kind!r} is set; see the settings table")
        return await engine.ask(request)

    def describe(self) -> list[dict[str, Any]]:
        """For `ready.engines` and GET /api/status: what reads what, and whether it can."""
        return [
            {
                "name": engine.engine.name,
                "kind": engine.engine.spec.kind,
                "version": engine.engine.spec.version,
                "licence": engine.engine.spec.licence,
                "available": engine.is_loaded,
                "facts": engine.engine.spec.facts,
                "note": engine.fault or engine.engine.spec.description,
            }
            for engine in self.by_kind.values()
        ]

    def load(self) -> None:
        for engine in self.by_kind.values():
            engine.load()

    def close(self) -> None:
        for engine in self.by_kind.values():
            engine.close()
