"""Slow and many connections: each has its deadline, and there is room for the next one."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.rest import connections
from core.rest.connections import FEWEST, Room, connections_at_most
from core.rest.proxies import Proxies
from core.settings import Settings
from tests.server import Server, tracebacks

ROOT = Path(__file__).parents[2]
SLOW = b"GET /health HTTP/1.1\r\nHost: here\r\nX-Slow: "
SLOW_BODY = b"POST /api/guest HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"


class Idle:
    """A connection of a client that says nothing."""

    def __init__(self, *, is_idle: bool = True) -> None:
        self.is_idle = is_idle
        self.has_gone = False

    def give_way(self) -> None:
        self.has_gone = True


# -- room -----------------------------------------------------------------------------------------


async def test_oldest_idle_connection_of_an_address_gives_way_to_its_next() -> None:
    room, busy, first, second = Room(3, 100, Proxies("0")), Idle(is_idle=False), Idle(), Idle()
    other = Idle()
    assert room.enter(other, "198.51.100.1")
    assert all(room.enter(one, "203.0.113.7") for one in (busy, first, second))
    assert room.enter(Idle(), "203.0.113.7")
    assert [one.has_gone for one in (busy, first, second, other)] == [False, True, False, False]


async def test_address_whose_connections_are_all_at_work_is_refused_and_others_are_not() -> None:
    room = Room(2, 100, Proxies("0"))
    assert all(room.enter(Idle(is_idle=False), "203.0.113.7") for _ in range(2))
    assert not room.enter(Idle(), "203.0.113.7")
    assert room.enter(Idle(), "198.51.100.1")


async def test_full_server_lets_the_oldest_idle_connection_of_anybody_go() -> None:
    room, busy, first = Room(100, 2, Proxies("0")), Idle(is_idle=False), Idle()
    assert room.enter(busy, "203.0.113.1")
    assert room.enter(first, "203.0.113.2")
    assert room.enter(Idle(is_idle=False), "203.0.113.3")
    assert first.has_gone
    assert not room.enter(Idle(), "203.0.113.4")


async def test_proxy_may_have_as_many_as_there_is_room_for_and_a_place_is_given_back_once() -> None:
    room, one = Room(1, 3, Proxies("loopback")), Idle(is_idle=False)
    assert all(room.enter(Idle(is_idle=False), "127.0.0.1") for _ in range(2))
    assert room.enter(one, "127.0.0.1")
    assert not room.enter(Idle(), "127.0.0.1")
    room.leave(one)
    room.leave(one)
    assert room.enter(Idle(is_idle=False), "127.0.0.1")
    assert not room.enter(Idle(), "127.0.0.1")


async def test_want_of_room_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    room = Room(1, 100, Proxies("0"))
    for _ in range(500):
        room.enter(Idle(), "203.0.113.7")
    assert len(caplog.records) == 1
    assert "no room" in caplog.text
    assert "203.0.113.7" not in caplog.text


def test_there_is_room_for_some_however_few_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_raise_limit", lambda: 50)
    assert connections_at_most() == FEWEST
    monkeypatch.setattr(connections, "_raise_limit", lambda: 10_000)
    assert 9_000 < connections_at_most() < 10_000


# -- a server that runs ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that waits half a second for headers, and a second for a silent body."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(connections, "HEADERS_S", 0.5)
        changed.setattr("core.rest.bodies.PATIENCE_S", 1.0)
        with Server(Settings(data_dir=tmp_path_factory.mktemp("data"))) as server:
            yield server


def _connect(address: str) -> socket.socket:
    host, port = address.split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def _answer(connection: socket.socket) -> bytes:
    """All that is said until the other side hangs up."""
    said = b""
    while part := connection.recv(65_536):
        said += part
    return said


def _until(connection: socket.socket, end: bytes) -> bytes:
    """What is said up to these bytes."""
    said = b""
    while end not in said:
        part = connection.recv(65_536)
        assert part, said
        said += part
    return said


def _drip(connection: socket.socket, drop: bytes, for_s: float) -> float:
    """Send drop after drop; returns after how many seconds the other side hung up, or `for_s`."""
    began_s = time.monotonic()
    while time.monotonic() - began_s < for_s:
        try:
            connection.sendall(drop)
        except OSError:
            break
        time.sleep(0.05)
    return time.monotonic() - began_s


@pytest.mark.parametrize("said", [b"", SLOW])
def test_headers_that_do_not_end_are_let_go(hasty: Server, said: bytes) -> None:
    with _connect(hasty.address) as slow:
        slow.sendall(said)
        began_s = time.monotonic()
        assert b" 408 " in _answer(slow)
        assert time.monotonic() - began_s < 5


def test_dripping_headers_are_let_go_all_the_same(hasty: Server) -> None:
    with _connect(hasty.address) as slow:
        slow.sendall(SLOW)
        assert _drip(slow, b"x", 8) < 5


def test_headers_of_a_later_request_have_a_deadline_too(hasty: Server) -> None:
    with _connect(hasty.address) as slow:
        slow.sendall(b"GET /health HTTP/1.1\r\nHost: here\r\n\r\n")
        assert _until(slow, b'"ok"}')
        slow.sendall(SLOW)
        assert _drip(slow, b"x", 8) < 5


def test_body_that_does_not_come_is_told_so(hasty: Server) -> None:
    with _connect(hasty.address) as slow:
        slow.sendall(SLOW_BODY)
        answer = _answer(slow)
    assert b" 429 " in answer
    assert b"too_slow" in answer


def test_body_that_nobody_reads_ends(hasty: Server) -> None:
    with _connect(hasty.address) as slow:
        slow.sendall(b"POST /nothing HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000000\r\n\r\n")
        assert _drip(slow, bytes(1000), 8) < 5, "the connection must end while bytes still come"


def test_connection_that_asks_again_and_again_is_kept(hasty: Server) -> None:
    with _connect(hasty.address) as kept:
        for _ in range(4):
            kept.sendall(b"GET /health HTTP/1.1\r\nHost: here\r\n\r\n")
            assert b"200 OK" in _until(kept, b'"ok"}')
            time.sleep(0.3)


def test_socket_outlives_the_deadline_of_headers(hasty: Server) -> None:
    with hasty.live() as client:
        time.sleep(1.2)
        assert client.alive()


# -- what a stranger sends over a socket ----------------------------------------------------------

UPGRADE = (
    b"GET %s HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
TEXT, CONTINUED, LAST = 1, 0, 0x80


def _frame(head: int, payload: bytes) -> bytes:
    """With a mask of zeros; at most 125 bytes."""
    return bytes([head, 0x80 | len(payload)]) + bytes(4) + payload


@pytest.mark.parametrize("path", [b"/ws", b"/ws/predict"])
@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (_frame(LAST | TEXT, b"\xff\xfe"), 1007),
        (_frame(TEXT, b"\xc3") + _frame(LAST | CONTINUED, b"("), 1007),
        (_frame(LAST | TEXT, b"\xed\xa0\x80"), 1007),
        (_frame(LAST | 8, b"\x03\xe8\xff"), 1007),
        (_frame(LAST | 3, b""), 1002),
        (_frame(LAST | CONTINUED, b""), 1002),
        (_frame(TEXT, b"") + _frame(CONTINUED, b"") * (connections.MOST_FRAGMENTS + 1), 1009),
    ],
)
def test_what_is_no_message_ends_the_socket_with_its_code_and_no_traceback(
    hasty: Server, path: bytes, frames: bytes, code: int
) -> None:
    with tracebacks() as found, _connect(hasty.address) as stranger:
        stranger.sendall(UPGRADE % path)
        assert b" 101 " in _until(stranger, b"\r\n\r\n")
        stranger.sendall(frames)
        said = stranger.recv(1000)
    assert (said[0], int.from_bytes(said[2:4], "big")) == (LAST | 8, code)
    assert found == []


def _socket(address: str, path: bytes = b"/ws") -> socket.socket:
    """One whose handshake is done."""
    stranger = _connect(address)
    stranger.sendall(UPGRADE % path)
    assert b" 101 " in _until(stranger, b"\r\n\r\n")
    return stranger


@pytest.mark.parametrize("path", [b"/ws", b"/ws/predict"])
@pytest.mark.parametrize(
    "flood",
    [
        bytes([TEXT, 0xFF]) + (31 << 20).to_bytes(8, "big") + bytes(4) + b"a" * 100_000,
        _frame(TEXT, b"") + _frame(CONTINUED, b"x" * 100) * 1000,
        _frame(LAST | 9, b"") * 3000,
    ],
)
def test_stranger_may_bring_64_kilobytes_alone(hasty: Server, path: bytes, flood: bytes) -> None:
    with tracebacks() as found, _socket(hasty.address, path) as stranger:
        began_s = time.monotonic()
        assert _drip(stranger, flood, 8) < 5
    assert time.monotonic() - began_s < 5
    assert found == []


def test_what_comes_right_behind_an_auth_is_read_once_the_client_is_in(hasty: Server) -> None:
    auth = b'{"type":"auth","token":"%s"}' % hasty.guest().encode()
    ping = b'{"type":"ping",%s"id":"early"}' % (b" " * 9_000)
    first = bytes([LAST | TEXT, 0xFE]) + len(auth).to_bytes(2, "big") + bytes(4) + auth
    second = bytes([LAST | TEXT, 0xFE]) + len(ping).to_bytes(2, "big") + bytes(4) + ping
    for cut in (0, 1, 5, 3000, len(second)):
        with _socket(hasty.address) as early:
            early.sendall(first + second[:cut])
            time.sleep(0.05)
            early.sendall(second[cut:] + second * 20)
            assert b"pong" in _until(early, b"early")


def test_first_message_of_a_stranger_that_is_too_long_is_still_told_what_is_wrong(hasty: Server) -> None:
    with _socket(hasty.address) as stranger:
        stranger.sendall(bytes([LAST | TEXT, 0xFE]) + (60_000).to_bytes(2, "big") + bytes(4) + b"[" * 60_000)
        assert b"no_auth" in _until(stranger, b"fatal")


def test_stranger_that_talks_before_it_was_answered_is_read_no_further_than_any_other(hasty: Server) -> None:
    with tracebacks() as found, _connect(hasty.address) as hasty_one:
        hasty_one.sendall(UPGRADE % b"/ws")
        assert _drip(hasty_one, bytes([TEXT, 0xFF]) + (31 << 20).to_bytes(8, "big") + bytes(4) + b"a" * 100_000, 8) < 5
    assert found == []


# -- few descriptors ------------------------------------------------------------------------------

SERVE = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_NOFILE, (400, 400))
import uvicorn
from app import create_api, server_config
from core.logs import set_up_logs
from core.settings import Settings
set_up_logs("INFO")
settings = Settings(data_dir=Path(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]))
uvicorn.Server(server_config(create_api(settings), settings)).run()
"""


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[str]:
    """The address of an app that has 400 descriptors."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", SERVE, str(tmp_path / "data"), str(port)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 90
            while not _is_healthy(f"127.0.0.1:{port}"):
                assert process.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < until, "the app did not start"
                time.sleep(0.1)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def _is_healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("said", [b"", SLOW, SLOW_BODY])
def test_health_answers_under_400_slow_connections_and_the_log_stays_short(
    cramped: str, tmp_path: Path, said: bytes
) -> None:
    slow = []
    answers = []
    for number in range(400):
        slow.append(_connect(cramped))
        slow[-1].sendall(said)
        if number % 50 == 49:
            answers.append(_is_healthy(cramped))
    answers += [_is_healthy(cramped) for _ in range(5)]
    for one in slow:
        one.close()
    told = (tmp_path / "log").read_text().splitlines()
    assert answers == [True] * 13
    assert [line for line in told if "too many open files" in line.lower()] == []
    assert len([line for line in told if " 429 " not in line]) < 60


def test_each_server_has_a_room_of_its_own() -> None:
    one, other = (Room(10, 10, Proxies("0")) for _ in range(2))
    http, sockets = connections.protocols_in(one)
    assert http.room is sockets.room is one  # type: ignore[attr-defined]
    assert connections.protocols_in(other)[0].room is other  # type: ignore[attr-defined]
