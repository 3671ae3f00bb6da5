"""All sessions of this process: open, find again by resume token, expire, close."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from core.errors import AppError, NotFound
from core.live.admission import Admission, Kind, Owner
from core.live.parts import SessionParts
from core.live.session import Session
from core.live.timing import LIVE, REPLAY
from core.people import Person
from core.types import Fault

log = logging.getLogger(__name__)

EXPIRY_CHECK_S = 1.0
COMING_S = 5.0
"""so long nobody takes the place of a clip whose client has yet to come, or dropped"""
ENDING_S = 1.0
"""so long a newcomer waits for a session that is ending"""
SILENT_S = 60.0
"""a client that has sent nothing of use for so long (a ping is none) is there, and gives way all the same"""
GAVE_WAY = (
    "nothing came from you for a minute and another visitor was waiting for the place, so this session has ended; "
    "start again when you want to go on"
)


Again = Callable[[Person], Awaitable[Person]]
"""the same person as they stand now (core/record/accounts.py)"""


@dataclass
class _Place:
    """A session, who may come back to it, and whether anyone is there."""

    session: Session
    kind: Kind
    resume_token: str
    owner: Owner
    on_takeover: Callable[[], None] | None = None
    """tells the connection that holds it that another took over; None while nobody is there"""
    left_at_s: float = field(default_factory=time.monotonic)
    heard_at_s: float = field(default_factory=time.monotonic)
    """when something of use last came from its client, or that came back"""

    def may_go(self, now_s: float) -> bool:
        """Whether it only waits for its client, or for a word of one that is there.

        That of a clip that was just sent is on its way, and one that looks at its clip has nothing to say.
        """
        if self.on_takeover is None:
            return now_s - self.left_at_s >= (COMING_S if self.kind == "clip" else 0.0)
        return self.kind != "clip" and now_s - self.heard_at_s >= SILENT_S

    @property
    def turn(self) -> tuple[bool, float]:
        """The lowest gives way first: whose client is away, the longest; then whose client is silent, the longest."""
        return (False, self.left_at_s) if self.on_takeover is None else (True, self.heard_at_s)


class Sessions:
    """One per app. A session outlives its connection by `resume_s`."""

    def __init__(self, parts: SessionParts, admission: Admission, resume_s: float, again: Again | None = None) -> None:
        """`again` says who a person is by now, or raises Unauthorised; None: as they came."""
        self.parts = parts
        self._again = again
        self.admission = admission
        self._resume_s = resume_s
        self._places: dict[str, _Place] = {}
        self._kept: set[asyncio.Task[None]] = set()
        self._ending: set[Session] = set()
        """without a place, and not at their end yet: consent and deletion reach them too"""

    def __len__(self) -> int:
        return len(self._places)

    async def open(
        self,
        person: Person,
        kind: Kind = "live",
        parts: SessionParts | None = None,
        *,
        address: str = "",
    ) -> tuple[Session, str]:
        """A new session and the token that re-enters it. Raises Limit when all places are taken, or all of its owner.

        One that only waits for its client gives its place to a newcomer. `address` as limits count it. Raises
        Unauthorised for who was deleted or signed out meanwhile; scopes are as they stand when it is there.
        """
        owner, timing = Owner("" if kind == "predict" else person.user_id, address), REPLAY if kind == "clip" else LIVE
        await self._make_room(kind, owner)
        with ExitStack() as undo:
            self.admission.enter(kind, owner)
            undo.callback(self.admission.leave, kind, owner)
            session = Session(secrets.token_hex(8), person, parts or self.parts, timing)
            await session.start()
            undo.pop_all()
        place = _Place(session, kind, secrets.token_urlsafe(24), owner)
        self._places[session.session_id] = place
        self.parts.metrics.sessions.labels(kind).inc()
        self.parts.metrics.sessions_total.labels(kind).inc()
        log.info("session %s opened (%s)", session.session_id, kind)
        if kind != "predict":
            await self._recheck(session)
        return session, place.resume_token

    async def _recheck(self, session: Session) -> None:
        """What was taken back before the session had its place did not reach it; from now on all does."""
        if self._again is None:
            return
        try:
            person = await self._again(session.person)
        except AppError:
            session.stop_keeping()
            await self.close(session)
            raise
        if person != session.person:
            await session.change_person(person)

    async def _make_room(self, kind: Kind, owner: Owner) -> None:
        """While this owner meets a limit: sessions within it that only wait give way, the longest waiting first."""
        while (bound := self.admission.bound(kind, owner)) is not None:
            waiting = [p for p in self._places.values() if p.kind == kind and p.owner.is_within(bound, owner)]
            waiting = [p for p in waiting if p.may_go(time.monotonic())]
            if waiting:
                await self._give_way(min(waiting, key=lambda place: place.turn))
            elif self._kept:  # some of them may be ending now
                await asyncio.wait(self._kept, timeout=ENDING_S, return_when=asyncio.FIRST_COMPLETED)
                if self.admission.bound(kind, owner) == bound:
                    return
            else:
                return

    async def _give_way(self, place: _Place) -> None:
        session = place.session
        log.info("session %s gives its place to a newcomer", session.session_id)
        if place.on_takeover is not None:
            session.tell(Fault("gave_way", GAVE_WAY, session.now_s(), will_retry=False))
        await self.close(session)

    def resume(self, resume_token: str, person: Person) -> tuple[Session, str]:
        """The session left less than `resume_s` ago, with a fresh token. Raises NotFound for anything else."""
        for place in self._places.values():
            if not secrets.compare_digest(place.resume_token.encode(), resume_token.encode()):
                continue
            if place.session.person.user_id != person.user_id or place.session.is_ended:
                break
            if place.on_takeover is not None:
                place.on_takeover()
                place.on_takeover = None
            place.resume_token = secrets.token_urlsafe(24)
            return place.session, place.resume_token
        raise NotFound("no session to resume under this token; it ended or waited too long. Start a new one")

    def attach(self, session: Session, on_takeover: Callable[[], None]) -> None:
        """A connection is there; it is told when another takes its place."""
        self._places[session.session_id].on_takeover = on_takeover
        self.heard(session)
        session.come_back()

    def heard(self, session: Session) -> None:
        """Something of use came from its client, which so keeps its place."""
        place = self._places.get(session.session_id)
        if place is not None:
            place.heard_at_s = time.monotonic()

    def detach(self, session: Session, on_takeover: Callable[[], None]) -> None:
        """The connection is gone; the session waits. A connection that was taken over changes nothing."""
        place = self._places.get(session.session_id)
        if place is not None and place.on_takeover == on_takeover:
            place.on_takeover = None
            place.left_at_s = time.monotonic()
            session.leave()

    async def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Run to its end what must not stop half-way, even when whoever asked for it is cancelled meanwhile."""
        task = asyncio.create_task(work)
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)
        await asyncio.shield(task)

    async def change_person(self, person: Person) -> None:
        """New scopes, at once, in every session of this person."""
        for session in self._all_of(person.user_id):
            await session.change_person(replace(person, device_id=session.person.device_id))

    def _all_of(self, user_id: str) -> list[Session]:
        """Of a person, those that are ending among them."""
        return [*self.of_person(user_id), *(s for s in self._ending if s.person.user_id == user_id)]

    def of_person(self, user_id: str, device_id: str | None = None) -> list[Session]:
        """Running sessions of a person, or of one of their devices."""
        people = [(place.session, place.session.person) for place in self._places.values()]
        return [s for s, p in people if p.user_id == user_id and device_id in (None, p.device_id)]

    def find(self, session_id: str, user_id: str) -> Session:
        """A running session of this person. Raises NotFound."""
        place = self._places.get(session_id)
        if place is None or place.session.person.user_id != user_id or place.session.is_ended:
            raise NotFound("no such session of yours is running; its id stands in `ready`")
        return place.session

    def describe(self) -> list[dict[str, object]]:
        """For admins: what runs, without content."""
        return [
            {
                "session_id": place.session.session_id,
                "user_id": place.session.person.user_id,
                "kind": place.kind,
                "age_s": round(place.session.now_s(), 1),
                "is_connected": place.on_takeover is not None,
                "dropped": place.session.dropped,
                "recording": place.session.state().recording,
            }
            for place in self._places.values()
        ]

    async def close_of(self, user_id: str, device_id: str | None = None, *, spare: str | None = None) -> int:
        """End a person's sessions, all or those of one device, but for those of `spare`; returns how many."""
        running = [s for s in self.of_person(user_id, device_id) if s.person.device_id != spare]
        for session in running:
            await self.close(session)
        return len(running)

    async def let_go(self, user_id: str) -> None:
        """End a person's sessions without writing another word about them."""
        sessions = self._all_of(user_id)
        for session in sessions:
            session.stop_keeping()
        for session in sessions:
            await session.change_person(replace(session.person, scopes=frozenset()))
            await self.close(session)

    def stop_keeping(self, session_id: str) -> None:
        """A session was deleted while it runs: it goes on, and nothing more of it is kept."""
        running = [place.session for place in self._places.values()]
        for session in [*running, *self._ending]:
            if session.session_id == session_id:
                session.stop_keeping()

    async def close(self, session: Session) -> None:
        """End it now."""
        place = self._places.pop(session.session_id, None)
        if place is not None:
            await self.keep(self._end(place))

    async def _end(self, place: _Place) -> None:
        session = place.session
        self._ending.add(session)
        try:
            await session.stop()
        finally:
            self._ending.discard(session)
            self.admission.leave(place.kind, place.owner)
            self.parts.metrics.sessions.labels(place.kind).dec()
            log.info("session %s closed", session.session_id)

    async def expire_forever(self) -> None:
        """Close what nobody came back to; the app keeps this task."""
        while True:
            await asyncio.sleep(EXPIRY_CHECK_S)
            await self.expire(time.monotonic())

    async def expire(self, now_s: float) -> None:
        """Close every session left for longer than `resume_s` at `now_s` of the monotonic clock."""
        left = [p for p in self._places.values() if p.on_takeover is None and now_s - p.left_at_s > self._resume_s]
        for place in left:
            await self.close(place.session)

    async def close_all(self) -> None:
        """End every session; their records are closed."""
        for place in list(self._places.values()):
            await self.close(place.session)
        if self._kept:
            await asyncio.wait(self._kept)
