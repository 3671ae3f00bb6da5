"""A process of its own: asked, replaced when it dies or hangs, ended for good."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from core.errors import EngineUnavailable
from models import _worker
from models._worker import READY, ROOT, Broken, Worker


def echo(connection: Connection) -> None:
    """Answers with what it was told and who it is; dies or hangs when told to."""
    connection.send(READY)
    while True:
        try:
            message = connection.recv()
        except (EOFError, OSError):
            return
        if message == "die":
            os._exit(1)
        if message == "hang":
            time.sleep(60)
        if message == "slow":
            time.sleep(0.4)
        connection.send((message, os.getpid()))


def tell_modules(connection: Connection) -> None:
    """What it has imported, as its one answer."""
    connection.send(READY)
    connection.recv()
    connection.send(sorted(sys.modules))


def never_ready(_connection: Connection) -> None:
    """Ends before it says READY."""


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(echo, "echo", "nothing is echoed")
    made.start()
    yield made
    made.close()


def test_answer_comes_from_another_process(worker: Worker) -> None:
    said, process = worker.ask("hello", 5.0)
    assert said == "hello"
    assert process != os.getpid()


@pytest.mark.parametrize(("message", "patience_s"), [("die", 5.0), ("hang", 0.2)])
def test_process_that_dies_or_hangs_is_replaced(worker: Worker, message: str, patience_s: float) -> None:
    before = worker.process
    with pytest.raises(Broken):
        worker.ask(message, patience_s)
    assert before is not None
    assert before.poll() is not None
    assert worker.ask("again", 5.0)[0] == "again"


def slow_to_start(connection: Connection) -> None:
    """Needs a second to get ready, then answers as `echo` does."""
    time.sleep(1.0)
    echo(connection)


def test_who_meets_a_dead_process_does_not_wait_for_the_next_one() -> None:
    worker = Worker(slow_to_start, "echo", "nothing is echoed")
    worker.start()
    began = time.monotonic()
    with pytest.raises(Broken):
        worker.ask("die", 5.0)
    assert time.monotonic() - began < 1.0
    assert worker.ask("again", 5.0)[0] == "again"
    worker.close()


def test_closing_leaves_no_process_and_may_be_done_twice(worker: Worker) -> None:
    process = worker.process
    worker.close()
    worker.close()
    assert process is not None
    assert process.poll() is not None


def test_closed_one_starts_again_when_it_is_asked(worker: Worker) -> None:
    worker.close()
    assert worker.ask("back", 5.0)[0] == "back"


def test_process_that_never_gets_ready_says_what_goes_on_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_worker, "READY_S", 5.0)
    worker = Worker(never_ready, "reader", "type instead")
    with pytest.raises(EngineUnavailable, match="the reader did not start within 5 s; type instead"):
        worker.start()
    assert worker.process is None


def test_answer_that_nobody_waits_for_any_longer_ends_the_process_without_a_traceback(
    worker: Worker, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Broken):
        worker.ask("slow", 0.1)
    worker.close()
    assert "Traceback" not in capfd.readouterr().err


STARTED_FROM_A_LARGE_PROGRAM = """
import fastapi
from models._worker import Worker
from tests.models.test_worker import tell_modules
worker = Worker(tell_modules, "echo", "nothing is echoed")
worker.start()
told = worker.ask("modules", 5.0)
worker.close()
print("tests.models.test_worker" in told, "fastapi" in told)
"""


def test_process_does_not_import_what_the_program_that_started_it_did(tmp_path: Path) -> None:
    """A voice once held all modules of the server, 60 MB of them."""
    program = tmp_path / "program.py"
    program.write_text(STARTED_FROM_A_LARGE_PROGRAM)
    command = [sys.executable, str(program)]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "False"]
