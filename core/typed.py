"""What people type, in one form: systems write an é as one character or as two, and both mean the same.

Applied at the doors, so that what is stored, compared and searched is in normalisation form C (Unicode Annex 15).
Passwords follow RFC 8265 (OpaqueString): form C too, every kind of space as the plain one, nothing else changed.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator


def as_typed(text: str) -> str:
    """The text in form C. Nothing to do for plain ASCII, however long."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def as_name(text: str) -> str:
    """A name as it is looked up: form C, no spaces around it, in lower case."""
    return as_typed(trimmed(text)).lower()


def trimmed(name: str) -> str:
    """Without what a keyboard adds around a name; a line break is no such thing."""
    return name.strip(" \t\u00a0")


def as_password(text: str) -> str:
    """A password as it is hashed."""
    if text.isascii():
        return text
    spaced = "".join(" " if unicodedata.category(one) == "Zs" else one for one in text)
    return unicodedata.normalize("NFC", spaced)


def password_forms(text: str) -> list[str]:
    """How the same password may have been hashed before passwords had one form; today's first, each once."""
    return list(dict.fromkeys([as_password(text), text, unicodedata.normalize("NFD", text)]))


Typed = Annotated[str, AfterValidator(as_typed)]
"""a field of a body that a person typed"""
