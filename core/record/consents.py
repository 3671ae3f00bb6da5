"""What a person agreed to: one ledger row for each answer, with the version and hash of the words that were shown.

A row is never changed but for `withdrawn_at`; another choice is another row.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from core.errors import Outdated, Refused, SessionError
from core.people import PURPOSES, REFUSED_PURPOSES, SCOPES, Scope
from core.record.consent_text import CONSENT_VERSION, ENGLISH, hash_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

TEXT_HASH = hash_of(ENGLISH)
"""of the words as a server shows them whose disk outlives a restart"""


@dataclass(frozen=True, slots=True)
class Consent:
    consent_id: str
    user_id: str
    scopes: frozenset[Scope]
    purpose: str
    text_hash: str = TEXT_HASH
    """of the words that were shown, see core/record/consent_text.py"""


def check_scopes(scopes: Iterable[str]) -> frozenset[Scope]:
    """The scopes as a set. Raises SessionError (400) for unknown ones, Refused (403) for `train`."""
    asked = {scopes} if isinstance(scopes, str) else {str(scope) for scope in scopes}
    unknown = ", ".join(sorted(asked.difference(SCOPES)))
    if unknown:
        raise SessionError(f"expected scopes out of {', '.join(SCOPES)}; got {unknown:.80}", "unknown_scope")
    if "train" in asked:
        raise Refused(
            "keeping pictures and sound for training is switched off on this server; leave out the scope train",
            "scope_refused",
        )
    if "text" in asked and "history" not in asked:
        raise SessionError(
            "the scope text (keep words) needs history (keep readings); add history or leave out text",
            "scope_needs_history",
        )
    return frozenset(cast("set[Scope]", asked))


def check_purpose(purpose: str) -> str:
    """The purpose itself. Raises Refused (403) for work and education, SessionError (400) for unknown ones."""
    if purpose in REFUSED_PURPOSES:
        raise Refused(ENGLISH.refused, "purpose_refused")
    if purpose not in PURPOSES:
        raise SessionError(f"expected a purpose out of {', '.join(PURPOSES)}; got {purpose!r:.40}", "unknown_purpose")
    return purpose


def check_shown(shown: str | None, text_hash: str) -> None:
    """Whether the words that were shown are the words that are kept with the answer; None: a client does not say.

    Raises Outdated (409): the server has other words by now than the card, which was opened before.
    """
    if shown is not None and shown != text_hash:
        raise Outdated(
            "what you are asked has changed since it was shown to you; load it anew, read it, and answer again",
            "consent_changed",
        )


def new_consent(user_id: str, scopes: Iterable[str], purpose: str, text_hash: str = TEXT_HASH) -> Consent:
    """A checked answer, not yet written down."""
    return Consent(uuid.uuid4().hex, user_id, check_scopes(scopes), check_purpose(purpose), text_hash)


def give(connection: Connection, consent: Consent, now_s: float) -> None:
    """Write the row; run by the store's writer (`await store.execute(...)`). `now_s` is UTC since the epoch."""
    connection.execute(
        "INSERT INTO consents (consent_id, user_id, version, text_hash, scopes, purpose, given_at)"
        " VALUES (?, ?, ?, ?, ?, ?, make_timestamp(?))",
        [
            *(consent.consent_id, consent.user_id, CONSENT_VERSION, consent.text_hash),
            *(sorted(consent.scopes), consent.purpose, round(now_s * 1e6)),
        ],
    )


def in_force(connection: Connection, user_id: str) -> Consent | None:
    """The person's newest answer that is not withdrawn."""
    row = connection.execute(
        "SELECT consent_id, scopes, purpose, text_hash FROM consents"
        " WHERE user_id = ? AND withdrawn_at IS NULL ORDER BY given_at DESC LIMIT 1",
        [user_id],
    ).fetchone()
    return None if row is None else Consent(row[0], user_id, frozenset(row[1]), row[2], row[3])


def has_any(connection: Connection, user_id: str) -> bool:
    """Whether this person was ever asked; false once they were deleted."""
    return connection.execute("SELECT 1 FROM consents WHERE user_id = ? LIMIT 1", [user_id]).fetchone() is not None


def replace(connection: Connection, consent: Consent, now_s: float) -> None:
    """Mark the person's former answer withdrawn and write the new one; in one transaction, run by the writer."""
    connection.execute(
        "UPDATE consents SET withdrawn_at = make_timestamp(?) WHERE user_id = ? AND withdrawn_at IS NULL",
        [round(now_s * 1e6), consent.user_id],
    )
    give(connection, consent, now_s)
