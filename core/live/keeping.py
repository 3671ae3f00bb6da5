"""What of a session is kept: a record is opened while the `history` scope holds, and every event goes into it."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Protocol

from core.errors import StoreError
from core.types import Event, Fault, Message, Person

log = logging.getLogger(__name__)


class Recorder(Protocol):
    """Where events of a session with the `history` scope go. Live knows only this of what is kept."""

    async def open_session(
        self, session_id: str, user_id: str, started_at: float, consent_id: str, settings: Mapping[str, object]
    ) -> None: ...

    def append(self, session_id: str, event: Event) -> None: ...

    def stored_to_s(self, session_id: str) -> float: ...

    def forget(self, session_id: str) -> None: ...

    async def close_session(self, session_id: str, ended_at: float) -> None: ...

    async def keep_summary(self, user_id: str, text: str) -> None: ...

    async def read_summary(self, user_id: str) -> str: ...

    @property
    def is_failing(self) -> bool: ...


class Keeping:
    """One session's way into the record; without a recorder nothing is ever kept."""

    def __init__(self, session_id: str, recorder: Recorder | None) -> None:
        self.is_open = False
        self._session_id = session_id
        self._recorder = recorder
        self._may_open = True
        """false once the record could not be opened; new consent tries again"""
        self._is_stuck = False
        """the disk refuses, and the person was told"""
        self._has_words = False
        """the person allows words to be stored"""

    def is_due(self, person: Person) -> bool:
        """The person allows it and nothing is open yet."""
        return "history" in person.scopes and not self.is_open and self._may_open and self._recorder is not None

    def try_again(self) -> None:
        """The person consented anew."""
        self._may_open = True

    async def follow(self, person: Person, age_s: float, now_s: float, settings: Mapping[str, object]) -> Fault | None:
        """Hold the record to the `history` scope; a record that cannot be opened is told, and live goes on.

        `age_s` is how long ago, in seconds of wall-clock time, the session's time 0 was.
        """
        self._has_words = self.keeps_words(person)
        if self._recorder is None or ("history" in person.scopes) == self.is_open:
            return None
        if self.is_open:
            self._recorder.forget(self._session_id)
            self.is_open = False
            return None
        started_at = time.time() - age_s
        try:
            await self._recorder.open_session(self._session_id, person.user_id, started_at, person.consent_id, settings)
        except StoreError as error:
            log.warning("session %s is not kept: %s", self._session_id, error)
            self._may_open = False
            message = f"readings cannot be kept right now ({error.message}); the live view goes on"
            return Fault("not_kept", message, now_s, will_retry=False)
        self.is_open = True
        return None

    def put(self, event: Event) -> None:
        """Into the record, where one is open (its queue is the store's backlog); words only where allowed too."""
        if isinstance(event, Message) and not self._has_words:
            return
        if self.is_open and self._recorder is not None:
            self._recorder.append(self._session_id, event)

    def keeps_words(self, person: Person) -> bool:
        """Words are stored only under both scopes."""
        return {"text", "history"} <= person.scopes and self._recorder is not None

    async def keep_summary(self, person: Person, text: str) -> None:
        """For the greeting of the next session; one that cannot be stored is lost, and logged."""
        if text and self._recorder is not None and self.keeps_words(person):
            try:
                await self._recorder.keep_summary(person.user_id, text)
            except StoreError as error:
                log.warning("session %s: its summary is not kept: %s", self._session_id, error)

    async def read_summary(self, person: Person) -> str:
        """Of earlier sessions; empty where there is none, or where words may not be kept."""
        if self._recorder is None or not self.keeps_words(person):
            return ""
        try:
            return await self._recorder.read_summary(person.user_id)
        except StoreError as error:
            log.warning("session %s: no summary: %s", self._session_id, error)
            return ""

    def trouble(self, now_s: float) -> Fault | None:
        """When the disk begins or ceases to refuse: what the screen says about it, once."""
        if self._recorder is None or not self.is_open or self._recorder.is_failing == self._is_stuck:
            return None
        self._is_stuck = self._recorder.is_failing
        if self._is_stuck:
            return Fault("history_paused", "the disk takes nothing right now: history is paused, live goes on", now_s)
        return Fault("history_resumed", "history is being written again", now_s)

    def stored_to_s(self) -> float | None:
        """Session time up to which readings are on disk; None when nothing is kept."""
        return self._recorder.stored_to_s(self._session_id) if self.is_open and self._recorder is not None else None

    async def close(self) -> None:
        """The session has ended."""
        if self.is_open and self._recorder is not None:
            await self._recorder.close_session(self._session_id, time.time())
