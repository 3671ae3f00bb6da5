"""A process of its own for a library that holds the interpreter's lock or must live apart: asked, watched, replaced."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from core.errors import EngineUnavailable

log = logging.getLogger(__name__)

READY_S = 90.0
"""a busy machine needs long to import; one taken for dead at the start is missed until the next start"""
READY = "ready"
"""what `work` sends first"""


class Broken(Exception):
    """The process is gone or does not answer; another is on its way."""


def _until_nobody_asks(work: Callable[[Connection], None], connection: Connection) -> None:
    """An answer that comes when nobody waits any longer finds a closed pipe: the end of this process, and no fault."""
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        work(connection)


class Worker:
    """One process that runs `work(connection)`: it sends READY, then one answer for each message."""

    def __init__(self, work: Callable[[Connection], None], name: str, otherwise: str) -> None:
        """`otherwise` tells the person what goes on without it."""
        self._work = work
        self._name = name
        self._otherwise = otherwise
        self.process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._is_ready = False

    def start(self) -> Connection:
        """A fresh interpreter: a fork would copy the server's threads half-way through their work.

        One that still runs is ended first. Raises EngineUnavailable when it does not get ready.
        """
        self._begin()
        return self._ready()

    def _begin(self) -> None:
        self.close()
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self.process = context.Process(
            target=_until_nobody_asks, args=(self._work, theirs), name=self._name, daemon=True
        )
        self.process.start()
        theirs.close()

    def _ready(self) -> Connection:
        """What it is asked through, once it has said that it is ready. Raises EngineUnavailable."""
        ours = self._connection or self.start()
        if self._is_ready:
            return ours
        try:
            if ours.poll(READY_S) and ours.recv() == READY:
                self._is_ready = True
                return ours
        except (EOFError, OSError):
            log.warning("the %s's process ended before it was ready", self._name)
        self.close()
        raise EngineUnavailable(f"the {self._name} did not start within {READY_S:.0f} s; {self._otherwise}")

    def ask(self, message: object, patience_s: float) -> Any:
        """Its answer. Raises Broken once another is on its way, for which the next one that asks waits.

        Raises EngineUnavailable where none would start. One that was closed (by another app in this very process, as
        in the tests) is started first.
        """
        connection = self._ready()
        try:
            connection.send(message)
            if not connection.poll(patience_s):
                raise TimeoutError
            return connection.recv()
        except (EOFError, OSError, TimeoutError) as error:
            log.warning("the %s's process is gone (%s); starting another", self._name, type(error).__name__)
            self._begin()
            raise Broken(self._name) from error

    def close(self) -> None:
        """End it; nothing is left behind. Calling it again does nothing."""
        if self._connection is not None:
            self._connection.close()
        if self.process is not None:
            self.process.join(timeout=1)
            if self.process.is_alive():
                self.process.kill()
                self.process.join(timeout=5)
        self.process = self._connection = None
        self._is_ready = False
