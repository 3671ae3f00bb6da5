"""Scripted stand-ins for engines and the record, for tests that are about something else."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from core.engines.requests import (
    ClassifyFaces,
    ClassifyText,
    DecodePicture,
    DetectFaces,
    Detections,
    DetectSpeech,
    RefineFaces,
    Scores,
)
from core.engines.spec import EngineSpec
from core.errors import AppError
from core.live.lanes.lane import EndSpeech, SpeechPiece
from core.live.lanes.queues import Delivery
from core.people import Person
from core.settings import Settings
from core.types import (
    EMOTIONS,
    SOUND_RATE_HZ,
    AudioChunk,
    EncodedFrame,
    Estimate,
    Event,
    Quality,
    SpeechState,
    Utterance,
    VideoFrame,
)


def probs(label: str, share: float = 0.7) -> np.ndarray:
    """(7,) with `share` on one label and the rest spread evenly."""
    values = np.full(len(EMOTIONS), (1 - share) / (len(EMOTIONS) - 1), dtype=np.float32)
    values[EMOTIONS.index(label)] = share
    return values


def estimate(label: str = "happy", at_s: float = 0.0, modality: Any = "face", **changes: Any) -> Estimate:
    """A good reading of the person, unless told otherwise."""
    given: dict[str, Any] = {
        "modality": modality,
        "start_s": at_s,
        "end_s": at_s,
        "capture_s": at_s + 100,
        "probs_raw": probs(label),
        "probs": probs(label),
        "quality": Quality(0.9),
        "engine": "scripted",
        "infer_ms": 1.0,
        "is_subject": modality == "face",
    }
    if modality == "face":
        given |= {"box_px": (10.0, 10.0, 60.0, 60.0), "frame_px": (100, 100), "face_id": 1}
    return Estimate(**(given | changes))


def person(*scopes: Any, user_id: str = "someone") -> Person:
    return Person(user_id, "visitor", frozenset(scopes or ("camera",)), "self", "consent-1", expires_at=float("inf"))


def picture(at_s: float, shade: int = 90) -> VideoFrame:
    return VideoFrame(np.full((48, 64, 3), shade, np.uint8), time_s=at_s, capture_s=at_s + 100, arrived_s=at_s)


@dataclass
class ScriptedLane:
    """Tells one happy face a picture, or what the script says for that time: a label, None (no face) or an error."""

    script: Mapping[float, str | AppError | None] = field(default_factory=dict)
    modality: Any = "face"
    delivery: Delivery = Delivery.LATEST
    hands_to: Any = None

    def start(self, _stream_id: str) -> Any:
        return object()

    def prefer(self, preferences: Any) -> Any:
        self.preferred = preferences
        return self

    def step(self, state: Any, item: VideoFrame | EncodedFrame) -> Any:
        if isinstance(item, EncodedFrame):
            yield DecodePicture(item.data)
        said = self.script.get(item.time_s, "happy")
        if isinstance(said, AppError):
            raise said
        yield DetectFaces(np.zeros((4, 4, 3), np.uint8))
        if said is None:
            return state, []
        return state, [estimate(said, item.time_s, arrived_s=item.arrived_s, capture_s=item.capture_s)]


class ScriptedEngines:
    """Answers every request at once, or when `gate` opens; counts what was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.gate: Any = None

    async def ask(self, request: Any) -> Any:
        self.asked.append(request)
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(request, DecodePicture):
            return np.zeros((48, 64, 3), np.uint8)
        if isinstance(request, ClassifyFaces):
            return Scores(np.zeros((len(request.crops), 7), np.float32), 1.0, "scripted")
        count = len(request.boxes_px) if isinstance(request, RefineFaces) else 0
        empty = np.zeros((count, 4), np.float32)
        return Detections(empty, np.zeros(count, np.float32), np.zeros((count, 5, 2), np.float32))


