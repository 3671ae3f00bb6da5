"""A process of its own for a library that holds the interpreter's lock or must live apart: asked, watched, replaced.

It is no `multiprocessing.Process`: a fresh one of those runs the module again that this program was started with, so
that a voice of 20 MB held the server's 60 MB of modules too. Here it imports what it works with, and nothing else.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from core.errors import EngineUnavailable

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[1]
READY_S = 90.0
"""a busy machine needs long to import; one taken for dead at the start is missed until the next start"""
END_S, KILLED_S = 1.0, 5.0
"""how long a process gets to end by itself, and once it was killed"""
READY = "ready"
"""what `work` sends first"""


class Broken(Exception):
    """The process is gone or does not answer; another is on its way."""


class Worker:
    """One process that runs `work(connection)`: it sends READY, then one answer for each message."""

    def __init__(self, work: Callable[[Connection], None], name: str, otherwise: str) -> None:
        """`work` is a function of a module, by whose name the process finds it.

        `otherwise` tells the person what goes on without it.
        """
        self._work = f"{work.__module__}:{work.__qualname__}"
        self._name = name
        self._otherwise = otherwise
        self.process: subprocess.Popen[bytes] | None = None
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
        ours, theirs = socket.socketpair()
        self._connection = Connection(ours.detach())
        with theirs:
            command = [sys.executable, "-m", __name__, self._work, str(theirs.fileno())]
            found = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}  # it finds what this process finds
            self.process = subprocess.Popen(  # noqa: S603 - our own module
                command, cwd=ROOT, env=os.environ | found, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )

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
            try:
                self.process.wait(END_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(KILLED_S)
        self.process = self._connection = None
        self._is_ready = False


def _serve(work: str, descriptor: int) -> None:
    """What the process does: `work` ("module:function") until nobody asks.

    Ctrl-C at the shell reaches it too; it ends with the server, by the pipe. An answer that comes when nobody waits
    any longer finds that closed: the end of this process, and no fault.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    module, _, function = work.partition(":")
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        getattr(import_module(module), function)(Connection(descriptor))


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
