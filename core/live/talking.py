"""The companion in one session: what it hears of the session, what the person hears of it, and what it remembers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from core.companion.conversation import Conversation
from core.live.keeping import Keeping
from core.live.lanes.lane import Playback
from core.live.lanes.lanes import Lanes
from core.types import Event, Preferences

PLAYBACK_S = 1.2
"""after a client's word that it plays, its echo is expected for so long; clients tell every half second"""


class Talking:
    """Between the session's conversation, its lanes and its record; `now_s` gives session time."""

    def __init__(self, conversation: Conversation, keeping: Keeping, lanes: Lanes, now_s: Callable[[], float]) -> None:
        self._conversation = conversation
        self._keeping = keeping
        self._lanes = lanes
        self._now_s = now_s

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Answer until the group is cancelled."""
        tasks.create_task(self._conversation.run())

    def take(self, event: Event) -> None:
        """Every event of the session passes here."""
        self._conversation.take(event)

    def prefer(self, preferences: Preferences) -> None:
        """Voice, language, personality, style, engine, silence."""
        self._conversation.prefer(preferences)

    async def greet(self) -> None:
        """Say hello, with what is remembered of earlier sessions where that may be kept."""
        self._conversation.summary = await self._keeping.read_summary()
        self._conversation.greet()

    async def heard(self, turn: int, part: int, seconds: float, *, is_listening: bool) -> None:
        """So much of a part the client has played; while it sounds, what the microphone brings may be its echo."""
        is_sounding = self._conversation.heard(turn, part, seconds)
        if is_listening and "voice" in self._lanes:
            now_s = self._now_s()
            until_s = now_s + PLAYBACK_S if is_sounding else now_s
            await self._lanes.offer("voice", Playback(until_s, now_s, now_s, now_s))

    def cancel(self) -> None:
        """Nothing more is said."""
        self._conversation.cancel()

    def forget(self) -> None:
        """Words may no longer be used."""
        self._conversation.forget()

    async def end(self) -> None:
        """What was heard of an open reply is told; a summary is kept where the person allowed it."""
        self._conversation.close()
        if self._keeping.keeps_words:
            await self._keeping.keep_summary(await self._conversation.summarise())
