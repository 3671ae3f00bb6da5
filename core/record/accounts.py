"""Who a token belongs to. Guests only: a person is a token, and a token is a consent.

Without the `history` scope a token lives in memory alone: nothing but the consent row is written.
With it `users` and `tokens` rows are written, so that the guest finds their readings after a restart.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import Refused, StoreError
from core.record import consents
from core.record.store import Store, utc
from core.settings import Settings
from core.types import Person

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

log = logging.getLogger(__name__)

MAX_TOKENS = 10_000
"""Tokens in memory; above it the one that was used least recently goes, and its guest starts anew."""
TOKEN_BYTES = 32
TOKEN_LENGTH = 43
"""characters of `secrets.token_urlsafe(TOKEN_BYTES)`"""

_FIND = """
    SELECT tokens.user_id, epoch(tokens.expires_at) AS expires_at, tokens.is_active, users.role, users.username,
           consents.consent_id, consents.scopes, consents.purpose
    FROM tokens JOIN users USING (user_id)
    JOIN consents ON consents.user_id = tokens.user_id AND consents.withdrawn_at IS NULL
    WHERE tokens.token_hash = ? ORDER BY consents.given_at DESC LIMIT 1"""


class Accounts:
    """Hands out tokens and resolves them on every call; only a token's sha256 is ever kept."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        clock: Callable[[], float] = time.time,
        max_tokens: int = MAX_TOKENS,
    ) -> None:
        self._store = store
        self._valid_s = settings.token_hours * 3600
        self._clock = clock
        self._max_tokens = max_tokens
        self._people: OrderedDict[str, Person] = OrderedDict()
        """by token hash, the least recently used first"""
        self._hashes: dict[str, str] = {}
        """token hash by user_id; a guest has one token"""

    async def guest(self, scopes: Iterable[str], purpose: str) -> tuple[str, Person]:
        """A new token and who it stands for; returns when the consent is on disk.

        Raises SessionError or Refused for scopes and purposes that cannot be, StoreError when the consent
        cannot be written: without it nothing may be processed.
        """
        now_s = self._clock()
        token = secrets.token_urlsafe(TOKEN_BYTES)
        consent = consents.new_consent(uuid.uuid4().hex, scopes, purpose)
        person = Person(
            user_id=consent.user_id,
            role="visitor",
            scopes=consent.scopes,
            purpose=consent.purpose,
            consent_id=consent.consent_id,
            expires_at=now_s + self._valid_s,
        )

        def write(connection: Connection) -> None:
            consents.give(connection, consent, now_s)
            if "history" in consent.scopes:
                _write_account(connection, person, _hash(token), now_s)

        await self._store.execute(write)
        self._remember(_hash(token), person)
        return token, person

    async def person(self, token: str) -> Person:
        """Who this is. Raises Refused (401), "token_expired" or "bad_token"."""
        if not isinstance(token, str) or len(token) != TOKEN_LENGTH or not token.isascii():
            raise _unknown()
        token_hash = _hash(token)
        person = self._people.get(token_hash) or await self._find(token_hash)
        if person.expires_at <= self._clock():
            raise _unauthorised("this token has expired; ask for a new one at POST /api/guest", "token_expired")
        # while the database was asked, a change of scopes may have put a newer one there
        person = self._people.get(token_hash, person)
        self._remember(token_hash, person)
        return person

    async def change_scopes(self, person: Person, scopes: Iterable[str]) -> Person:
        """Replace the consent at once: the former row is marked withdrawn, a new one is written.

        Giving more waits for the disk and raises StoreError when it refuses. Taking back is in force in any
        case, and its row is written as soon as the disk allows.
        """
        now_s = self._clock()
        token_hash = self._hashes.get(person.user_id)
        before = person if token_hash is None else self._people[token_hash]
        consent = consents.new_consent(person.user_id, scopes, person.purpose)
        changed = replace(before, scopes=consent.scopes, consent_id=consent.consent_id)
        takes_back = consent.scopes <= before.scopes
        if takes_back and token_hash is not None:
            self._remember(token_hash, changed)

        def write(connection: Connection) -> None:
            consents.replace(connection, consent, now_s)
            if token_hash is not None and "history" in consent.scopes:
                _write_account(connection, changed, token_hash, now_s)

        try:
            await self._store.execute(write, keep=takes_back)
        except StoreError:
            if not takes_back:
                raise
            log.warning("consent %s is in force but not on disk yet", consent.consent_id)
        if token_hash is not None and self._people.get(token_hash) is before:  # else: changed again meanwhile
            self._remember(token_hash, changed)
        return changed

    async def _find(self, token_hash: str) -> Person:
        """A guest with `history` from before a restart."""
        rows = await self._store.read(_FIND, [token_hash])
        if not rows or not rows[0]["is_active"]:
            raise _unknown()
        row = rows[0]
        return Person(
            user_id=row["user_id"],
            role=row["role"],
            scopes=frozenset(row["scopes"]),
            purpose=row["purpose"],
            consent_id=row["consent_id"],
            expires_at=row["expires_at"],
            username=row["username"],
        )

    def _remember(self, token_hash: str, person: Person) -> None:
        self._people[token_hash] = person
        self._people.move_to_end(token_hash)
        self._hashes[person.user_id] = token_hash
        while len(self._people) > self._max_tokens:
            self._let_go(next(iter(self._people)))

    def _let_go(self, token_hash: str) -> None:
        person = self._people.pop(token_hash, None)
        if person is not None and self._hashes.get(person.user_id) == token_hash:
            del self._hashes[person.user_id]


def _write_account(connection: Connection, person: Person, token_hash: str, now_s: float) -> None:
    """The rows by which a guest with `history` is known after a restart; nothing when they are there."""
    connection.execute(
        "INSERT INTO users (user_id, role, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [person.user_id, person.role, utc(now_s)],
    )
    connection.execute(
        "INSERT INTO tokens (token_hash, user_id, created_at, expires_at, is_active) VALUES (?, ?, ?, ?, true)"
        " ON CONFLICT DO NOTHING",
        [token_hash, person.user_id, utc(now_s), utc(person.expires_at)],
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _unknown() -> Refused:
    return _unauthorised("this token is not known here; ask for a new one at POST /api/guest", "bad_token")


def _unauthorised(message: str, code: str) -> Refused:
    error = Refused(message, code)
    error.status = 401
    return error
