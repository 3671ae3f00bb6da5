"""The history page: own sessions, by the token the browser holds."""

from __future__ import annotations

from pages.history import PAGE
from tests.pages.declared import check_element


def test_page_is_one_element_that_asks_for_what_the_server_has() -> None:
    asked = check_element(PAGE, "attune-history")
    assert PAGE.route == "/history"
    assert asked >= {"/api/sessions/search", "/api/me/export"}
