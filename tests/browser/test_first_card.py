"""The first card in one window, with the demo moving beside it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.live import assert_no_sideways_scrolling, press, reach
from tests.browser.test_one_screen import assert_inside

TOLD = """() => {
  const { preview } = document.querySelector("attune-live");
  return [preview.word.textContent, preview.conflict.textContent.trim(), preview.demo.time];
}"""
CARD = "attune-live .welcome .toggle"
MOVING = {"reduced_motion": "no-preference"}


def open_card(open_page, **options):
    """The first card with all its words, and the demo beside it."""
    page = open_page(**options)
    page.wait_for_selector(CARD, timeout=60_000)
    page.wait_for_selector("attune-live .preview", timeout=60_000)
    return page


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_first_card_lies_in_one_window(open_page, width, height, theme):
    page = open_card(open_page, viewport={"width": width, "height": height}, color_scheme=theme)
    for selector in (".preview-picture", ".preview-words", ".welcome h1", ".notice", "#purpose", ".welcome .controls"):
        assert_inside(page, selector)
    assert_inside(page, ".welcome [role=switch]", count=4)
    assert_inside(page, ".welcome .controls > button", count=3)
    assert_no_sideways_scrolling(page)


def test_demo_beside_the_card_shows_three_expressions_and_a_disagreement_in_12_s(open_page):
    page = open_card(open_page, **MOVING)
    words, conflicts, seconds = set(), set(), 0.0
    while seconds < 12:
        word, conflict, seconds = page.evaluate(TOLD)
        words.add(word)
        conflicts.add(conflict)
        page.wait_for_timeout(150)
    assert len(words) >= 3, words
    assert any("disagree" in conflict for conflict in conflicts), conflicts


def test_demo_beside_the_card_is_held_and_goes_on_by_its_button(open_page):
    page = open_card(open_page, **MOVING)
    page.wait_for_function("document.querySelector('attune-live').preview.demo.time > 0.5")
    press(page, "Hold the demo")
    before = page.evaluate(TOLD)
    page.wait_for_timeout(500)
    assert page.evaluate(TOLD) == before
    press(page, "Let the demo run")
    page.wait_for_function("t => document.querySelector('attune-live').preview.demo.time > t", arg=before[2])


def test_demo_beside_the_card_stands_still_where_no_motion_is_wanted(open_page):
    page = open_card(open_page, reduced_motion="reduce")
    expect(page.locator(".preview-alone")).to_contain_text("looks happy")
    before = page.evaluate(TOLD)
    page.wait_for_timeout(600)
    assert page.evaluate(TOLD) == before


def test_nothing_of_it_is_left_once_something_was_started(open_page):
    page = open_card(open_page, **MOVING)
    page.wait_for_function("document.querySelector('attune-live').preview.demo.time > 0.5")
    press(page, "Show me a demo first")
    reach(page, "live")
    expect(page.locator(".preview")).to_be_hidden()
    assert page.locator(".preview-words").text_content().split() == []
    assert page.evaluate("document.querySelector('attune-live').preview.demo.isPlaying") is False
