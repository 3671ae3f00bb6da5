"""Charts of own sessions, of an uploaded bundle, or of a synthetic sample: one custom element over core/rest."""

from __future__ import annotations

from pages import Element, Page

PAGE = Page(
    name="analytics",
    title="Analytics",
    route="/analytics",
    element=Element("attune-analytics", "records/analytics.js"),
    order=150,
)
