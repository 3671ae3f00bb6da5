"""The app behind real sockets, served in a thread the way `python app.py` serves it; and a small client."""

from __future__ import annotations

import json
import logging
import socket
import struct
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from websockets.sync.client import ClientConnection, connect

from app import create_api, server_config
from core.settings import Settings


class Server:
    """`address` is host:port; `services` is what the app shares inside."""

    def __init__(self, settings: Settings) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = settings.model_copy(update={"host": "127.0.0.1", "port": port, "log_level": "WARNING"})
        app = create_api(settings)
        self.services = app.state.services
        self.address = f"127.0.0.1:{port}"
        self._server = uvicorn.Server(server_config(app, settings))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        until = time.monotonic() + 120
        while not self._server.started:
            assert time.monotonic() < until, "the server did not start"
            assert self._thread.is_alive(), "the server died"
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive(), "the server did not stop"

    def call(
        self,
        path: str,
        body: Any = None,
        token: str | None = None,
        method: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Status and parsed JSON (or text) of one REST call; a bytes body goes out as it is."""
        raw = isinstance(body, bytes)
        data = body if raw else None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/octet-stream" if raw else "application/json"} | (headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(f"http://{self.address}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                status, text = error.code, error.read().decode()
        try:
            return status, json.loads(text)
        except json.JSONDecodeError:
            return status, text

    def until_gone(self, session_id: str, timeout_s: float = 10.0) -> None:
        """Waits until nobody can come back to this session any more."""
        until = time.monotonic() + timeout_s
        while session_id in {running["session_id"] for running in self.services.sessions.describe()}:
            assert time.monotonic() < until, "a session is still there"
            time.sleep(0.02)

    def guest(self, *scopes: str) -> str:
        """A token for these scopes (the camera when none is named)."""
        status, answer = self.call("/api/guest", {"scopes": list(scopes or ("camera",)), "purpose": "self"})
        assert status == 200, answer
        return answer["token"]

    @contextmanager
    def socket(self, path: str = "/ws") -> Iterator[ClientConnection]:
        with connect(f"ws://{self.address}{path}", max_size=None, close_timeout=2) as connection:
            yield connection

    @contextmanager
    def live(self, *scopes: str, token: str | None = None, resume_token: str | None = None) -> Iterator[Client]:
        auth = {"type": "auth", "token": token or self.guest(*scopes)}
        with self.socket() as connection:
            client = Client(connection)
            client.send(auth | ({"resume_token": resume_token} if resume_token else {}))
            client.ready = client.until("ready")
            yield client


class _Tracebacks(logging.Handler):
    """Keeps what a server's log tells of a failure nobody foresaw."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self.found.append(logging.Formatter().format(record))


@contextmanager
def tracebacks() -> Iterator[list[str]]:
    """What goes into the log meanwhile with a traceback or as an error, of our code, uvicorn or the event loop."""
    handler, names = _Tracebacks(), ("", "uvicorn")  # uvicorn's logger tells the root nothing
    for name in names:
        logging.getLogger(name).addHandler(handler)
    try:
        yield handler.found
    finally:
        for name in names:
            logging.getLogger(name).removeHandler(handler)


class Client:
    """Sends messages, keeps every event it was told."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.events: list[dict[str, Any]] = []
        self.ready: dict[str, Any] = {}

    def send(self, message: dict[str, Any]) -> None:
        self.connection.send(json.dumps(message))

    def send_picture(self, jpeg: bytes, at_s: float = 0.0, kind: int = 1) -> None:
        self.connection.send(struct.pack("<Bd", kind, at_s) + jpeg)

    def next(self, timeout_s: float = 10.0) -> dict[str, Any]:
        event = json.loads(self.connection.recv(timeout=timeout_s))
        self.events.append(event)
        return event

    def until(self, kind: str, timeout_s: float = 10.0, **fields: Any) -> dict[str, Any]:
        """The next event of this type with these fields."""
        until = time.monotonic() + timeout_s
        while True:
            event = self.next(max(0.01, until - time.monotonic()))
            if event["type"] == kind and all(event.get(name) == value for name, value in fields.items()):
                return event

    def alive(self) -> bool:
        """Whether the session still answers."""
        self.send({"type": "ping", "id": "alive"})
        return self.until("pong", id="alive")["type"] == "pong"
