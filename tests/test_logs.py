"""What reaches the log: our own lines as asked for, libraries never below INFO, and nobody's words, ever."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.logs import OwnOrCalm, level_of, set_up_logs
from tests.server import Client, Server, connect

ROOT = Path(__file__).parents[1]


def record(name: str, level: int, message: str = "something") -> logging.LogRecord:
    return logging.LogRecord(name, level, "file.py", 1, message, (), None)


@pytest.fixture
def restored() -> Iterator[None]:
    """The logging of the tests, as it was."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in ("attune", "core", "httpx", "httpcore")}
    yield
    root.handlers[:] = before
    root.setLevel(level)
    for name, one in levels.items():
        logging.getLogger(name).setLevel(one)


@pytest.mark.parametrize("name", ["websockets.server", "uvicorn.error", "httpx", "httpcore.connection", "openai"])
def test_library_is_not_heard_below_info_whatever_level_it_gives_itself(name: str) -> None:
    calm = OwnOrCalm()
    assert not calm.filter(record(name, logging.DEBUG))
    assert calm.filter(record(name, logging.WARNING))
    assert calm.filter(record("core.live.session", logging.DEBUG))


def test_servers_own_lines_about_sockets_and_requests_are_left_out() -> None:
    calm = OwnOrCalm()
    assert not calm.filter(record("uvicorn.error", logging.INFO, '%s - "WebSocket %s" [accepted]'))
    assert not calm.filter(record("uvicorn.access", logging.INFO))
    assert calm.filter(record("uvicorn.error", logging.INFO, "Application startup complete."))


def test_want_of_descriptors_is_told_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    calm = OwnOrCalm()
    told = record("asyncio", logging.ERROR, "socket.accept() out of system resource")
    assert [calm.filter(told) for _ in range(5)] == [True, False, False, False, False]
    now += 61
    assert calm.filter(told)
    assert calm.filter(record("asyncio", logging.ERROR, "Task was destroyed"))


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    ("name", "message"),
    [("uvicorn.error", "Invalid HTTP request received."), ("asyncio", "socket.send() raised exception.")],
)
def test_what_strangers_can_have_told_is_told_once_a_minute_each(name: str, message: str) -> None:
    calm = OwnOrCalm()
    assert [calm.filter(record(name, logging.WARNING, message)) for _ in range(3)] == [True, False, False]
    assert calm.filter(record("asyncio", logging.ERROR, "socket.accept() out of system resource"))
    assert calm.filter(record(name, logging.WARNING, "something else"))


def test_debug_is_for_our_own_lines_alone(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("DEBUG")
    assert logging.getLogger("core.live.session").isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("websockets.server").isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    logging.getLogger("core.live.session").debug("one of ours")
    loud = logging.getLogger("a.loud.library")
    loud.setLevel(logging.DEBUG)
    loud.debug("what it carries")
    told = capsys.readouterr().err
    assert "one of ours" in told
    assert "what it carries" not in told


def test_level_that_there_is_not_is_info() -> None:
    assert (level_of("debug"), level_of("LOUD")) == (logging.DEBUG, logging.INFO)


WORDS = "a lantern in the harbour"


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        assert process.poll() is None, "the app died"
        try:
            with urllib.request.urlopen(f"http://{address}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the app did not start")


class Running(Server):
    """The calls and sockets of a Server, towards an app that runs elsewhere."""

    def __init__(self, address: str) -> None:
        self.address = address


def _use(address: str) -> list[str]:
    """Every door that words and tokens go through; returns what must not be in the log."""
    server = Running(address)
    token = server.guest("camera", "microphone", "history", "text")
    with server.live(token=token) as client:
        client.send({"type": "text", "text": WORDS})
        client.until("text_emotion")
        client.send({"type": "mark", "label": "lighthouse-marker"})
        assert client.alive()
        secrets = [token, client.ready["resume_token"]]
        client.send({"type": "stop"})
        client.until("state", ended=True)
    assert server.call("/api/sessions/search", {"words": WORDS}, token)[1]["total"] == 1
    server.call("/api/sessions?search=submarine-query", token=token)
    server.call(f"/api/sessions/{token}", token=token)
    with connect(f"ws://{address}/ws?token=socket-query") as connection:
        Client(connection).send({"type": "auth", "token": "no-such-token"})
    return [*secrets, WORDS, "lantern", "lighthouse-marker", "submarine-query", "socket-query", "no-such-token"]


@pytest.mark.slow
def test_at_debug_no_token_word_or_query_reaches_the_log(tmp_path: Path) -> None:
    address = f"127.0.0.1:{_free_port()}"
    command = [sys.executable, "app.py", "--port", address.split(":")[1], "--data-dir", str(tmp_path / "data")]
    with (tmp_path / "log").open("wb") as written:
        environment = os.environ | {"OPENAI_LOG": "debug", "GROQ_LOG": "debug"}
        process = subprocess.Popen(
            [*command, "--log-level", "DEBUG"], cwd=ROOT, stdout=written, stderr=written, env=environment
        )
        try:
            _wait(address, process)
            forbidden = _use(address)
        finally:
            process.terminate()
            process.wait(30)
    told = (tmp_path / "log").read_text()
    assert " DEBUG core." in told, "the log itself must be at DEBUG"
    assert "POST /api/sessions/search 200" in told
    assert [secret for secret in forbidden if secret in told] == []
