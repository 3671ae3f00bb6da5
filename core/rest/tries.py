"""Whose turn it is to try a password: a fair line, so that a flood locks neither honest people nor a name out.

A check costs 0.3 s of a core, so tries wait in line. Served first is who brings a token of this very account, or an
address that has signed in with this name before, then who has not failed lately, then who failed least; a crowded line
gives up its worst. A name that many addresses try is tried at a bounded pace, and its owner, where nothing tells them
from a guesser, takes a turn like anyone: nobody is refused for what others tried under their name, and guesses from
many addresses are slow all the same.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from core.addresses import group_of, neighbours_of
from core.errors import Limit, Unauthorised
from core.rest.rate_limits import Doorkeeper
from core.transports.clock import RateLimit

K = TypeVar("K")
V = TypeVar("V")

LONGEST_LINE = 48
"""48 tries of 0.3 s: who is let into a full line waits some fifteen seconds"""
LONGEST_OF_NAME = 24
"""of them under one name, or what its pace serves in time; the newest stay"""
CROWDED = 3
"""tries under one name from which the newest goes first: after a burst its owner need not wait for all of it"""
LONGEST_OF_ADDRESS = 4
"""and from one address"""
ABREAST = 2
"""handed on at a time; the hashes themselves are made one by one"""
PATIENCE_S = 30.0
"""who has not had a turn by then is told to come back"""
WIDER = 3
"""times the tries of one name from one address: what an address may try in all, and how often a name may be tried"""
REMEMBERED = 10_000
"""addresses that failed, names' paces, ways in; the longest untouched goes first"""
FAILURE_S = 600.0
"""a failure counts for so long"""
LOOK_AGAIN_S = 0.5
"""when all that wait are under names whose pace is used up"""


@dataclass(eq=False)
class _Waiting:
    """One try in line."""

    rank: int
    """0 known, 1 never failed, more for each failure"""
    number: int
    """of arrival"""
    address: str
    name: str
    turn: asyncio.Future[None]


@dataclass
class _Failures:
    count: int = 0
    last_s: float = 0.0


