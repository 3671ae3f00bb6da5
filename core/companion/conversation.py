"""The conversation of one session: turns, replies sentence by sentence, barge-in, and a history of what was heard.

The session hands in its events and what the client played; what comes out are events again. One reply at a time; what
is said while it is made or played either ends it or, when it was a murmur, lets it go on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from core.companion import safety
from core.companion.barge_in import is_murmur
from core.companion.danger.grammar import Danger
from core.companion.prompt import REMEMBERED_TURNS, PastTurn, ReplyPrompt, TurnReading, reading_of
from core.companion.reply_engines import ReplyEngines
from core.companion.sound_shelf import SoundShelf
from core.companion.speaker import Speaker, Voice
from core.companion.speaking_style import companion_expression
from core.companion.turn import WHOLE_S, Part, Turn
from core.types import (
    Event,
    Fault,
    Message,
    Preferences,
    Reply,
    ReplyCancelled,
    ReplyResumed,
    SpeechLasting,
    Utterance,
    UtteranceEstimate,
)

log = logging.getLogger(__name__)

MOST_WAITING = 16
"""turns that wait for an answer; they are answered as one"""
LONGEST_TURN = 2_000
"""characters of a turn that a reply is made of"""
SAFETY = "safety"
"""stands where an engine's name does, when the fixed answer was given"""


@dataclass(frozen=True)
class ReplyParts:
    """What every conversation is made of; joined once, in app.py."""

    engines: ReplyEngines
    voice: Voice
    sounds: SoundShelf


@dataclass(frozen=True)
class _Speaking:
    engines: ReplyEngines
    speaker: Speaker


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    language: str
    reading: TurnReading | None
    is_greeting: bool = False
    confidence: float = 1.0
    """of the transcript"""


