"""Answers sent while they are written: neither a long session nor a slow download is held in memory."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from core.errors import AppError
from core.people import Person
from core.rest.aside import Aside

log = logging.getLogger(__name__)

PIECE_BYTES = 64_000
"""sent at a time"""
STALLED_S = 30.0
"""a client that takes no piece for so long is let go"""
LONGEST_S = 1800.0
"""a hundred hours of readings at 1 MB/s; whoever has not got it by then only holds the place of another"""


def next_piece(parts: Iterator[bytes]) -> bytes:
    """The next PIECE_BYTES or so; empty at the end. Runs on a thread of its kind's own."""
    piece = bytearray()
    for part in parts:
        piece += part
        if len(piece) >= PIECE_BYTES:
            break
    return bytes(piece)


async def pieces(
    aside: Aside, first: bytes, parts: Iterator[bytes], again: Callable[[], Awaitable[Person]]
) -> AsyncIterator[bytes]:
    """Each only for who is still signed in: a download may take longer than that. Raises Unauthorised."""
    piece = first
    while piece:
        await again()
        yield piece
        piece = await aside.run(next_piece, parts)
    await again()  # rows that were deleted meanwhile make no whole file


def _nothing() -> None:
    """No place was taken."""


class Download(StreamingResponse):
    """What is sent while it is written; it holds its place until the last piece is out, or the client is gone.

    What goes wrong after the first piece can only be told by breaking off, which every client takes for a failure.
    """

    def __init__(
        self,
        content: AsyncIterator[bytes],
        media_type: str,
        headers: Mapping[str, str] | None = None,
        leave: Callable[[], None] = _nothing,
    ) -> None:
        """`leave` is called once, at the end."""
        super().__init__(content, media_type=media_type, headers={"Cache-Control": "no-store", **(headers or {})})
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(STALLED_S):
                await send(message)

        try:
            async with asyncio.timeout(LONGEST_S):
                await super().__call__(scope, receive, send_in_time)
        except* (AppError, TimeoutError) as errors:
            log.warning("a download broke off (%s)", ", ".join(type(error).__name__ for error in errors.exceptions))
        finally:
            self._leave()
