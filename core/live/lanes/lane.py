"""What a lane is, and what lanes hand to one another. Pure."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

from core.engines.requests import Request, Transcript
from core.errors import AppError
from core.live.lanes.queues import Delivery
from core.live.lanes.settling import Settled
from core.types import Estimate, Fault, FloatArray, Modality, Preferences, SpeechLasting, SpeechState, Utterance


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
    said: Transcript | None = None
    """its words, where they were heard in the pause that ended it: then they are not transcribed once more"""
    settled: Settled | None = None
    """its words up to here, which are not heard again: the sound before is done with"""


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


class Item(Protocol):
    """One input of a lane."""

    @property
    def time_s(self) -> float:
        """Session time that it speaks for."""

    @property
    def capture_s(self) -> float:
        """On the client's own clock."""

    @property
    def arrived_s(self) -> float:
        """Session clock at arrival."""


T = TypeVar("T")
A = TypeVar("A")
Step = Generator[Request[object], object, T]
"""asks engines and comes to a T"""


def ask(request: Request[A]) -> Step[A]:
    """`answer = yield from ask(request)`: what is sent back to a step is the answer to what it yielded last."""
    return cast(A, (yield request))


def driven(step: Step[T], answer: Callable[[Request[object]], object]) -> T:
    """What a step comes to where each request is answered at once; an AppError for an answer is raised in it.

    For measuring, training and tests; a session's lanes wait for their engines in `core/live/lanes/runner.py`.
    """
    try:
        request = next(step)
        while True:
            answered = answer(request)
            request = step.throw(answered) if isinstance(answered, AppError) else step.send(answered)
    except StopIteration as end:
        return cast(T, end.value)


Told = Estimate | SpeechState | SpeechLasting | Utterance | Fault | SpeechPiece


State = TypeVar("State")
Taken_contra = TypeVar("Taken_contra", contravariant=True)


class Lane(Protocol[State, Taken_contra]):
    """One modality, pure: `start` gives the state, `step(state, item)` turns one input into what it told.

    Estimates, speech states and utterances are events; what is meant for the next lane alone (SpeechPiece) is not told.
    A state is a value that can be pickled, so a stream can go on elsewhere.
    """

    @property
    def modality(self) -> Modality: ...

    @property
    def delivery(self) -> Delivery:
        """Of its inputs, live."""

    @property
    def hands_to(self) -> Modality | None:
        """The lane that takes its SpeechPieces."""

    def start(self, stream_id: str) -> State:
        """The state before the first input; `stream_id` is a word that no other stream has."""

    def step(self, state: State, item: Taken_contra) -> Step[tuple[State, Sequence[Told]]]: ...

    def prefer(self, preferences: Preferences) -> Lane[State, Taken_contra]:
        """This lane as the person wants it; the state goes on."""


AnyLane = Lane[Any, Any]
"""one among others: whoever holds several knows neither their states nor which takes what"""
