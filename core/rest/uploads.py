"""Uploads under way: one that hardly moves gives its place to a newcomer, and whoever begins again stands behind them.

Places are few, as each may fill with a whole file. A sender is given GRACE_S to get going; a newcomer who finds every
place taken waits as long as one of those inside may still turn out slow, and is refused where all of them move.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass, field

from core.errors import Limit
from core.live.admission import Bound, Owner
from core.rest.bodies import LEAST_BYTES_PER_S, Arrival

GRACE_S = 5.0
"""so long a sender may take to get to LEAST_BYTES_PER_S before it can be asked to give way"""
WAITS_S = 30.0
"""so long a newcomer waits for a place at most; six times the grace"""
LOOK_AGAIN_S = 0.05
LONGEST_LINE = 16
LONGEST_OF_ADDRESS = 4
"""of the line"""


@dataclass(eq=False, slots=True)
class Upload:
    """One that has a place."""

    owner: Owner
    began_s: float
    arrival: Arrival | None = None
    """its body, from the first look at it on"""

    def watch(self, arrival: Arrival) -> None:
        """Its body begins to come."""
        self.arrival = arrival

    def is_slow(self, now_s: float) -> bool:
        """Whether it has had its time to get going, and hardly moves."""
        return self._may_go() and now_s - self.began_s >= GRACE_S and self.rate(now_s) < LEAST_BYTES_PER_S

    def may_turn_out_slow(self, now_s: float) -> bool:
        """Nothing can be said of it yet, or it is being let go."""
        return self.arrival is None or (not self.arrival.is_whole and now_s - self.began_s < GRACE_S)

    def rate(self, now_s: float) -> float:
        """Bytes a second, so far."""
        size = self.arrival.size if self.arrival else 0
        return size / max(now_s - self.began_s, 1e-3)

    def _may_go(self) -> bool:
        return self.arrival is not None and not self.arrival.is_whole and not self.arrival.has_to_go


@dataclass(eq=False, slots=True)
class _Waiting:
    owner: Owner
    bound: Callable[[], Bound | None]


@dataclass(slots=True)
class Uploads:
    """Of one kind; who has a place, and who waits for one in the order they came."""

    _inside: list[Upload] = field(default_factory=list)
    _line: list[_Waiting] = field(default_factory=list)

    @asynccontextmanager
    async def place(
        self, owner: Owner, bound: Callable[[], Bound | None], enter: Callable[[], AbstractContextManager[None]]
    ) -> AsyncIterator[Upload]:
        """A place for as long as it lasts; its `watch` is for `read_body`. Raises Limit.

        `bound` tells which limit this owner meets now, `enter` takes the place or raises Limit.
        """
        await self._wait(_Waiting(owner, bound))
        with ExitStack() as held:
            held.enter_context(enter())
            upload = Upload(owner, _now_s())
            self._inside.append(upload)
            held.callback(self._inside.remove, upload)
            yield upload

    async def _wait(self, one: _Waiting) -> None:
        """Until it is this one's turn, or nothing more is to be waited for."""
        same = sum(other.owner.address == one.owner.address for other in self._line)
        if len(self._line) >= LONGEST_LINE or same >= LONGEST_OF_ADDRESS:
            raise Limit("many files are waiting to be sent right now; try again in a moment", "busy")
        until_s = _now_s() + WAITS_S
        self._line.append(one)
        try:
            while not self._is_next(one) and self._is_worth_it(one) and _now_s() < until_s:  # noqa: ASYNC110 - time tells
                await asyncio.sleep(LOOK_AGAIN_S)
        finally:
            self._line.remove(one)

    def _is_next(self, one: _Waiting) -> bool:
        """Whether there is a place, and nobody before in the line could take it."""
        return next((waiting for waiting in self._line if waiting.bound() is None), None) is one

    def _is_worth_it(self, one: _Waiting) -> bool:
        """Ask the slowest in the way to go; whether a place may become free soon."""
        met, now_s = one.bound(), _now_s()
        if met is None:
            return True
        in_the_way = [upload for upload in self._inside if upload.owner.is_within(met, one.owner)]
        slow = [upload for upload in in_the_way if upload.is_slow(now_s)]
        if slow:
            _let_go(min(slow, key=lambda upload: upload.rate(now_s)))
            return True
        return any(upload.may_turn_out_slow(now_s) or _is_going(upload) for upload in in_the_way)


def _let_go(upload: Upload) -> None:
    if upload.arrival is not None:
        upload.arrival.let_go()


def _is_going(upload: Upload) -> bool:
    return upload.arrival is not None and upload.arrival.has_to_go


def _now_s() -> float:
    """Of the loop's clock."""
    return asyncio.get_running_loop().time()
