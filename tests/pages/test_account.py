"""The account page: what is stored, what is allowed, and deletion."""

from __future__ import annotations

from pages.account import PAGE
from tests.pages.declared import check_element


def test_page_is_one_element_that_asks_for_what_the_server_has() -> None:
    asked = check_element(PAGE, "attune-account")
    assert PAGE.route == "/account"
    assert asked >= {"/api/me", "/api/consent", "/api/me/retention"}
