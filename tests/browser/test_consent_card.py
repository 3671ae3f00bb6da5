"""The first card shows the consent text whose hash is kept: all of it, as it is, and no other sentence."""

from __future__ import annotations

import json
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.live import reach
from tests.record.test_consent_text import words

SHOWN = """(() => {
  const card = document.querySelector("attune-live").shadowRoot.querySelector(".welcome");
  const walker = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const above = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (text && !above.closest("button, .faces")) texts.push(text);
  }
  return texts;
})()"""


def consent_of(app) -> dict:
    with urllib.request.urlopen(f"{app.address}/api/consent", timeout=10) as answer:
        return json.loads(answer.read())


@pytest.mark.parametrize("is_space", [False, True], ids=["lasting disk", "forgetful disk"])
def test_each_sentence_of_the_card_is_a_part_and_each_part_is_on_the_card(open_page, app, start_app, is_space) -> None:
    served = start_app(SPACE_ID="somebody/attune") if is_space else app
    page = open_page(of=served)
    expect(page.get_by_role("switch", name="Camera")).to_be_visible()
    consent = consent_of(served)
    assert sorted(page.evaluate(SHOWN)) == sorted([*words(consent["parts"]), f"Version {consent['version']}"])
    assert bool(consent["parts"]["ephemeral"]) is is_space


def test_what_is_kept_and_how_to_withdraw_open_on_the_card(open_page, app) -> None:
    page = open_page()
    parts = consent_of(app)["parts"]
    expect(page.get_by_text(parts["withdrawal"])).to_be_hidden()
    page.get_by_text(parts["more"]).click()
    for part in ("kept", "withdrawal", "refused"):
        expect(page.get_by_text(parts[part])).to_be_visible()


def test_without_the_consent_text_nothing_can_be_started_until_it_comes(open_page) -> None:
    page = open_page("/about")
    page.route("**/api/consent", lambda route: route.abort())
    page.goto(page.url.replace("/about", "/"))
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    expect(page.get_by_role("button", name="Show me a demo first")).to_be_enabled()
    page.unroute("**/api/consent")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    expect(page.get_by_text("The server cannot be reached.")).to_be_hidden()


def test_page_your_data_words_its_switches_as_the_consent_text_does(open_page, app) -> None:
    body = json.dumps({"scopes": ["camera", "history"], "purpose": "art"}).encode()
    request = urllib.request.Request(
        f"{app.address}/api/guest", body, {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        guest = json.loads(answer.read())
    page = open_page("/about")
    page.evaluate("known => localStorage.setItem('attune-identity', JSON.stringify(known))", guest)
    page.goto(page.url.replace("/about", "/account"))
    parts = consent_of(app)["parts"]
    for scope in parts["scopes"]:
        if scope["name"] in {"camera", "microphone", "history", "text"}:
            expect(page.get_by_role("switch", name=scope["title"], exact=True)).to_be_visible()
            expect(page.get_by_text(scope["text"])).to_be_visible()
    page.get_by_text("Consent ledger (1)").click()
    expect(page.get_by_text("“Art or performance”")).to_be_visible()


def test_card_that_was_opened_before_the_words_changed_shows_the_new_ones_and_asks_again(open_page, app) -> None:
    page = open_page("/about")
    older = consent_of(app)
    older["text_hash"] = "0" * 64
    older["parts"]["notice"] = "What was said before."
    page.route("**/api/consent", lambda route: route.fulfill(json=older))
    page.goto(page.url.replace("/about", "/"))
    expect(page.get_by_text("What was said before.")).to_be_visible()
    page.unroute("**/api/consent")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="has changed since it was shown")).to_be_visible()
    expect(page.get_by_text(consent_of(app)["parts"]["notice"])).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    reach(page, "live")