class Conversation:
    """See the module. `tell` takes an event, `now_s` gives session time; `owner` is the session's id.

    Without parts (a clip, a server without a companion) it only keeps track of what was said.
    """

    def __init__(
        self,
        parts: ReplyParts | None,
        owner: str,
        language: str,
        tell: Callable[[Event], None],
        now_s: Callable[[], float],
    ) -> None:
        self.summary = ""
        """of earlier sessions; set by who may read it"""
        self._parts = parts
        self._owner = owner
        self._tell = tell
        self._now_s = now_s
        self._wanted = Preferences(
            language=language, voice="female", personality="therapist", style="brief", replies=parts is not None
        )
        self._turns: deque[PastTurn] = deque(maxlen=REMEMBERED_TURNS)
        self._waiting: deque[_Said] = deque(maxlen=MOST_WAITING)
        self._has_work = asyncio.Event()
        self._count = 0
        self._open: Turn | None = None
        self._making: asyncio.Task[None] | None = None
        self._uttered: Utterance | None = None
        self._client_reports = False
        self._told_faults: set[str] = set()

    # -- from the session ---------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """Every event of the session passes here; a few of them matter."""
        if isinstance(event, SpeechLasting):
            self._cancel_open()
        elif isinstance(event, Utterance) and event.is_final:
            self._uttered = event
        elif isinstance(event, UtteranceEstimate) and self._uttered is not None:
            uttered, self._uttered = self._uttered, None
            self._take_turn(uttered, event)

    def prefer(self, wanted: Preferences) -> None:
        """Voice, language, personality, style, engine, silence: from the next reply on."""
        if self._parts is None:
            return
        available = self._parts.engines.available
        if wanted.reply_engine is not None and wanted.reply_engine not in available:
            known = ", ".join(available)
            self._fault("no_engine", f"no reply engine {wanted.reply_engine!r:.60} is ready; there are: {known}")
            wanted = _merged(wanted, Preferences(reply_engine=self._wanted.reply_engine))
        self._wanted = _merged(self._wanted, wanted)
        if not self._wanted.replies:
            self._waiting.clear()
            self._cancel_open()

    def greet(self) -> None:
        """The person asked to be greeted; while a reply is open nothing happens."""
        if self._open is None and not self._waiting:
            self._ask(_Said("", self._language, None, is_greeting=True))

    def heard(self, turn: int, part: int, seconds: float) -> bool:
        """What the client has played of a part; whether that part is still sounding."""
        self._client_reports = True
        opened = self._open
        if opened is None or opened.number != turn or not 0 <= part < len(opened.parts):
            return False
        opened.newest_s = self._now_s()
        if not opened.reported:
            opened.reported, opened.begun_s = True, max(0.0, opened.newest_s - seconds)
        for before in opened.parts[:part]:
            before.heard_s = max(before.heard_s, before.duration_s)
        playing = opened.parts[part]
        playing.heard_s = max(playing.heard_s, min(seconds, playing.duration_s))
        if opened.is_heard():
            self._close_open()
        return playing.heard_s < playing.duration_s - WHOLE_S

    def cancel(self) -> None:
        """The person pressed stop: nothing more is said, what waits stays unanswered."""
        self._waiting.clear()
        self._cancel_open()

    def forget(self) -> None:
        """Words may no longer be used: the talk so far is gone."""
        self.cancel()
        self._turns.clear()
        self.summary = ""

    def close(self) -> None:
        """The session has ended."""
        self.cancel()
        if self._parts is not None:
            self._parts.sounds.clear(self._owner)

    async def run(self) -> None:
        """Answers turn after turn until cancelled; returns at once where nothing can answer."""
        if self._parts is None:
            return
        parts = _Speaking(self._parts.engines, Speaker(self._parts.voice, self._parts.sounds, self._owner, self._fault))
        try:
            while True:
                await self._has_work.wait()
                self._has_work.clear()
                while self._waiting:
                    answer = self._answer(parts, self._next())
                    self._making = asyncio.create_task(answer, name=f"reply-{self._owner}")
                    await asyncio.wait([self._making])
                    self._log_failure(self._making)
        finally:
            if self._making is not None:
                self._making.cancel()

    async def summarise(self) -> str:
        """What was talked about in this session, together with what was known; empty where nothing was."""
        if self._parts is None or not any(turn.role == "user" for turn in self._turns):
            return self.summary
        prompt = ReplyPrompt("", self._language, turns=tuple(self._turns), summary=self.summary)
        return await self._parts.engines.summarise(prompt, self._wanted.reply_engine)

    # -- turns ----------------------------------------------------------------------------------------

    @property
    def _language(self) -> str:
        return self._wanted.language or "en"

    def _take_turn(self, uttered: Utterance, judged: UtteranceEstimate) -> None:
        """Something was said or typed: a murmur lets the open reply go on, anything else takes its place."""
        if self._open is not None:
            if is_murmur(uttered):
                self._tell(ReplyResumed(self._open.number, self._now_s()))
                return
            self._cancel_open()
        if not uttered.text.strip():
            return
        reading = reading_of(judged.fused)
        self._tell(Message("user", uttered.text, reading.expression, reading.intensity, uttered.end_s, uttered.start_s))
        if self._wanted.replies:
            self._ask(_Said(uttered.text[:LONGEST_TURN], uttered.language, reading, confidence=_sureness(uttered)))
        else:
            self._turns.append(PastTurn("user", uttered.text[:LONGEST_TURN], reading.expression, _sureness(uttered)))

    def _ask(self, said: _Said) -> None:
        self._waiting.append(said)
        self._has_work.set()

    def _next(self) -> _Said:
        """All that waits as one turn: who says three things in a second wants one answer."""
        waiting = list(self._waiting)
        self._waiting.clear()
        said = [one for one in waiting if not one.is_greeting] or waiting[-1:]
        text = " ".join(one.text for one in said)[-LONGEST_TURN:]
        sureness = min(one.confidence for one in said)
        return _Said(text, said[-1].language, said[-1].reading, said[-1].is_greeting, sureness)

    def _cancel_open(self) -> None:
        """Stop making and playing; the history keeps what was heard."""
        if self._making is not None:
            self._making.cancel()
        if self._open is None:
            return
        if self._open.is_made and not self._open.reported:  # nobody tells what is played; it was told in full
            self._close_open()
            return
        number, heard = self._open.number, self._open.heard()
        self._close_open()
        self._tell(ReplyCancelled(number, heard, self._now_s()))

    def _close_open(self) -> None:
        opened, self._open = self._open, None
        if opened is not None and (text := opened.heard()):
            self._turns.append(PastTurn("assistant", text))
            start_s, end_s = opened.span_s(self._now_s())
            self._tell(Message("assistant", text, opened.expression, opened.intensity, end_s, start_s))

    # -- one reply ------------------------------------------------------------------------------------

    async def _answer(self, parts: _Speaking, said: _Said) -> None:
        self._close_open()
        self._count += 1
        reading = said.reading
        expression, intensity = ("happy", 0.3) if reading is None else _shown(reading)
        self._open = turn = Turn(self._count, expression, intensity, reported=self._client_reports)
        prompt = self._prompt(said)
        danger = safety.detect(said.text, said.language)
        if said.text and danger is None:  # what is met with help is not brought up again
            label = reading.expression if reading else ""
            self._turns.append(PastTurn("user", said.text, label, said.confidence))
        engine = ""
        async for sentence, engine in self._sentences(parts.engines, prompt, danger):
            await self._tell_part(parts.speaker, turn, sentence, said, engine)
        turn.is_made = True
        if engine not in {parts.engines.fallback, SAFETY}:  # it is well again: the next time it fails is news
            self._told_faults -= {code for code in self._told_faults if code.startswith("reply_")}
        self._tell(
            Reply(turn.number, len(turn.parts), True, "", expression, intensity, None, (), engine, self._now_s())
        )
        if turn.reported and turn.is_heard():
            self._close_open()

    def _prompt(self, said: _Said) -> ReplyPrompt:
        wanted = self._wanted
        return ReplyPrompt(
            said.text,
            said.language,
            wanted.personality or "therapist",
            wanted.style or "brief",
            tuple(self._turns),
            said.reading,
            self.summary,
            said.is_greeting,
            said.confidence,
        )

    async def _sentences(
        self, engines: ReplyEngines, prompt: ReplyPrompt, danger: Danger | None
    ) -> AsyncIterator[tuple[str, str]]:
        """Sentence and engine; what is clearly dangerous gets the same careful answer from every engine."""
        if danger is not None:
            for sentence in safety.answer(danger, prompt.language).split("\n"):
                if sentence.strip():
                    yield sentence.strip(), SAFETY
            return
        async for told in engines.sentences(prompt, self._wanted.reply_engine, self._fault):
            yield told

    async def _tell_part(self, speaker: Speaker, turn: Turn, sentence: str, said: _Said, engine: str) -> None:
        part = Reply(
            turn.number, len(turn.parts), False, sentence, turn.expression, turn.intensity, None, (), engine, 0.0
        )
        spoken = await speaker.say(part, said.language, self._wanted.voice or "female")
        turn.parts.append(Part(sentence, spoken.duration_s, self._now_s()))
        self._tell(replace(spoken, time_s=self._now_s()))

    def _fault(self, code: str, message: str) -> None:
        """Told once per spell."""
        if code not in self._told_faults:
            self._told_faults.add(code)
            self._tell(Fault(code, message, self._now_s()))

    def _log_failure(self, making: asyncio.Task[None]) -> None:
        """A reply that broke in our own hands ends that reply alone."""
        if making.cancelled() or making.exception() is None:
            return
        log.error("session %s: a reply failed", self._owner, exc_info=making.exception())
        self._fault("reply_failed", "the companion could not answer that; say it again, or say something else")
        self._close_open()


def _sureness(uttered: Utterance) -> float:
    """Typed words are certain."""
    return 1.0 if uttered.origin == "typed" else uttered.confidence


def _shown(reading: TurnReading) -> tuple[str, float]:
    return companion_expression(reading.expression, reading.intensity, reading.abstained)


def _merged(before: Preferences, wanted: Preferences) -> Preferences:
    """What is None in the newer stays as it was."""
    names = ("language", "voice", "personality", "style", "reply_engine", "replies")
    newer = {name: getattr(wanted, name) for name in names}
    return Preferences(**{name: getattr(before, name) if value is None else value for name, value in newer.items()})
