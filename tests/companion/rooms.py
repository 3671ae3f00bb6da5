"""A conversation with a scripted engine and a scripted voice, and everything it told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import numpy as np

from core.companion.conversation import Conversation, ReplyParts
from core.companion.prompt import ReplyPrompt, WriteReply
from core.companion.reply_engines import ReplyEngines
from core.companion.sound_shelf import SoundShelf
from core.companion.voices import Complain
from core.engines.registry import Engines
from core.engines.requests import Sound, SpeakText
from core.engines.spec import EngineSpec
from core.engines.streamed import StreamedEngine
from core.settings import Settings
from core.types import (
    EMOTIONS,
    FusedEstimate,
    Phoneme,
    Reply,
    Utterance,
    UtteranceEstimate,
)
from models.reply_offline import OfflineReplies
from tests.fakes import probs

RATE_HZ = 22_050


class Scripted:
    """A reply engine that says these pieces, with pauses and faults where the script has them."""

    def __init__(self, script: list[str | float | Exception], name: str = "scripted") -> None:
        self.name = name
        self.spec = EngineSpec(name, "reply", "1", "MIT", "scripted")
        self.script = script
        self.prompts: list[ReplyPrompt] = []
        self.is_stopped = False

    def load(self, settings: Settings) -> None: ...

    async def close(self) -> None: ...

    async def stream(self, request: WriteReply) -> AsyncIterator[str]:
        prompt = request.prompt
        if request.is_summary:
            yield f"{len(prompt.turns)} turns"
            return
        self.prompts.append(prompt)
        try:
            for step in self.script:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, float):
                    await asyncio.sleep(step)
                else:
                    yield step
        finally:
            self.is_stopped = True


class Voice:
    """Speaks two seconds for every sentence, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[SpeakText] = []

    async def say(self, request: SpeakText, _complain: Complain) -> Sound:
        self.asked.append(request)
        if self.error is not None:
            raise self.error
        return Sound(np.zeros(2 * RATE_HZ, np.float32), RATE_HZ, (Phoneme("m", 0.0), Phoneme("a", 0.5)), "voice")


class Room:
    """A conversation and everything it told."""

    def __init__(self, script: list | None = None, voice: Voice | None = None) -> None:
        self.engine = Scripted(["I hear you. ", "Tell me more."] if script is None else script)
        self.voice = voice or Voice()
        self.sounds = SoundShelf()
        settings = Settings(reply_engine="scripted")
        engines = Engines([StreamedEngine(engine, settings) for engine in (self.engine, OfflineReplies())])
        engines.load()
        self.told: list = []
        parts = ReplyParts(ReplyEngines(engines), self.voice, self.sounds)
        self.now_s = 1.0
        self.talk = Conversation(parts, "s1", "en", self.told.append, lambda: self.now_s)
        self.running = asyncio.get_running_loop().create_task(self.talk.run())

    def says(self, text: str, origin: str = "speech", confidence: float = 0.9, label: str = "sad") -> None:
        utterance = Utterance(text, 0.0, 1.0, 1.0, 1.0, "en", is_final=True, origin=origin, confidence=confidence)
        self.talk.take(utterance)
        self.talk.take(UtteranceEstimate(0.0, 1.0, fused(label), origin))

    def of(self, kind: type) -> list:
        return [event for event in self.told if isinstance(event, kind)]

    async def until(self, kind: type, count: int = 1, seconds: float = 5.0) -> list:
        end = time.monotonic() + seconds
        while len(self.of(kind)) < count:
            assert time.monotonic() < end, f"{kind.__name__} did not come; told {self.told}"
            await asyncio.sleep(0.01)
        return self.of(kind)

    async def finished(self, turns: int = 1) -> list[Reply]:
        end = time.monotonic() + 6
        while sum(reply.is_final for reply in self.of(Reply)) < turns:
            assert time.monotonic() < end, self.told
            await asyncio.sleep(0.01)
        return self.of(Reply)


def fused(label: str) -> FusedEstimate:
    likely = probs(label, 0.8)
    place = EMOTIONS.index(label)
    weights = {"face": 1.0, "voice": 0.0, "text": 0.0}
    return FusedEstimate(1.0, 1.0, likely, likely, 0.0, 0.0, float(likely[place]), 0.8, weights, {}, 1.0, False, ())
