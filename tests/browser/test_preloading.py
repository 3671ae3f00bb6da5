"""What a page fetches early is what it uses: Chromium itself says so when it is not."""

from __future__ import annotations

from pages import MOUNT, find_pages

FETCH_FOR_NOTHING = """() => document.head.append(Object.assign(document.createElement("link"),
    { rel: "preload", as: "script", href: "/attune/shared/words.js?for-nothing" }))"""
"""Chromium tells of files fetched early and not used some seconds after the page has loaded; of this one last"""
FETCHED = """() => performance.getEntriesByType("resource").map((one) => new URL(one.name).pathname)
    .filter((path) => /^\\/attune\\/(live|capture|avatar|records|shared)\\/.*\\.(js|css)$/.test(path))"""


def test_no_page_fetches_early_what_it_does_not_use(open_page):
    told, pages = [], {}
    for page in find_pages():
        pages[page.route] = open_page(page.route)
        pages[page.route].on("console", lambda message: told.append(message.text))
    fetched = {}
    for route, shown in pages.items():
        shown.wait_for_load_state("networkidle")
        fetched[route] = set(shown.evaluate(FETCHED))
        with shown.expect_console_message(lambda message: "for-nothing" in message.text):
            shown.evaluate(FETCH_FOR_NOTHING)
    assert not [text for text in told if "preload" in text and "for-nothing" not in text]
    assert f"{MOUNT}/live/stage.js" in fetched["/"]
    assert not [path for path in fetched["/history"] if path.startswith((f"{MOUNT}/live/", f"{MOUNT}/avatar/"))]
    assert fetched["/about"] == set()
