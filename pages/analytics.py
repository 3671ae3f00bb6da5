"""Charts of own sessions, of an uploaded bundle, or of a synthetic sample. One custom element over the REST routes."""

from __future__ import annotations

from pages import Page, Services, element


def build(_services: Services) -> None:
    """One custom element over these routes."""
    element("attune-analytics", "analytics.js")


PAGE = Page(name="analytics", title="Analytics", route="/analytics", build=build, order=150)