@dataclass
class Tries:
    """One per app; `per_minute` tries of a name from an address."""

    per_minute: int
    _line: list[_Waiting] = field(default_factory=list)
    _active: int = 0
    _arrived: int = 0
    _failures: OrderedDict[str, _Failures] = field(default_factory=OrderedDict)
    _paces: OrderedDict[str, RateLimit] = field(default_factory=OrderedDict)
    _known: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)
    _again: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self._pairs = Doorkeeper(self.per_minute)
        self._addresses = Doorkeeper(self.per_minute * WIDER)

    @asynccontextmanager
    async def turn(self, host: str, name: str, *, is_owner: bool = False) -> AsyncIterator[None]:
        """Wait for a turn; what is done in it counts as failed when it raises Unauthorised. Raises Limit.

        `host` is the client's own address; `name` as it will be looked up, empty for a sign-up, which has no pace;
        `is_owner`: a token says that this account is theirs.
        """
        address = group_of(host)
        self._addresses.admit(address)
        self._pairs.admit(f"{name[:64]} {address}")
        await self._wait(self._join(address, name, 0 if is_owner else self._rank(host, name)))
        try:
            yield
        except Unauthorised:
            self._fail(host)
            raise
        else:
            if name:
                _touch(self._known, (name, address), lambda: None)
        finally:
            self._active -= 1
            self._serve()

    def _rank(self, host: str, name: str) -> int:
        if (name, group_of(host)) in self._known:
            return 0
        return 1 + self._failed(group_of(host)) + self._failed(neighbours_of(host))

    def _failed(self, key: str) -> int:
        found = self._failures.get(key)
        return found.count if found and _now_s() - found.last_s < FAILURE_S else 0

    def _fail(self, host: str) -> None:
        for key in (group_of(host), neighbours_of(host)):
            count = self._failed(key) + 1
            one = _touch(self._failures, key, _Failures)
            one.count, one.last_s = count, _now_s()

    def _join(self, address: str, name: str, rank: int) -> _Waiting:
        """A place in the line, for which another may have to go. Raises Limit."""
        if sum(one.address == address for one in self._line) >= LONGEST_OF_ADDRESS:
            raise Limit("several tries of yours are waiting already; wait for their answers", "rate_limited")
        same = [one for one in self._line if name and one.name == name]
        if name and len(same) >= self._longest_of(name):
            worst = max(same, key=lambda one: (one.rank, -one.number))
            self._displace(worst, is_due=rank <= worst.rank)
        elif len(self._line) >= LONGEST_LINE:
            worst = max(self._line, key=lambda one: (one.rank, one.number))
            self._displace(worst, is_due=rank < worst.rank)
        self._arrived += 1
        joined = _Waiting(rank, self._arrived, address, name, asyncio.get_running_loop().create_future())
        self._line.append(joined)
        self._serve()
        return joined

    def _longest_of(self, name: str) -> int:
        """No more than the pace of this name serves before their patience ends."""
        left, all_of_them = self._pace(name).tokens, self.per_minute * WIDER
        served = all_of_them * PATIENCE_S / 60 + (all_of_them if left is None else left)
        return min(LONGEST_OF_NAME, max(1, int(served) - 1))

    def _displace(self, worst: _Waiting, *, is_due: bool) -> None:
        """The worst goes, or the newcomer is refused."""
        crowded = Limit("many people are signing in right now; try again in a moment", "busy")
        if not is_due:
            raise crowded
        self._line.remove(worst)
        if not worst.turn.done():  # who is just going away needs no word
            worst.turn.set_exception(crowded)

    async def _wait(self, one: _Waiting) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await one.turn
        except TimeoutError:
            self._give_up(one)
            raise Limit("many people are signing in right now; try again in a moment", "busy") from None
        except asyncio.CancelledError:
            self._give_up(one)
            raise

    def _give_up(self, one: _Waiting) -> None:
        """It leaves the line, or gives back the turn that it was just given."""
        if one in self._line:
            self._line.remove(one)
        elif one.turn.done() and not one.turn.cancelled() and one.turn.exception() is None:
            self._active -= 1
            self._serve()

    def _serve(self) -> None:
        """Give turns to those first in line whose name's pace allows it."""
        for one in self._in_order():
            if self._active >= ABREAST:
                return
            if one.turn.cancelled() or not self._may_be_tried(one):
                continue
            self._line.remove(one)
            self._active += 1
            one.turn.set_result(None)
        if self._line and self._active < ABREAST and self._again is None:
            self._again = asyncio.get_running_loop().call_later(LOOK_AGAIN_S, self._look_again)

    def _in_order(self) -> list[_Waiting]:
        """Lowest rank first, then the names least tried; of a name that is crowded the newest, else the oldest."""
        under = Counter(one.name for one in self._line if one.name)

        def order(one: _Waiting) -> tuple[int, int, int]:
            return one.rank, under[one.name], -one.number if under[one.name] > CROWDED else one.number

        return sorted(self._line, key=order)

    def _look_again(self) -> None:
        self._again = None
        self._serve()

    def _may_be_tried(self, one: _Waiting) -> bool:
        if not one.name or one.rank == 0:
            return True
        return self._pace(one.name).take(_now_s() / 60)

    def _pace(self, name: str) -> RateLimit:
        """Tries a minute; its clock is in minutes."""
        return _touch(self._paces, name, lambda: RateLimit(self.per_minute * WIDER))


def _touch(table: OrderedDict[K, V], key: K, make: Callable[[], V]) -> V:
    """The entry, made where there is none, as the newest of a table of REMEMBERED."""
    found = table.setdefault(key, make())
    table.move_to_end(key)
    if len(table) > REMEMBERED:
        table.popitem(last=False)
    return found


def _now_s() -> float:
    """Of the loop's clock."""
    return asyncio.get_running_loop().time()
