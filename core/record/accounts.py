"""Who a token belongs to. A guest is a token, and a token is a consent; an account is a name with many tokens.

Without the `history` scope a guest's token lives in memory alone: nothing but the consent row is written.
With it `users` and `tokens` rows are written, so that the guest finds their readings after a restart. Tokens of
accounts are always written; of each only its sha256 is ever kept.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
import uuid
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import NotFound, SessionError, StoreError, Taken, Unauthorised
from core.people import Person
from core.record import consents, users
from core.record.consent_text import consent_text, hash_of
from core.record.passwords import Passwords, check_password, check_username
from core.record.store import Store, utc
from core.record.users import User
from core.settings import Settings
from core.typed import as_name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

log = logging.getLogger(__name__)

MAX_TOKENS = 10_000
"""Tokens in memory; above it the one that was used least recently goes, and its guest starts anew."""
TOKEN_BYTES = 32
TOKEN_LENGTH = 43
"""characters of `secrets.token_urlsafe(TOKEN_BYTES)`"""
DEVICE_DIGITS = 16
"""of a token's hash: enough to tell a person's tokens apart, useless for finding the token"""
ROLES = ("visitor", "facilitator", "admin")

_FIND = """
    SELECT tokens.user_id, epoch(tokens.expires_at) AS expires_at, tokens.is_active, users.role, users.username,
           consents.consent_id, consents.scopes, consents.purpose
    FROM tokens JOIN users USING (user_id)
    JOIN consents ON consents.user_id = tokens.user_id AND consents.withdrawn_at IS NULL
    WHERE tokens.token_hash = ? ORDER BY consents.given_at DESC LIMIT 1"""


class Accounts:
    """Hands out tokens and resolves them on every call."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        clock: Callable[[], float] = time.time,
        max_tokens: int = MAX_TOKENS,
    ) -> None:
        self._store = store
        self._valid_s = settings.token_hours * 3600
        self._account_valid_s = settings.account_token_days * 86_400
        self._clock = clock
        self._max_tokens = max_tokens
        self._text_hash = hash_of(consent_text(settings.is_space))
        self.passwords = Passwords()
        self._people: OrderedDict[str, Person] = OrderedDict()
        """by token hash, the least recently used first"""
        self._hashes: dict[str, set[str]] = {}
        """token hashes in memory by user_id"""
        self._leaving: Counter[str] = Counter()
        """people who are being deleted, and how often that was asked for"""
        self._changes = 0
        """writes that made what a read brings meanwhile old: it is read again then"""

    # -- coming in --------------------------------------------------------------------------------

    async def guest(self, scopes: Iterable[str], purpose: str) -> tuple[str, Person]:
        """A new token and who it stands for; returns when the consent is on disk.

        Raises SessionError or Refused for scopes and purposes that cannot be, StoreError when the consent
        cannot be written: without it nothing may be processed.
        """
        now_s = self._clock()
        consent = self._asked(uuid.uuid4().hex, scopes, purpose)
        token, person = self._new(consent, "visitor", None, now_s + self._valid_s)

        def write(connection: Connection) -> None:
            consents.give(connection, consent, now_s)
            if "history" in consent.scopes:
                users.write_account(connection, person, _hash(token), now_s)

        await self._store.execute(write)
        self._remember(_hash(token), person)
        return token, person

    async def sign_up(
        self, username: str, password: str, scopes: Iterable[str], purpose: str, role: str = "visitor"
    ) -> tuple[str, Person]:
        """A new account and its first token. Raises SessionError, Refused, Limit or StoreError.

        Taken "username_taken" for a name that is there already: a sign-up cannot hide that, rate limits slow it down.
        """
        name = check_username(username)
        check_password(password, name)
        consent = self._asked(uuid.uuid4().hex, scopes, purpose)
        password_hash = await self.passwords.hash(password)
        now_s = self._clock()
        token, person = self._new(consent, role, name, now_s + self._account_valid_s)

        def write(connection: Connection) -> None:
            if connection.execute("SELECT 1 FROM users WHERE username = ?", [name]).fetchone():
                raise Taken(f"the name {name} is taken; choose another", "username_taken")
            connection.execute(
                "INSERT INTO users (user_id, username, password_hash, role, created_at) VALUES (?, ?, ?, ?, ?)",
                [person.user_id, name, password_hash, role, utc(now_s)],
            )
            consents.give(connection, consent, now_s)
            users.write_token(connection, person, _hash(token), now_s)

        await self._store.execute(write)
        self._remember(_hash(token), person)
        return token, person

    async def log_in(
        self, username: str, password: str, scopes: Iterable[str] | None, purpose: str
    ) -> tuple[str, Person]:
        """A further token for an account; its scopes replace the consent before, None leaves that in force.

        Raises Unauthorised, or as above.

        An unknown name and a wrong password get the same answer after the same time.
        """
        rows = await self._store.read(
            "SELECT user_id, username, role, password_hash FROM users WHERE username = ?", [as_name(username[:200])]
        )
        verdict = await self.passwords.check(password, rows[0]["password_hash"] if rows else None)
        if not rows or not verdict.fits:
            raise Unauthorised("this name and password do not go together; try again", "bad_login")
        user = User(**rows[0])
        if verdict.anew:
            user = await users.renew_hash(self._store, user, verdict.anew)
        return await self.enter(user, scopes, purpose)

    async def enter(self, user: User, scopes: Iterable[str] | None, purpose: str) -> tuple[str, Person]:
        """A token for a user who has shown who they are. Raises as `log_in`.

        Without scopes the consent in force stays; where there is none, one that allows nothing is given. Whether the
        user is still there is asked inside the write: they may have been deleted while their password was checked.
        """
        asked = None if scopes is None else self._asked(user.user_id, scopes, purpose)
        now_s = self._clock()

        def write(connection: Connection) -> tuple[str, Person]:
            role = users.recheck(connection, user)
            given = asked or consents.in_force(connection, user.user_id)
            consent = given or self._asked(user.user_id, (), purpose)
            if asked or not given:
                consents.replace(connection, consent, now_s)
            token, person = self._new(consent, role, user.username, now_s + self._account_valid_s)
            users.write_token(connection, person, _hash(token), now_s)
            return token, person

        token, person = await self._store.execute(write)
        self._changes += 1
        if asked:
            self._adopt(asked)
        elif hashes := self._hashes.get(user.user_id):  # what was taken back meanwhile is in memory first
            known = self._people[next(iter(hashes))]
            person = replace(person, scopes=known.scopes, purpose=known.purpose, consent_id=known.consent_id)
        self._remember(_hash(token), person)
        return token, person

    def check_shown(self, shown: str | None) -> None:
        """`shown`: hash of the words before an answer. Raises Outdated where they are not this server's (any more)."""
        consents.check_shown(shown, self._text_hash)

    def _asked(self, user_id: str, scopes: Iterable[str], purpose: str) -> consents.Consent:
        """A checked answer to the words that this server shows."""
        return consents.new_consent(user_id, scopes, purpose, self._text_hash)

    def _new(self, consent: consents.Consent, role: str, username: str | None, expires_at: float) -> tuple[str, Person]:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        return (
            token,
            Person(
                user_id=consent.user_id,
                role=role,  # type: ignore[arg-type]  # out of ROLES
                scopes=consent.scopes,
                purpose=consent.purpose,
                consent_id=consent.consent_id,
                expires_at=expires_at,
                username=username,
                device_id=_hash(token)[:DEVICE_DIGITS],
            ),
        )

    # -- who is it --------------------------------------------------------------------------------

    async def person(self, token: str) -> Person:
        """Who this is. Raises Unauthorised: "token_expired" or "bad_token"."""
        if not isinstance(token, str) or len(token) != TOKEN_LENGTH or not token.isascii():
            raise users.unknown_token()
        return await self._holder(_hash(token))

    async def again(self, person: Person) -> Person:
        """The same by the same token as both stand now: scopes may be taken back by then. Raises Unauthorised."""
        known = [h for h in self._hashes.get(person.user_id, ()) if h.startswith(person.device_id)]
        if not known:
            find = "SELECT token_hash FROM tokens WHERE user_id = ? AND starts_with(token_hash, ?)"
            rows = await self._store.read(find, [person.user_id, person.device_id])
            known = [row["token_hash"] for row in rows]
        if not known:
            raise users.unknown_token()
        return await self._holder(known[0])

    async def _holder(self, token_hash: str) -> Person:
        """Whose token this is, from memory or else from disk. Raises Unauthorised."""
        while (person := self._people.get(token_hash)) is None:
            changes = self._changes
            found = await self._find(token_hash)
            if changes == self._changes:  # else: deleted, signed out or changed while it was read
                person = found
                break
        if person.user_id in self._leaving:
            raise users.unknown_token()
        if person.expires_at <= self._clock():
            raise Unauthorised(
                "this token has expired; sign in again, or ask for a new one at POST /api/guest", "token_expired"
            )
        self._remember(token_hash, person)
        return person

    async def change_scopes(self, person: Person, scopes: Iterable[str], purpose: str | None = None) -> Person:
        """Replace the consent, and the purpose where one is named, at once: the former row is marked withdrawn.

        Giving more waits for the disk and raises StoreError when it refuses. Taking back is in force in any
        case, and its row is written as soon as the disk allows. It holds for all of a person's devices. Raises
        Unauthorised for somebody who was deleted meanwhile.
        """
        now_s = self._clock()
        hashes = sorted(self._hashes.get(person.user_id, ()))
        before = self._people[hashes[0]] if hashes else person
        consent = self._asked(person.user_id, scopes, person.purpose if purpose is None else purpose)
        changed = replace(person, scopes=consent.scopes, purpose=consent.purpose, consent_id=consent.consent_id)
        takes_back = consent.scopes <= before.scopes
        if takes_back:
            self._adopt(consent)

        def write(connection: Connection) -> None:
            if not consents.has_any(connection, person.user_id):
                raise users.unknown_token()
            consents.replace(connection, consent, now_s)
            if hashes and changed.username is None and "history" in consent.scopes:
                users.write_account(connection, changed, hashes[0], now_s)

        try:
            await self._store.execute(write, keep=takes_back)
        except StoreError:
            if not takes_back:
                raise
            log.warning("consent %s is in force but not on disk yet", consent.consent_id)
        self._changes += 1
        latest = self._people.get(hashes[0]) if hashes else None
        if latest and latest.consent_id in (before.consent_id, consent.consent_id):  # else: changed again meanwhile
            self._adopt(consent)
        return changed

    def _adopt(self, consent: consents.Consent) -> None:
        """The new scopes, for every device of this person."""
        for token_hash in self._hashes.get(consent.user_id, ()):
            known = self._people[token_hash]
            self._people[token_hash] = replace(
                known, scopes=consent.scopes, purpose=consent.purpose, consent_id=consent.consent_id
            )

    async def _find(self, token_hash: str) -> Person:
        """A token from before a restart, or from before it fell out of memory."""
        rows = await self._store.read(_FIND, [token_hash])
        if not rows or not rows[0]["is_active"]:
            raise users.unknown_token()
        row = rows[0]
        return Person(
            user_id=row["user_id"],
            role=row["role"],
            scopes=frozenset(row["scopes"]),
            purpose=row["purpose"],
            consent_id=row["consent_id"],
            expires_at=row["expires_at"],
            username=row["username"],
            device_id=token_hash[:DEVICE_DIGITS],
        )

    # -- going out --------------------------------------------------------------------------------

    async def revoke(self, user_id: str, device_id: str | None = None) -> int:
        """End one token of a person, or all; in force at once. Returns how many. Raises NotFound for an unknown one."""
        known = {h for h in self._hashes.get(user_id, set()) if device_id in (None, h[:DEVICE_DIGITS])}
        for token_hash in known:
            self._let_go(token_hash)
        where = "user_id = ? AND is_active" + ("" if device_id is None else " AND left(token_hash, ?) = ?")
        given = [user_id] if device_id is None else [user_id, DEVICE_DIGITS, device_id]

        def write(connection: Connection) -> set[str]:
            statement = f"UPDATE tokens SET is_active = false WHERE {where} RETURNING token_hash"  # noqa: S608
            return {row[0] for row in connection.execute(statement, given).fetchall()}

        ended = known | await self._store.execute(write, keep=True)
        self._changes += 1
        for token_hash in ended:  # one that was looked up while the row was written
            self._let_go(token_hash)
        if device_id is not None and not ended:
            raise NotFound("there is no such device among yours; GET /api/me lists them")
        return len(ended)

    @contextmanager
    def leaving(self, user_id: str) -> Iterator[None]:
        """Around the deletion of a person: none of their tokens is accepted from now on, nor while bytes still go.

        Where it fails before their rows are gone, the tokens are good again.
        """
        self._leaving[user_id] += 1
        try:
            yield
        finally:
            self.forget(user_id)
            self._leaving -= Counter((user_id,))

    def forget(self, user_id: str) -> None:
        """Every token of a person leaves the memory: their rows are gone, or others."""
        self._changes += 1
        for token_hash in list(self._hashes.get(user_id, ())):
            self._let_go(token_hash)

    async def change_password(self, person: Person, old: str, new: str) -> None:
        """All other devices have to sign in again. Raises Unauthorised for a wrong old one, SessionError (400).

        Unauthorised too where the account was deleted, got another password or signed this device out while the
        hashes were made: that is asked inside the write, as the name may be another's by then.
        """
        if person.username is None:
            raise SessionError("a guest has no password; sign up first", "no_account")
        user = await users.read_user(self._store, person.user_id)
        if not (await self.passwords.check(old, user.password_hash if user else None)).fits or user is None:
            raise Unauthorised("the present password is another; try again", "bad_login")

        def recheck(connection: Connection) -> None:
            users.recheck(connection, user)
            users.recheck_device(connection, person)

        await self._set_password(user, new, recheck, spare=person.device_id)

    async def set_password(self, name: str, new: str) -> None:
        """For an admin at the shell, by user name or id; ends every token. Raises NotFound, also for who left since."""
        user = await users.read_user(self._store, await users.find_user(self._store, name))
        if user is None:
            raise NotFound(f"there is no user {name}")

        def recheck(connection: Connection) -> None:
            if not users.is_there(connection, user.user_id):
                raise NotFound(f"there is no user {name}")

        await self._set_password(user, new, recheck)

    async def _set_password(self, user: User, new: str, recheck: Callable[[Connection], None], spare: str = "") -> None:
        """Of this user, whoever has the name by then; ends every token but `spare`. `recheck` raises in the write."""
        check_password(new, user.username or "")
        password_hash = await self.passwords.hash(new)

        def write(connection: Connection) -> None:
            recheck(connection)
            connection.execute("UPDATE users SET password_hash = ? WHERE user_id = ?", [password_hash, user.user_id])
            connection.execute(
                "UPDATE tokens SET is_active = false WHERE user_id = ? AND (? = '' OR NOT starts_with(token_hash, ?))",
                [user.user_id, spare, spare],
            )

        await self._store.execute(write)
        self._changes += 1
        for token_hash in list(self._hashes.get(user.user_id, ())):
            if not spare or not token_hash.startswith(spare):
                self._let_go(token_hash)

    # -- memory -----------------------------------------------------------------------------------

    def _remember(self, token_hash: str, person: Person) -> None:
        self._people[token_hash] = person
        self._people.move_to_end(token_hash)
        self._hashes.setdefault(person.user_id, set()).add(token_hash)
        while len(self._people) > self._max_tokens:
            self._let_go(next(iter(self._people)))

    def _let_go(self, token_hash: str) -> None:
        person = self._people.pop(token_hash, None)
        if person is None:
            return
        hashes = self._hashes.get(person.user_id, set())
        hashes.discard(token_hash)
        if not hashes:
            self._hashes.pop(person.user_id, None)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
