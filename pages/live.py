"""The live view: one custom element; the browser captures, sends, receives and draws."""

from __future__ import annotations

from pages import Page, Services, element


def build(_services: Services) -> None:
    """Put the element on the page; frames and events never pass through Gradio."""
    element("attune-live", "live.js")


PAGE = Page(name="live", title="Live", route="/", build=build, order=0)
