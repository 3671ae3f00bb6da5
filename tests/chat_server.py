"""A local server that speaks the real chat API of OpenAI, streaming included, and misbehaves when asked to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ChatServer:
    """`mode` decides how the next request is answered; `asked` holds what was sent."""

    def __init__(self) -> None:
        self.mode = "well"
        self.reply = ["I hear ", "you. ", "Tell me ", "more."]
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self._is_over = threading.Event()
        """who hangs hangs no longer"""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.keys.append(self.headers.get("Authorization"))
                server.asked.append({"path": self.path, **json.loads(body)})
                server._answer(self)

            def log_message(self, *_: Any) -> None: ...

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._http.server_port}"

    @contextmanager
    def running(self) -> Iterator[ChatServer]:
        thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._is_over.set()
            self._http.shutdown()
            self._http.server_close()
            thread.join()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        if self.mode.isdigit():
            return self._refuse(handler, int(self.mode))
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()
        if self.mode == "not chat":
            handler.wfile.write(b"data: [1, 2, 3]\n\n")
            return None
        for number, piece in enumerate(self.reply):
            if self.mode == "hangs" and number == 2:
                self._is_over.wait(60)
            if self.mode == "breaks" and number == 2:
                return None
            reason = "content_filter" if self.mode == "filters" else None
            self._send(handler, {"delta": {"content": piece}, "index": 0, "finish_reason": reason})
        self._send(handler, {"delta": {}, "index": 0, "finish_reason": "stop"})
        handler.wfile.write(b"data: [DONE]\n\n")
        return None

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, choice: dict[str, Any]) -> None:
        chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        try:
            handler.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            handler.wfile.flush()
        except OSError:
            return

    @staticmethod
    def _refuse(handler: BaseHTTPRequestHandler, status: int) -> None:
        body = json.dumps({"error": {"message": "no", "type": "error", "code": status}}).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
