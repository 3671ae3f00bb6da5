"""Own sessions: a list with search, one in detail, export, deletion.

Rows are fetched by the browser with the token it holds; nothing private passes through Gradio.
"""

from __future__ import annotations

from pages import Element, Page

PAGE = Page(
    name="history",
    title="History",
    route="/history",
    element=Element("attune-history", "records/history.js"),
    order=100,
)
