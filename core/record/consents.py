"""What a person agreed to: the words shown on the page, and one ledger row for each answer.

A row is never changed but for `withdrawn_at`; another choice is another row.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from core.errors import Refused, SessionError
from core.types import PURPOSES, REFUSED_PURPOSES, SCOPES, Scope

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

CONSENT_VERSION = "2026-11-26"
"""Changes with every change of the words below; rows keep it beside the hash of the text."""

CONSENT_NOTICE = (
    "Attune looks at your expression through the camera and listens through the microphone, as far as you allow it, "
    "and shows what a machine makes of it while you watch. A machine estimates emotional expression here. It sees a "
    "face, a voice and words, not what you feel, and it can be wrong."
)
"""What this does in two sentences, then the notice of Regulation (EU) 2024/1689, Art. 50(3)."""

CONSENT_PRIVACY = (
    "Pictures and sound are used in the moment and never saved. You can pause, change these choices or stop at any "
    "time, without giving a reason."
)

SCOPE_TEXTS: dict[Scope, str] = {
    "camera": "Use my camera to estimate the expression in my face.",
    "microphone": "Use my microphone to estimate the expression in my voice, and to write down and answer what I say.",
    "history": "Keep my readings, so that I can look back at them.",
    "text": "Keep my words as well. This needs kept readings.",
    "observe": "Let a facilitator follow my readings while I am here.",
    "device": "Take readings that my own device made; picture and sound then stay on it.",
    "train": "Keep my pictures and sound, encrypted, to improve the models. This is switched off everywhere.",
}
"""One sentence beside each switch."""

PURPOSE_TEXTS = {
    "self": "To see for myself",
    "research": "Research, with people who agreed to take part",
    "art": "Art or play",
    "accessibility": "Help with reading expressions",
    "other": "Something else",
    "workplace": "At work",
    "education": "In education",
}

REFUSED_TEXT = (
    "Attune is not available for use at work or in education: in the European Union, estimating people's emotions "
    "there is not allowed (Regulation (EU) 2024/1689, Art. 5(1)(f))."
)

CONSENT_TEXT = "\n\n".join(
    [CONSENT_NOTICE, CONSENT_PRIVACY, *(f"{scope}: {SCOPE_TEXTS[scope]}" for scope in SCOPE_TEXTS), REFUSED_TEXT]
)
"""All words a person agrees to; the page shows its parts, the ledger keeps its hash."""

CONSENT_HASH = hashlib.sha256(CONSENT_TEXT.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Consent:
    consent_id: str
    user_id: str
    scopes: frozenset[Scope]
    purpose: str


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
        raise Refused(REFUSED_TEXT, "purpose_refused")
    if purpose not in PURPOSES:
        raise SessionError(f"expected a purpose out of {', '.join(PURPOSES)}; got {purpose!r:.40}", "unknown_purpose")
    return purpose


def new_consent(user_id: str, scopes: Iterable[str], purpose: str) -> Consent:
    """A checked answer, not yet written down."""
    return Consent(uuid.uuid4().hex, user_id, check_scopes(scopes), check_purpose(purpose))


def give(connection: Connection, consent: Consent, now_s: float) -> None:
    """Write the row; run by the store's writer (`await store.execute(...)`). `now_s` is UTC since the epoch."""
    connection.execute(
        "INSERT INTO consents (consent_id, user_id, version, text_hash, scopes, purpose, given_at)"
        " VALUES (?, ?, ?, ?, ?, ?, make_timestamp(?))",
        [
            *(consent.consent_id, consent.user_id, CONSENT_VERSION, CONSENT_HASH),
            *(sorted(consent.scopes), consent.purpose, round(now_s * 1e6)),
        ],
    )


def replace(connection: Connection, consent: Consent, now_s: float) -> None:
    """Mark the person's former answer withdrawn and write the new one; in one transaction, run by the writer."""
    connection.execute(
        "UPDATE consents SET withdrawn_at = make_timestamp(?) WHERE user_id = ? AND withdrawn_at IS NULL",
        [round(now_s * 1e6), consent.user_id],
    )
    give(connection, consent, now_s)
