"""Signing in, what is stored about a person, consent, retention, deletion; for admins the server too."""

from __future__ import annotations

from pages import Page, Services, element


def build(_services: Services) -> None:
    """One custom element over the REST routes."""
    element("attune-account", "account.js")


PAGE = Page(name="account", title="Your data", route="/account", build=build, order=300)
