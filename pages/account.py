"""Signing in, what is stored about a person, consent, retention, deletion; for admins the server too."""

from __future__ import annotations

from pages import Element, Page

PAGE = Page(
    name="account",
    title="Your data",
    route="/account",
    element=Element("attune-account", "records/account.js"),
    order=300,
)
