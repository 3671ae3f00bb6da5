from __future__ import annotations

from core.commands.docs_routes import routes


def test_every_route_is_told_with_its_query_and_its_body() -> None:
    told = routes()
    assert "- `GET /health`: " in told
    assert "  - `?bins=` integer 10 to 600, default `300`" in told
    assert "  - `delete` (optional) boolean, default `false`: " in told
    assert "`visitor` or `facilitator` or `admin`" in told