class ScriptedEngine:
    """One back-end whose answers a function gives; for tests of the worker around it."""

    def __init__(self, answer: Any, max_batch: int = 4, kind: Any = "face") -> None:
        self.name = "scripted"
        self.spec = EngineSpec("scripted", kind, "1", "MIT", "for tests", max_batch=max_batch)
        self.batches: list[int] = []
        self.may_go = threading.Event()
        self.may_go.set()
        self.is_at_work = threading.Event()
        """a batch was taken from the queue"""
        self._answer = answer

    def load(self, settings: Settings) -> None:
        """Nothing to bring."""

    def infer(self, requests: Sequence[Any]) -> list[Any]:
        self.is_at_work.set()
        assert self.may_go.wait(10)
        self.batches.append(len(requests))
        return [self._answer(request) for request in requests]


@dataclass
class ListRecorder:
    """Keeps what a session would have stored, in a list."""

    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    summaries: dict[str, str] = field(default_factory=dict)
    is_failing: bool = False
    full: Literal["", "person", "address"] = ""

    async def open_session(
        self, session_id: str, user_id: str, started_at: float, consent_id: str, settings: Any
    ) -> None:
        self.opened.append(session_id)

    def append(self, session_id: str, event: Event) -> None:
        self.events.append(event)

    def quota_reached(self, session_id: str) -> Literal["", "person", "address"]:
        return self.full

    def stored_to_s(self, session_id: str) -> float:
        return 1.5

    async def keep_summary(self, user_id: str, text: str) -> None:
        self.summaries[user_id] = text

    async def read_summary(self, user_id: str) -> str:
        return self.summaries.get(user_id, "")

    def forget(self, session_id: str) -> None:
        self.forgotten.append(session_id)

    async def close_session(self, session_id: str, ended_at: float) -> None:
        self.closed.append(session_id)


def sound(start_s: float, seconds: float = 0.1, level: float = 0.1) -> AudioChunk:
    """A chunk of a tone, arrived as it was captured."""
    times = np.arange(round(seconds * SOUND_RATE_HZ)) / SOUND_RATE_HZ
    samples = (level * np.sin(2 * np.pi * 220 * times)).astype(np.float32)
    return AudioChunk(samples, start_s=start_s, capture_s=start_s + 100, arrived_s=start_s + seconds)


@dataclass
class ScriptedVoiceLane:
    """Hears what the script says of a chunk by its start (to 10 ms): "start", "end", a label to read, or an error."""

    script: Mapping[float, Sequence[str] | AppError] = field(default_factory=dict)
    modality: Any = "voice"
    delivery: Delivery = Delivery.KEEP
    hands_to: Any = "text"
    preferred: Any = None

    def start(self, _stream_id: str) -> Any:
        return object()

    def prefer(self, preferences: Any) -> Any:
        self.preferred = preferences
        return self

    def step(self, state: Any, item: AudioChunk | EndSpeech) -> Any:
        yield DetectSpeech(np.zeros(512, np.float32))
        said = self.script.get(round(getattr(item, "start_s", -1.0), 2), ())
        if isinstance(said, AppError):
            raise said
        told: list[Any] = []
        is_last = "end" in said or isinstance(item, EndSpeech)
        for word in said:
            at_s = item.time_s
            told.append(SpeechState(word, at_s) if word in {"start", "end"} else estimate(word, at_s, "voice"))
        piece = SpeechPiece(
            "u1", np.zeros(0, np.float32), 0.0, item.time_s, item.time_s, item.time_s, item.time_s, is_last
        )
        return state, [*told, replace(piece, text=getattr(item, "text", None))]


@dataclass
class ScriptedTextLane:
    """Answers the last piece of an utterance with `words` (or the piece's own) and a reading of them."""

    words: str = "what a day"
    label: str = "sad"
    modality: Any = "text"
    delivery: Delivery = Delivery.KEEP
    hands_to: Any = None
    preferred: Any = None

    def start(self, _stream_id: str) -> Any:
        return object()

    def prefer(self, preferences: Any) -> Any:
        self.preferred = preferences
        return self

    def step(self, state: Any, item: SpeechPiece | Utterance) -> Any:
        yield ClassifyText(("",), "en")
        if isinstance(item, Utterance):
            return state, [item, estimate(self.label, item.end_s, "text")]
        if not item.is_last:
            return state, []
        at_s, words = item.time_s, item.text or self.words
        heard = Utterance(words, item.start_s, at_s, at_s, at_s, "en", is_final=True, origin="speech")
        return state, [heard, estimate(self.label, at_s, "text", start_s=item.start_s)]
