"""How many may come in: in all, of one person and from one address, and a clear word when a limit is reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from core.errors import Limit

Kind = Literal["live", "clip", "upload", "predict"]
Bound = Literal["person", "address", "server"]
"""whose places are all taken"""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has a place."""

    user_id: str = ""
    """empty where nobody is known: they count by address alone"""
    address: str = ""
    """as limits count it; empty where none is known: they count by person alone"""

    def is_within(self, bound: Bound, newcomer: Owner) -> bool:
        """Whether a place of this owner counts towards the limit that a newcomer meets."""
        if bound == "person":
            return self.user_id == newcomer.user_id
        return bound == "server" or self.address == newcomer.address


@dataclass(frozen=True, slots=True)
class Places:
    """Of one kind; None where only the whole counts."""

    in_all: int
    per_person: int | None = None
    per_address: int | None = None


class Admission:
    """Counts who is in. Not a queue: whoever is refused asks again."""

    def __init__(self, places: Mapping[Kind, Places]) -> None:
        self._places = places
        self.inside: Counter[Kind] = Counter()
        self._of_person: Counter[tuple[Kind, str]] = Counter()
        self._of_address: Counter[tuple[Kind, str]] = Counter()

    def bound(self, kind: Kind, owner: Owner) -> Bound | None:
        """Which limit this owner would meet; the narrowest first, None where there is a place."""
        places = self._places[kind]
        if owner.user_id and _is_reached(self._of_person[kind, owner.user_id], places.per_person):
            return "person"
        if owner.address and _is_reached(self._of_address[kind, owner.address], places.per_address):
            return "address"
        return "server" if self.inside[kind] >= places.in_all else None

    def enter(self, kind: Kind, owner: Owner) -> None:
        """Raises Limit when all places are taken, or all of this owner."""
        places = self._places[kind]
        match self.bound(kind, owner):
            case "person":
                told = f"you hold {places.per_person} places already, all that one person may; end one of them first"
                raise Limit(told, "too_many_sessions")
            case "address":
                told = f"from your network all {places.per_address} places that it may have are taken; try again later"
                raise Limit(told, "too_many_sessions")
            case "server":
                told = f"all {places.in_all} places are taken; please try again in a few minutes"
                raise Limit(told, "server_full")
        self._count(kind, owner, 1)

    def leave(self, kind: Kind, owner: Owner) -> None:
        """The place is free again."""
        self._count(kind, owner, -1)

    @contextmanager
    def place(self, kind: Kind, owner: Owner) -> Iterator[None]:
        """A place for as long as it lasts. Raises Limit."""
        self.enter(kind, owner)
        try:
            yield
        finally:
            self.leave(kind, owner)

    def _count(self, kind: Kind, owner: Owner, change: int) -> None:
        self.inside[kind] += change
        for counter, key in ((self._of_person, (kind, owner.user_id)), (self._of_address, (kind, owner.address))):
            counter[key] += change
            if not counter[key]:
                del counter[key]


def _is_reached(count: int, limit: int | None) -> bool:
    return limit is not None and count >= limit
