"""How large and how slow a body may be: read whole into memory, or refused as soon as it is too much."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from core.errors import Limit, SessionError, TooLarge

UPLOAD_S = 600.0
"""a body that is not whole by then is let go"""
PATIENCE_S = 20.0
"""so long a sender may be silent at first; after that it must have sent LEAST_BYTES_PER_S on average"""
LEAST_BYTES_PER_S = 32_000
"""a poor mobile uplink; whoever sends less only holds the place of another"""
DRAINED = 8
"""a body up to so many times the limit is read to its end and dropped, so that its sender sees the answer"""


class Arrival:
    """A body on its way."""

    def __init__(self, began_s: float, limit: asyncio.Timeout) -> None:
        self.size = 0
        """bytes so far"""
        self.is_whole = False
        """or its reading has ended otherwise"""
        self.has_to_go = False
        """another needs its place"""
        self._began_s = began_s
        self._limit = limit

    def has_come(self, size: int) -> None:
        """So many bytes in all; each gives it more time."""
        self.size = size
        if not self.has_to_go:
            self._limit.reschedule(self._began_s + min(PATIENCE_S + size / LEAST_BYTES_PER_S, UPLOAD_S))

    def let_go(self) -> None:
        """End its reading now."""
        if not self.is_whole and not self.has_to_go:
            self.has_to_go = True
            self._limit.reschedule(self._began_s)


def _nobody_looks(arrival: Arrival) -> None:
    """No place depends on it."""


@asynccontextmanager
async def in_time(advice: str) -> AsyncIterator[Arrival]:
    """Around the reading of a body; tell what it gives how many bytes have come. Raises Limit "too_slow"."""
    began_s = asyncio.get_running_loop().time()
    arrival: Arrival | None = None
    try:
        async with asyncio.timeout_at(began_s + min(PATIENCE_S, UPLOAD_S)) as limit:
            arrival = Arrival(began_s, limit)
            try:
                yield arrival
            finally:
                arrival.is_whole = True
    except TimeoutError:
        if arrival is not None and arrival.has_to_go:
            raise Limit(f"the upload hardly moved, and another waited for its place; {advice}", "too_slow") from None
        raise Limit(f"the upload was too slow (at most {UPLOAD_S / 60:g} minutes); {advice}", "too_slow") from None


async def read_body(
    request: Request, largest_mb: float, advice: str, watch: Callable[[Arrival], None] = _nobody_looks
) -> io.BytesIO:
    """The whole raw body in memory, refused as soon as it is too large, slow or broken off.

    Raises TooLarge, Limit "too_slow", SessionError "upload_broken".

    `advice` says what to do instead, such as "send a shorter clip"; `watch` is given the body as it begins to come.
    For routes in Guard's OWN_LIMIT.
    """
    largest = round(largest_mb * 1e6)
    refusal = TooLarge(f"a body here may have {largest_mb:g} MB; {advice}")
    stated = request.headers.get("content-length", "")
    if stated.isdigit() and int(stated) > largest:
        raise refusal
    body = io.BytesIO()
    try:
        async with in_time(advice) as arrival:
            watch(arrival)
            async for part in request.stream():
                body.write(part)
                if body.tell() > largest:
                    raise refusal
                arrival.has_come(body.tell())
    except ClientDisconnect:
        raise SessionError("the upload broke off before its end; send it again", "upload_broken") from None
    body.seek(0)
    return body


async def buffered(headers: Mapping[str, str], receive: Receive, largest: int) -> Receive:
    """What an app reads a body by that has come already, `largest` bytes at most.

    Raises TooLarge, Limit "too_slow".
    """
    refusal = TooLarge(f"a body may have {largest / 1e6:g} MB; send less")
    stated = headers.get("content-length", "0")
    if not stated.isdigit() or int(stated) > DRAINED * largest:
        raise refusal
    parts: list[Message] = []
    size = 0
    async with in_time("send less") as arrival:
        while True:
            message = await receive()
            size += len(message.get("body", b""))
            arrival.has_come(size)
            if size <= largest:
                parts.append(message)
            is_last = message["type"] != "http.request" or not message.get("more_body")
            if is_last or size > DRAINED * largest:
                break
    if size > largest:
        raise refusal
    parts.reverse()

    async def again() -> Message:
        return parts.pop() if parts else await receive()

    return again
