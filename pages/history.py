"""Own sessions: a list with search, one in detail, export, deletion. One custom element over the REST routes."""

from __future__ import annotations

from pages import Page, Services, element


def build(_services: Services) -> None:
    """Rows are fetched by the browser with the token it holds; nothing private passes through Gradio."""
    element("attune-history", "history.js")


PAGE = Page(name="history", title="History", route="/history", build=build, order=100)
