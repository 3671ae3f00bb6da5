"""Coroutines on virtual time: a sleep takes none, and wakings are counted. For code that waits, not for threads."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _JumpingSelector(selectors.SelectSelector):
    """Where the loop would wait, its time jumps on instead."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise AssertionError("everything waits, and nothing will ever happen")
        if timeout > 0:
            self.loop.wakings += 1
            self.loop.now_s += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """`now_s` is its time, `wakings` how often a timer woke it."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.wakings = 0
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now_s


def run(work: Coroutine[Any, Any, T]) -> T:
    """To its end, in no time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


def loop() -> VirtualLoop:
    """The one that runs."""
    running = asyncio.get_running_loop()
    assert isinstance(running, VirtualLoop)
    return running


def clock() -> float:
    """Seconds of virtual time, for what takes a clock."""
    return loop().now_s
