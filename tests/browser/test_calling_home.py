"""On a Space as elsewhere no page asks anybody but this server, whatever Gradio would tell its maker there."""

from __future__ import annotations

import pytest

from pages import find_pages

STAYS_MS = 4_000
"""on each page, longer than anything that starts late"""


@pytest.fixture(scope="module")
def space(start_app):
    """The app as a Space starts it."""
    facts = {"SPACE_ID": "someone/attune", "SPACE_HOST": "someone-attune.example", "SYSTEM": "spaces"}
    return start_app(ATTUNE_HOST="127.0.0.1", GRADIO_ANALYTICS_ENABLED="True", **facts)


@pytest.mark.parametrize("route", [page.route for page in find_pages()])
def test_page_on_a_space_asks_nobody_else(space, open_page, route: str) -> None:
    """`open_page` fails at the end for every request that leaves."""
    page = open_page(route, of=space)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(STAYS_MS)
