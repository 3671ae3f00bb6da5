"""The live page: first of all, and its media go over the socket."""

from __future__ import annotations

from pages import find_pages
from pages.live import PAGE
from tests.pages.declared import check_element


def test_page_is_one_element_and_comes_first() -> None:
    check_element(PAGE, "attune-live")
    assert PAGE.route == "/"
    assert PAGE.order < min(page.order for page in find_pages() if page.name != PAGE.name)
