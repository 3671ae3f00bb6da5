"""The recogniser alone: CPU seconds for a second of speech, and memory while eight people speak without a pause."""

from __future__ import annotations

import gc
import time
from typing import Any

import psutil

from core.engines.local import GIVING_WAY_SHARE
from core.engines.requests import ClassifyText, ClassifyVoice, DetectSpeech, EncodeSpeech, Request, TranscribeSpeech
from core.errors import EngineUnavailable
from core.live.lanes.lane import SpeechPiece, driven
from core.live.lanes.text import TextLane
from core.live.lanes.voice import VoiceLane
from core.settings import Settings
from core.types import AudioChunk, Utterance
from models.speech_silero import SileroSpeech
from models.transcribe_moonshine import Moonshine
from tests.benchmarks.lanes import quantiles
from tests.benchmarks.sounds import RATE_HZ, unbroken

PEOPLE = 8
CHUNK = RATE_HZ // 10


class _Recogniser:
    """Real speech detection and words, as fast as they go; words so far get their share of media time."""

    def __init__(self) -> None:
        self._speech, self._words = SileroSpeech(), Moonshine()
        self._speech.load(Settings())
        self._words.load(Settings())
        self.spent: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
        """CPU seconds and seconds of sound; of words in a pause or at the end, and of words so far"""
        self.now_s = 0.0
        self._rested_at_s = 0.0

    def answer(self, request: Request[Any]) -> Any:
        if isinstance(request, DetectSpeech):
            return self._speech.infer([request])[0]
        if isinstance(request, EncodeSpeech | ClassifyVoice | ClassifyText):
            return EngineUnavailable("not asked here")
        assert isinstance(request, TranscribeSpeech)
        if request.gives_way and self.now_s < self._rested_at_s:
            return None
        began = time.process_time()
        (words,) = self._words.infer([request])
        took_s = time.process_time() - began
        self.spent[not request.gives_way].append((took_s, len(request.samples) / RATE_HZ))
        if request.gives_way:
            self._rested_at_s = self.now_s + took_s / GIVING_WAY_SHARE
        return words


class _Person:
    """Somebody who speaks without a pause, and the lanes that hear it."""

    def __init__(self, number: int) -> None:
        self._sound = unbroken(number)
        self._at = 0
        self._voice, self._text = VoiceLane(), TextLane()
        self._heard, self._read = self._voice.start(f"p{number}"), self._text.start(f"p{number}")
        self.words = self.utterances = 0

    def speak(self, recogniser: _Recogniser) -> None:
        """The next 100 ms."""
        at_s = recogniser.now_s
        begin = self._at % (len(self._sound) - CHUNK)
        self._at += CHUNK
        chunk = AudioChunk(self._sound[begin : begin + CHUNK], at_s, at_s, at_s)
        self._heard, told = driven(self._voice.step(self._heard, chunk), recogniser.answer)
        for piece in (event for event in told if isinstance(event, SpeechPiece)):
            self._read, events = driven(self._text.step(self._read, piece), recogniser.answer)
            final = [event for event in events if isinstance(event, Utterance) and event.is_final]
            self.utterances += len(final)
            self.words += sum(len(event.text.split()) for event in final)


def bench_words(minutes: float = 10.0) -> dict[str, Any]:
    """Memory by the minute of speech, and what the words cost."""
    people, recogniser = [_Person(number) for number in range(PEOPLE)], _Recogniser()
    memory_mb = [_memory_mb()]
    for chunk in range(int(minutes * 60 * RATE_HZ / CHUNK)):
        recogniser.now_s = chunk * CHUNK / RATE_HZ
        for person in people:
            person.speak(recogniser)
        if (chunk + 1) * CHUNK % (60 * RATE_HZ) == 0:
            memory_mb.append(_memory_mb())
    return {
        "people": PEOPLE,
        "minutes": minutes,
        "memory_mb": memory_mb,
        "utterances": sum(person.utterances for person in people),
        "words": sum(person.words for person in people),
        "last_words": _cost(recogniser.spent[True]),
        "words_so_far": _cost(recogniser.spent[False]),
    }


def _memory_mb() -> float:
    gc.collect()
    return round(psutil.Process().memory_info().rss / 1e6, 1)


def _cost(spent: list[tuple[float, float]]) -> dict[str, Any]:
    """Real-time factor in CPU seconds, and milliseconds of CPU a call."""
    cpu_s, sound_s = (sum(one) for one in zip(*spent, strict=True)) if spent else (0.0, 1e-9)
    return {"real_time_factor": round(cpu_s / sound_s, 4), "calls_ms": quantiles([1000 * one for one, _ in spent])}


def rows(measured: dict[str, Any]) -> list[str]:
    """As Markdown."""
    memory = measured["memory_mb"]
    last, so_far = measured["last_words"], measured["words_so_far"]
    return [
        f"| {measured['people']} people speaking without a pause | |",
        "|---|---|",
        f"| memory MB at first, after 1, {len(memory) // 2}, {len(memory) - 1} minutes | "
        f"{memory[0]}, {memory[min(1, len(memory) - 1)]}, {memory[len(memory) // 2]}, {memory[-1]} |",
        f"| utterances, words | {measured['utterances']}, {measured['words']} |",
        f"| last words: CPU s for 1 s of speech; ms a call p50, p95 | {_cells(last)} |",
        f"| words so far: the same | {_cells(so_far)} |",
    ]


def _cells(cost: dict[str, Any]) -> str:
    calls = cost["calls_ms"]
    return f"{cost['real_time_factor']}; {calls['p50']}, {calls['p95']} (n {calls['n']})"
