"""What a page fetches early is what it uses: Chromium itself says so when it is not."""

from __future__ import annotations

from pages import MOUNT, find_pages

WARNED_AFTER_MS = 5000
"""Chromium tells of files fetched early and not used some three seconds after the page has loaded"""
FETCHED = """() => performance.getEntriesByType("resource").map((one) => new URL(one.name).pathname)
    .filter((path) => /^\\/attune\\/(live|capture|avatar|records|shared)\\/.*\\.(js|css)$/.test(path))"""


def test_no_page_fetches_early_what_it_does_not_use(open_page):
    told, pages = [], {}
    for page in find_pages():
        pages[page.route] = open_page(page.route)
        pages[page.route].on("console", lambda message: told.append(message.text))
    for shown in pages.values():
        shown.wait_for_load_state("networkidle")
    next(iter(pages.values())).wait_for_timeout(WARNED_AFTER_MS)
    assert not [text for text in told if "preload" in text]
    fetched = {route: set(shown.evaluate(FETCHED)) for route, shown in pages.items()}
    assert f"{MOUNT}/live/stage.js" in fetched["/"]
    assert not [path for path in fetched["/history"] if path.startswith((f"{MOUNT}/live/", f"{MOUNT}/avatar/"))]
    assert fetched["/about"] == set()
