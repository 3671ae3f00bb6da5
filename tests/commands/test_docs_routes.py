from __future__ import annotations

from core.commands import docs_routes
from core.commands.docs_routes import routes


def test_every_route_is_told_with_its_query_and_its_body() -> None:
    told = routes()
    assert "- `GET /health`: " in told
    assert "  - `?bins=` integer 10 to 600, default `300`" in told
    assert "  - `delete` (optional) boolean, default `false`: " in told
    assert "`visitor` or `facilitator` or `admin`" in told


def test_description_of_two_paragraphs_stays_in_its_line_of_the_list() -> None:
    told = {"summary": "Short", "description": "One\nline.\n\nAnother paragraph."}
    assert docs_routes._route("GET", "/api/x", told, {}) == "- `GET /api/x`: Short. One line. Another paragraph."
