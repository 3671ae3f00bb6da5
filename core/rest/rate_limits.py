"""How often somebody may ask, and how much may be under way at once: by address, or by name."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Request

from core.addresses import group_of
from core.errors import Limit
from core.transports.clock import RateLimit

ADDRESSES = 10_000
"""addresses or names whose rate is remembered; the longest unseen goes first"""


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
