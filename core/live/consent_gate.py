"""What may be handed in now: consent, pause and end of one session, and whether anybody is there."""

from __future__ import annotations

import asyncio

from core.errors import Closed, Refused
from core.people import Person, Scope


class Gate:
    """One per session; everything that comes in passes `check` first, before anything is decoded."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.is_paused = False
        """by the person; it ends with `resume` alone"""
        self.is_ended = False
        self._is_running = asyncio.Event()
        self._is_running.set()
        self._is_attended = asyncio.Event()
        self._is_attended.set()

    def check(self, scope: Scope | None) -> None:
        """Raises Closed after the end, Refused without this scope or while paused."""
        if self.is_ended:
            raise Closed("this session has ended; start a new one")
        if scope is not None and scope not in self.person.scopes:
            raise Refused(f"no consent for the {scope}; send consent with the scope {scope!r} first", code="no_scope")
        if self.is_paused:
            raise Refused("the session is paused; send resume first", code="paused")

    def pause(self) -> bool:
        """Whether that changes anything."""
        if self.is_ended or self.is_paused:
            return False
        self.is_paused = True
        self._is_running.clear()
        return True

    def resume(self) -> bool:
        """Whether that changes anything."""
        if self.is_ended or not self.is_paused:
            return False
        self.is_paused = False
        self._is_running.set()
        return True

    def leave(self) -> None:
        """Nobody is there."""
        self._is_attended.clear()

    def come_back(self) -> None:
        """Somebody is there again."""
        self._is_attended.set()

    def end(self) -> None:
        """For good; whoever waits is let go."""
        self.is_ended = True
        self._is_running.set()
        self._is_attended.set()

    async def attended(self) -> None:
        """Wait until somebody is there."""
        await self._is_attended.wait()

    async def opened(self) -> None:
        """Wait until somebody is there and has not paused."""
        while not (self._is_attended.is_set() and self._is_running.is_set()):
            await self._is_attended.wait()
            await self._is_running.wait()
