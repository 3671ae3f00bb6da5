"""The live page as a visitor works it: press, wait, look."""

from __future__ import annotations

from playwright.sync_api import expect

COUNT_CAMERA = """
window.asked = 0;
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (wanted) => { window.asked += 1; return real(wanted); };
"""
HIDE_TAB = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def reach(page, state: str, timeout: int = 20_000) -> None:
    expect(page.locator("attune-live")).to_have_attribute("data-state", state, timeout=timeout)


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def go_live(page, keeps: bool = False) -> None:
    if keeps:
        page.get_by_role("switch", name="Keep readings").click()
    press(page, "Start")
    reach(page, "live")


def readings(page) -> int:
    return page.evaluate("document.querySelector('attune-live').ledger.fused.length")


def wait_for_readings(page, more_than: int) -> None:
    page.wait_for_function("n => document.querySelector('attune-live').ledger.fused.length > n", arg=more_than)


def gauge(page, card: str, label: str):
    return page.locator(f".gauge-card[data-modality={card}] [data-label={label}] [role=meter]")


def assert_no_sideways_scrolling(page) -> None:
    widths = page.evaluate(
        "[document.documentElement.scrollWidth, document.querySelector('attune-live').shadowRoot"
        ".querySelector('.page').scrollWidth, innerWidth]"
    )
    assert max(widths[:2]) <= widths[2]
