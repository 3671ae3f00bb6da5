"""How much is kept of one person, held against a limit: counted once when a session opens, then as readings come in.

Sizes are what rows take in the file on average, plus the text in them: an estimate that costs nothing, since what the
file really holds of one person cannot be told apart.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from math import inf
from typing import TYPE_CHECKING, Literal

from core.record.columns import TABLES, Kept, SealedMessage
from core.types import Estimate, Fault, FusedEstimate, Marker, SelfReport

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

ROW_BYTES: dict[type[Kept], int] = {
    **{Estimate: 220, FusedEstimate: 200},  # mostly 14 probabilities of four bytes, hard to compress, and its times
    **{Marker: 60, SelfReport: 60, SealedMessage: 100, Fault: 100},
}
MOST_GUESTS = 100_000
"""whose address is remembered, in memory; at 60 a minute from an address a day of them"""
Reached = Literal["", "person", "address"]
SESSION_BYTES = 300
"""its settings above all"""
_TEXTS: dict[type[Kept], str] = {Marker: "label", SealedMessage: "content", Fault: "message"}
"""the column whose length counts too"""


def bytes_of(event: Kept) -> int:
    """What one more row takes; a text that is none counts nothing here, the writer refuses its row."""
    column = _TEXTS.get(type(event))
    text = getattr(event, column) if column else b""
    size = len(text.encode("utf-8", "replace")) if isinstance(text, str) else len(text or b"")
    return ROW_BYTES[type(event)] + size


def _sum_of(kind: type[Kept]) -> str:
    column = _TEXTS.get(kind)
    measure = "octet_length" if kind is SealedMessage else "strlen"
    text = f" + coalesce(sum({measure}({column})), 0)" if column else ""
    rows = f"FROM {TABLES[kind].name} WHERE session_id IN (SELECT session_id FROM own)"  # noqa: S608 - names of our own
    return f"(SELECT count(*) * {ROW_BYTES[kind]}{text} {rows})"


STORED = f"""
    WITH own AS (SELECT session_id, note FROM sessions WHERE user_id = ?)
    SELECT {" + ".join(map(_sum_of, ROW_BYTES))}
        + (SELECT count(*) * {SESSION_BYTES} + coalesce(sum(octet_length(note)), 0) FROM own) AS stored"""  # noqa: S608
"""bytes that are stored of the person ?"""


class Quota:
    """Of the people of whom something is being kept now; used from one thread, the event loop's.

    New guests cost nothing, so those of one address have a limit together. It is kept in memory alone, as addresses
    are never stored: it counts guests of whom something was kept since the start.
    """

    def __init__(self, max_bytes: float, max_of_address: float = inf) -> None:
        self.max_bytes = max_bytes
        self.max_of_address = max_of_address
        self._stored: dict[str, int] = {}
        self._origins: OrderedDict[str, str] = OrderedDict()
        """address of each guest, the longest here first"""
        self._of_guest: dict[str, int] = {}
        self._of_address: Counter[str] = Counter()

    def came_from(self, user_id: str, address: str) -> None:
        """A new guest; `address` as limits count it."""
        self._origins[user_id] = address
        if len(self._origins) > MOST_GUESTS:
            self.left(next(iter(self._origins)))

    def left(self, user_id: str) -> None:
        """Nothing is kept of this guest any more."""
        self._count_guest(user_id, 0)
        self._of_guest.pop(user_id, None)
        self._origins.pop(user_id, None)

    def count(self, user_id: str, stored: int) -> None:
        """So much is on disk of this person."""
        self._stored[user_id] = stored
        self._count_guest(user_id, stored)

    def takes(self, user_id: str, event: Kept) -> bool:
        """Whether there is room for this one too; it is counted then."""
        if self.reached(user_id):
            return False
        self.count(user_id, self._stored.get(user_id, 0) + bytes_of(event))
        return True

    def reached(self, user_id: str) -> Reached:
        """Whose limit keeps anything more of this person from being kept until something is deleted; "" for none."""
        if self._stored.get(user_id, 0) >= self.max_bytes:
            return "person"
        address = self._origins.get(user_id)
        return "address" if address is not None and self._of_address[address] >= self.max_of_address else ""

    def people(self) -> list[str]:
        """Of whom something is being kept now."""
        return list(self._stored)

    def forget(self, user_id: str) -> None:
        """Nothing is being kept of this person any more; what is kept already stays."""
        self._stored.pop(user_id, None)

    def _count_guest(self, user_id: str, stored: int) -> None:
        address = self._origins.get(user_id)
        if address is None:
            return
        self._of_address[address] += stored - self._of_guest.get(user_id, 0)
        self._of_guest[user_id] = stored
        if self._of_address[address] <= 0:
            del self._of_address[address]


def stored_bytes(connection: Connection, user_id: str) -> int:
    """How much is kept of a person, run by the writer."""
    row = connection.execute(STORED, [user_id]).fetchone()
    return int(row[0]) if row else 0
