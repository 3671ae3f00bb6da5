"""What reaches the log, and how it looks: our own lines at the level that was asked for, libraries never below INFO.

At DEBUG the libraries of sockets and of HTTP write down what they carry: tokens, words, pictures.
"""

from __future__ import annotations

import logging
import sys
import time

OWN = ("attune", "core", "models", "pages", "app", "__main__")
"""loggers of this program, by the first part of their names"""
FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
SILENT = ("httpx", "httpcore")
"""they tell the whole address of each request at INFO"""
REPEATED = (
    ("asyncio", "out of system resource"),
    ("asyncio", "socket.send() raised exception"),
    ("uvicorn.error", "Invalid HTTP request received"),
)
"""Loggers and words of what strangers can have told as often as they like, the first once a second for each listener
and with a traceback: no connection can be accepted, a client is gone, what came is no HTTP"""
REPEAT_S = 60.0
"""so often each of them is told"""


class OwnOrCalm(logging.Filter):
    """On the handler, so that it holds whatever level a library gives to a logger of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._told_s: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may be written."""
        if record.name.partition(".")[0] in OWN:
            return True
        if record.levelno < logging.INFO or record.name.startswith("uvicorn.access"):
            return False
        if record.name == "uvicorn.error" and record.levelno == logging.INFO and "WebSocket" in str(record.msg):
            return False  # the address with its query; core.rest.access_log tells sockets too
        return not self._is_repeated(record)

    def _is_repeated(self, record: logging.LogRecord) -> bool:
        said = (words for name, words in REPEATED if name == record.name and words in record.getMessage())
        words, now_s = next(said, None), time.monotonic()
        if words is None:
            return False
        if now_s - self._told_s.get(words, -REPEAT_S) < REPEAT_S:
            return True
        self._told_s[words], record.exc_info = now_s, None
        return False


def level_of(name: str) -> int:
    """The number of a level's name; INFO for a name that there is not."""
    return logging.getLevelNamesMapping().get(name.upper(), logging.INFO)


def set_up_logs(level: str) -> None:
    """To standard error. `level` is a name such as "DEBUG"; libraries stay at INFO or above."""
    wanted = level_of(level)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(FORMAT))
    handler.addFilter(OwnOrCalm())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(wanted, logging.INFO))
    for name in OWN:
        logging.getLogger(name).setLevel(wanted)
    for name in SILENT:
        logging.getLogger(name).setLevel(max(wanted, logging.WARNING))
    logging.getLogger(__name__).debug("the program's own lines are told from %s on", logging.getLevelName(wanted))
