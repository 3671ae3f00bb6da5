"""Long work beside the event loop: a few threads of its own, and few places, so that nothing short waits behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Literal, ParamSpec, TypeVar

from core.errors import Limit

P = ParamSpec("P")
T = TypeVar("T")


class Aside:
    """`places` may be taken at a time, one by each `holder`; `work` names what is done there, for those turned away."""

    def __init__(self, work: str, places: int, threads: int) -> None:
        self._work = work
        self._places = places
        self._holders: list[str] = []
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=f"aside-{work}")

    def bound(self, holder: str = "") -> Literal["address", "server"] | None:
        """Which limit this holder, an address, would meet; None where there is a place."""
        if holder and holder in self._holders:
            return "address"
        return "server" if len(self._holders) >= self._places else None

    def take(self, holder: str = "") -> None:
        """A place, until `leave`. Raises Limit "busy". Nobody in particular ("") may hold several."""
        met = self.bound(holder)
        if met == "address":
            raise Limit(f"one of your {self._work} is under way already; wait until it has ended", "busy")
        if met == "server":
            raise Limit(f"{self._places} {self._work} are under way already; try again in a moment", "busy")
        self._holders.append(holder)

    def leave(self, holder: str = "") -> None:
        """Give the place back."""
        self._holders.remove(holder)

    @contextmanager
    def place(self, holder: str = "") -> Iterator[None]:
        """A place for as long as it lasts. Raises Limit "busy"."""
        self.take(holder)
        try:
            yield
        finally:
            self.leave(holder)

    async def run(self, call: Callable[P, T], *given: P.args, **more: P.kwargs) -> T:
        """Its result, from one of the threads."""
        return await asyncio.wrap_future(self._threads.submit(call, *given, **more))
