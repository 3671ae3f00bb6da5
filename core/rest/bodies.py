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


@asynccontextmanager
async def in_time(advice: str) -> AsyncIterator[Callable[[int], None]]:
    """Around the reading of a body; call what it gives with the bytes so far. Raises Limit "too_slow"."""
    began_s = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout_at(began_s + min(PATIENCE_S, UPLOAD_S)) as limit:
            yield lambda size: limit.reschedule(began_s + min(PATIENCE_S + size / LEAST_BYTES_PER_S, UPLOAD_S))
    except TimeoutError:
        raise Limit(f"the upload was too slow (at most {UPLOAD_S / 60:g} minutes); {advice}", "too_slow") from None


async def read_body(request: Request, largest_mb: float, advice: str) -> io.BytesIO:
    """The whole raw body in memory, refused as soon as it is too large, slow or broken off.

    Raises TooLarge, Limit "too_slow", SessionError "upload_broken".

    `advice` says what to do instead, such as "send a shorter clip". For routes in Guard's OWN_LIMIT.
    """
    largest = round(largest_mb * 1e6)
    refusal = TooLarge(f"a body here may have {largest_mb:g} MB; {advice}")
    stated = request.headers.get("content-length", "")
    if stated.isdigit() and int(stated) > largest:
        raise refusal
    body = io.BytesIO()
    try:
        async with in_time(advice) as has_come:
            async for part in request.stream():
                body.write(part)
                if body.tell() > largest:
                    raise refusal
                has_come(body.tell())
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
    async with in_time("send less") as has_come:
        while True:
            message = await receive()
            size += len(message.get("body", b""))
            has_come(size)
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
