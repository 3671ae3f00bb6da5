"""The analytics page: own sessions, a bundle or the sample."""

from __future__ import annotations

from pages.analytics import PAGE
from tests.pages.declared import check_element


def test_page_is_one_element_that_asks_for_what_the_server_has() -> None:
    asked = check_element(PAGE, "attune-analytics")
    assert PAGE.route == "/analytics"
    assert asked >= {"/api/analytics", "/api/bundles", "/api/analytics/sample"}
