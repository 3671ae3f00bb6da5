"""Who is asking, and how often they may: shared by every REST route."""

from __future__ import annotations

import time
from collections import OrderedDict

from fastapi import Request

from core.errors import Limit, NotFound, Refused
from core.services import Services
from core.transports.clock import RateLimit
from core.types import Person

ADDRESSES = 10_000
"""addresses or names whose rate is remembered; the longest unseen goes first"""


def bearer(request: Request) -> str:
    """The token of `Authorization: Bearer …`. Raises Refused (401)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        refusal = Refused("send your token as Authorization: Bearer …; POST /api/guest gives one", code="no_token")
        refusal.status = 401
        raise refusal
    return token.strip()


async def asking(request: Request, services: Services) -> Person:
    """The person behind the request. Raises Refused (401)."""
    return await services.accounts.person(bearer(request))


async def asking_admin(request: Request, services: Services) -> Person:
    """Raises NotFound for everybody else: to them these routes do not exist."""
    person = await asking(request, services)
    if person.role != "admin":
        raise NotFound("there is nothing here")
    return person


def address_of(request: Request) -> str:
    """The client's address, as far as the trusted proxies tell."""
    return request.client.host if request.client else "unknown"


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
