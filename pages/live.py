"""The live view: the browser captures, sends, receives and draws; frames and events never pass through Gradio."""

from __future__ import annotations

from pages import Element, Page

PAGE = Page(name="live", title="Live", route="/", element=Element("attune-live", "live/live.js"), order=0)
