"""Who is asking, how often they may, and how much they may send: shared by every REST route."""

from __future__ import annotations

import asyncio
import io
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from fastapi import Request
from starlette.requests import ClientDisconnect

from core.addresses import group_of
from core.errors import Limit, NotFound, SessionError, TooLarge, Unauthorised
from core.people import Person
from core.services import Services
from core.transports.clock import RateLimit

ADDRESSES = 10_000
"""addresses or names whose rate is remembered; the longest unseen goes first"""
UPLOAD_S = 600.0
"""a body that is not whole by then is let go"""
PATIENCE_S = 20.0
"""so long a sender may be silent at first; after that it must have sent LEAST_BYTES_PER_S on average"""
LEAST_BYTES_PER_S = 32_000
"""a poor mobile uplink; whoever sends less only holds the place of another"""


def bearer(request: Request) -> str:
    """The token of `Authorization: Bearer …`. Raises Unauthorised."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorised("send your token as Authorization: Bearer …; POST /api/guest gives one", "no_token")
    return token.strip()


async def asking(request: Request, services: Services) -> Person:
    """The person behind the request. Raises Unauthorised."""
    return await services.accounts.person(bearer(request))


async def asking_admin(request: Request, services: Services) -> Person:
    """Raises NotFound for everybody else: to them these routes do not exist."""
    person = await asking(request, services)
    if person.role != "admin":
        raise NotFound("there is nothing here")
    return person


def host_of(request: Request) -> str:
    """The client's own address, as far as the trusted proxies tell; empty where there is none."""
    return request.client.host if request.client else ""


def address_of(request: Request) -> str:
    """The same as limits count it."""
    return group_of(host_of(request))


class Doorkeeper:
    """So many admissions per key (an address, a name) and minute."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._rates: OrderedDict[str, RateLimit] = OrderedDict()

    def admit(self, key: str) -> None:
        """Raises Limit."""
        rate = self._rates.setdefault(key, RateLimit(self._per_minute))
        self._rates.move_to_end(key)
        if len(self._rates) > ADDRESSES:
            self._rates.popitem(last=False)
        if not rate.take(time.monotonic() / 60):
            raise Limit("too many requests of this kind in this minute; wait a moment", code="rate_limited")


class Crowd:
    """How much is under way from one address: requests being answered, and open sockets."""

    def __init__(self, per_address: int) -> None:
        self._per_address = per_address
        self._inside: Counter[str] = Counter()

    @contextmanager
    def place(self, address: str) -> Iterator[None]:
        """Held until it is answered. Raises Limit."""
        if self._inside[address] >= self._per_address:
            raise Limit("too much of yours is under way at once; wait until some of it has ended", "too_many")
        self._inside[address] += 1
        try:
            yield
        finally:
            self._inside[address] -= 1
            if not self._inside[address]:
                del self._inside[address]


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
