"""axe-core in every state, both themes: no serious or critical violation inside our own elements."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
BAD = {"serious", "critical"}
GRADIOS_OWN: frozenset[str] = frozenset()
"""Serious rules that Gradio's own part of the page breaks: none with the version in requirements.txt"""


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.exists():
        pytest.fail("axe-core is missing; `make setup-dev` installs it")
    return AXE.read_text()


def violations(page, axe: str) -> tuple[list[str], set[str]]:
    """Ours, told with their places; and the rules broken elsewhere on the page."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)")
    ours, others = [], set()
    for violation in found:
        if violation["impact"] not in BAD:
            continue
        for node in violation["nodes"]:
            target = str(node["target"])
            if "attune" in target:
                ours.append(f"{violation['id']}: {target}: {node['failureSummary']}")
            else:
                others.add(violation["id"])
    return ours, others


def assert_accessible(page, axe: str) -> None:
    ours, others = violations(page, axe)
    assert ours == []
    assert others <= GRADIOS_OWN


def play_demo(page, at_s: float) -> None:
    page.get_by_role("button", name="Show me a demo first").click()
    page.wait_for_function("document.querySelector('attune-live').mode?.demo?.isPlaying")
    page.evaluate("t => { document.querySelector('attune-live').mode.demo.time = t; }", at_s)
    page.wait_for_function("t => document.querySelector('attune-live').ledger.last?.at > t", arg=at_s)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_state_of_the_demo(open_page, axe, theme):
    page = open_page(color_scheme=theme)
    page.wait_for_selector("attune-live .welcome")
    page.get_by_text("What is kept, and how to withdraw").click()
    assert_accessible(page, axe)
    play_demo(page, 20.0)
    assert_accessible(page, axe)
    page.evaluate("document.querySelector('attune-live').mode.demo.time = 33")
    expect(page.get_by_role("heading", name="not sure", exact=True)).to_be_visible()
    assert_accessible(page, axe)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Settings").click()
    assert_accessible(page, axe)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Stop", exact=True).click()
    assert_accessible(page, axe)


def test_preflight_and_live(open_page, axe):
    page = open_page()
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_selector("attune-live .preflight")
    assert_accessible(page, axe)
    expect(page.locator("attune-live")).to_have_attribute("data-state", "live", timeout=20_000)
    assert_accessible(page, axe)


def test_refusal_and_banner(open_page, axe):
    page = open_page(allows_camera=False, color_scheme="dark")
    page.get_by_label("What is it for?").select_option("workplace")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("2024/1689")
    assert_accessible(page, axe)
    page.get_by_label("What is it for?").select_option("self")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("The camera was refused.")).to_be_visible()
    assert_accessible(page, axe)


def test_phone(open_page, axe):
    page = open_page(viewport={"width": 390, "height": 844})
    play_demo(page, 12.0)
    assert_accessible(page, axe)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_about(open_page, axe, theme):
    page = open_page("/about", color_scheme=theme)
    expect(page.get_by_role("heading", name="About Attune")).to_be_visible()
    assert_accessible(page, axe)
