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
OUT_OF_DESCRIPTORS = "out of system resource"
"""asyncio's words when no connection can be accepted: once a second for each listener, with a traceback"""
REPEAT_S = 60.0


class OwnOrCalm(logging.Filter):
    """On the handler, so that it holds whatever level a library gives to a logger of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._told_s = -REPEAT_S

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
        if record.name != "asyncio" or OUT_OF_DESCRIPTORS not in record.getMessage():
            return False
        now_s = time.monotonic()
        if now_s - self._told_s < REPEAT_S:
            return True
        self._told_s, record.exc_info = now_s, None
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
