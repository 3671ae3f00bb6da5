"""What of a session is kept: a record is opened while the `history` scope holds, and every event goes into it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Mapping
from typing import Literal, Protocol

from core.errors import StoreError
from core.people import Person
from core.types import Event, Fault, Message, SessionState, Stats

log = logging.getLogger(__name__)

HELD = 2000
"""events that wait for the record to open, markers above all; some two minutes of a session while a disk is slow"""


QUOTA_REACHED = (
    "as much as this server keeps of one person is kept of you: history is paused, live goes on; export it and delete "
    "sessions at History or Your data to go on keeping"
)
ADDRESS_QUOTA_REACHED = (
    "as much as this server keeps of all guests from one network is kept of those from yours: history is paused, live "
    "goes on; with an account it is kept, or once they have deleted some"
)


class Recorder(Protocol):
    """Where events of a session with the `history` scope go. Live knows only this of what is kept."""

    async def open_session(
        self, session_id: str, user_id: str, started_at: float, consent_id: str, settings: Mapping[str, object]
    ) -> None: ...

    def append(self, session_id: str, event: Event) -> None: ...

    def quota_reached(self, session_id: str) -> Literal["", "person", "address"]: ...

    def stored_to_s(self, session_id: str) -> float: ...

    def forget(self, session_id: str) -> None: ...

    async def close_session(self, session_id: str, ended_at: float) -> None: ...

    async def keep_summary(self, user_id: str, text: str) -> None: ...

    async def read_summary(self, user_id: str) -> str: ...

    @property
    def is_failing(self) -> bool: ...


class Keeping:
    """One session's way into the record, as one more listener; without a recorder nothing is ever kept.

    What the person allows holds from the moment `allow` is called, before anything is awaited.
    """

    def __init__(self, session_id: str, recorder: Recorder | None, person: Person) -> None:
        self.is_open = False
        self._session_id = session_id
        self._recorder = recorder
        self._is_opening = False
        self._opening: asyncio.Task[Fault | None] | None = None
        self._may_open = True
        """false once the record could not be opened; new consent tries again"""
        self._is_stopped = False
        """this session was deleted; no consent opens its record again"""
        self._told = ""
        """the trouble that was told: the `disk` refuses, the quota of the `person` or `address` is reached, or none"""
        self._held: deque[Event] = deque(maxlen=HELD)
        self._person = person

    @property
    def _is_allowed(self) -> bool:
        return self._recorder is not None and "history" in self._person.scopes and not self._is_stopped

    @property
    def keeps_words(self) -> bool:
        """Words are stored only under both scopes."""
        return self._is_allowed and "text" in self._person.scopes

    @property
    def is_due(self) -> bool:
        """The person allows it and nothing is open yet."""
        return self._is_allowed and self._may_open and not self.is_open and not self._is_opening

    def allow(self, person: Person) -> None:
        """What the person allows from now on; a record that is no longer allowed is forgotten here and now."""
        self._person = person
        self._may_open = True
        if not self.keeps_words:
            self._held = deque((event for event in self._held if not isinstance(event, Message)), maxlen=HELD)
        if not self._is_allowed:
            self._held.clear()
            if self.is_open and self._recorder is not None:
                self._recorder.forget(self._session_id)
                self.is_open = False

    def stop(self) -> None:
        """Whatever the person allows from now on, nothing more of this session is kept."""
        self._is_stopped = True
        self.allow(self._person)

    async def open(self, age_s: float, now_s: float, settings: Mapping[str, object]) -> Fault | None:
        """Open the record where one is due; one that cannot be opened is told, and live goes on.

        `age_s` is how long ago, in seconds of wall-clock time, the session's time 0 was.
        """
        if self._recorder is None or not self.is_due:
            return None
        self._is_opening = True
        # whoever asks may hang up meanwhile; the record opens all the same, and takes what was told until then
        self._opening = asyncio.create_task(self._open(self._recorder, time.time() - age_s, now_s, settings))
        return await asyncio.shield(self._opening)

    async def _open(
        self, recorder: Recorder, started_at: float, now_s: float, settings: Mapping[str, object]
    ) -> Fault | None:
        person = self._person
        try:
            await recorder.open_session(self._session_id, person.user_id, started_at, person.consent_id, settings)
        except StoreError as error:
            log.warning("session %s is not kept: %s", self._session_id, error)
            self._may_open = False
            self._held.clear()
            message = f"readings cannot be kept right now ({error.message}); the live view goes on"
            return Fault("not_kept", message, now_s, will_retry=False)
        finally:
            self._is_opening = False
        self._opened(recorder)
        return None

    def _opened(self, recorder: Recorder) -> None:
        """What was held goes in first; consent taken back meanwhile counts."""
        if not self._is_allowed:
            recorder.forget(self._session_id)
            return
        self.is_open = True
        held, self._held = self._held, deque(maxlen=HELD)
        for event in held:
            recorder.append(self._session_id, event)

    def put(self, event: Event) -> None:
        """Into the record (its queue is the store's backlog), or held until it opens; words only where allowed too."""
        if self._recorder is None or not self._is_allowed or (isinstance(event, Message) and not self.keeps_words):
            return
        if self.is_open:
            self._recorder.append(self._session_id, event)
        elif self._may_open and not isinstance(event, Stats | SessionState):
            self._held.append(event)

    async def keep_summary(self, text: str) -> None:
        """For the greeting of the next session; one that cannot be stored is lost, and logged."""
        if text and self._recorder is not None and self.keeps_words:
            try:
                await self._recorder.keep_summary(self._person.user_id, text)
            except StoreError as error:
                log.warning("session %s: its summary is not kept: %s", self._session_id, error)

    async def read_summary(self) -> str:
        """Of earlier sessions; empty where there is none, or where words may not be kept."""
        if self._recorder is None or not self.keeps_words:
            return ""
        try:
            return await self._recorder.read_summary(self._person.user_id)
        except StoreError as error:
            log.warning("session %s: no summary: %s", self._session_id, error)
            return ""

    def trouble(self, now_s: float) -> Fault | None:
        """When the disk or the person's quota begins or ceases to refuse: what the screen says about it, once."""
        if self._recorder is None or not self.is_open:
            return None
        now = self._recorder.quota_reached(self._session_id) or ("disk" if self._recorder.is_failing else "")
        if now == self._told:
            return None
        self._told = now
        if now in ("person", "address"):
            return Fault("quota_reached", QUOTA_REACHED if now == "person" else ADDRESS_QUOTA_REACHED, now_s)
        if now == "disk":
            return Fault("history_paused", "the disk takes nothing right now: history is paused, live goes on", now_s)
        return Fault("history_resumed", "history is being written again", now_s)

    def stored_to_s(self) -> float | None:
        """Session time up to which readings are on disk; None when nothing is kept."""
        return self._recorder.stored_to_s(self._session_id) if self.is_open and self._recorder is not None else None

    async def close(self) -> None:
        """The session has ended; a record that is just opening takes what was told before."""
        if self._opening is not None:
            await asyncio.wait([self._opening])
        if self.is_open and self._recorder is not None:
            await self._recorder.close_session(self._session_id, time.time())
