"""Names and passwords: what is accepted, and argon2id off the event loop, one at a time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from core.errors import Limit, SessionError
from core.typed import as_name, as_password, password_forms, trimmed

if TYPE_CHECKING:
    from argon2 import PasswordHasher

T = TypeVar("T")

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,31}")
RESERVED = {"admin", "administrator", "root", "system", "attune", "guest", "anonymous", "me", "api", "support"}
COST = (3, 65_536, 4)
"""passes, KiB and lanes of a hash: RFC 9106's low-memory choice, about 0.3 s of one core"""
SHORTEST, LONGEST = 10, 200
"""characters of a password"""
MAX_WAITING = 12
"""checks in line; at 0.3 s each nobody waits longer than a few seconds"""
WEAK = 2
"""zxcvbn's score (0 to 4) from which a password is accepted"""


def check_username(name: str) -> str:
    """The name as it is kept. Raises SessionError for anything but 3 to 32 plain letters, digits, ".", "_", "-"."""
    plain = as_name(name) if len(name) <= LONGEST else ""
    if not trimmed(name).isascii() or not NAME.fullmatch(plain):
        raise SessionError(
            "expected a name of 3 to 32 letters a to z, digits, dots, dashes or underscores, beginning with a letter "
            "or digit; choose another",
            "bad_username",
        )
    if plain in RESERVED:
        raise SessionError(f"the name {plain} is reserved; choose another", "bad_username")
    return plain


def check_password(password: str, username: str) -> str:
    """The password as it is hashed. Raises SessionError for one that is short, common, or made of the name."""
    from zxcvbn import zxcvbn

    password = as_password(password)
    if not SHORTEST <= len(password) <= LONGEST:
        raise SessionError(f"expected a password of {SHORTEST} to {LONGEST} characters", "weak_password")
    if zxcvbn(password[:72], user_inputs=[username, "attune"])["score"] < WEAK:
        raise SessionError("this password is easily guessed; a few unusual words together do well", "weak_password")
    return password


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password fits a hash."""

    fits: bool
    anew: str = ""
    """where it fits a hash of before passwords had one form: the hash to keep from now on"""


class Passwords:
    """Makes and checks hashes, of passwords in one form however they were typed."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="passwords")
        self._waiting = 0
        self._hasher: PasswordHasher | None = None
        self._nobodys = ""
        """a hash for names that do not exist, so that the answer takes as long"""

    async def hash(self, password: str) -> str:
        """PHC string. Raises Limit when too many wait."""
        return await self._run(self._hash, password)

    async def check(self, password: str, password_hash: str | None) -> Verdict:
        """It does not fit, after the same time, where there is no hash. Raises Limit when too many wait."""
        return await self._run(self._check, password, password_hash)

    async def _run(self, work: Callable[..., T], *given: object) -> T:
        if self._waiting >= MAX_WAITING:
            raise Limit("many people are signing in right now; try again in a moment", "busy")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, work, *given)
        finally:
            self._waiting -= 1

    def _ready(self) -> PasswordHasher:
        if self._hasher is None:
            from argon2 import PasswordHasher

            self._hasher = PasswordHasher(*COST)
            self._nobodys = self._hasher.hash("nobody has this password")
        return self._hasher

    def _hash(self, password: str) -> str:
        return self._ready().hash(as_password(password))

    def _check(self, password: str, password_hash: str | None) -> Verdict:
        now, *before = [form[: LONGEST + 1] for form in password_forms(password)]
        if self._matches(now, password_hash):
            return Verdict(fits=True)
        if any(self._matches(form, password_hash) for form in before):
            return Verdict(fits=True, anew=self._hash(now))
        return Verdict(fits=False)

    def _matches(self, password: str, password_hash: str | None) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        hasher = self._ready()
        try:
            return hasher.verify(password_hash or self._nobodys, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False

    def close(self) -> None:
        """Let the thread go."""
        self._worker.shutdown(wait=False, cancel_futures=True)
