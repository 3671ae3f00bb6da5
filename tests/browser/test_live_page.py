"""What a visitor does: consent, look, pause, stop, a clip."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.live import (
    COUNT_CAMERA,
    assert_no_sideways_scrolling,
    gauge,
    go_live,
    press,
    reach,
    readings,
    wait_for_readings,
)


def test_notice_and_choices_come_before_the_camera_question(open_page):
    page = open_page("/about")
    page.add_init_script(COUNT_CAMERA)
    page.goto(page.url.replace("/about", "/"))
    expect(page.get_by_text("A machine estimates emotional expression here.")).to_be_visible()
    expect(page.get_by_label("What is it for?")).to_be_visible()
    expect(page.get_by_role("switch", name="Keep readings")).not_to_be_checked()
    assert page.evaluate("window.asked") == 0
    go_live(page)
    assert page.evaluate("window.asked") == 2, "once for the camera, once for the microphone"


@pytest.mark.parametrize("purpose", ["workplace", "education"])
def test_refused_purpose_shows_the_servers_reason_and_asks_for_no_camera(open_page, purpose):
    page = open_page("/about")
    page.add_init_script(COUNT_CAMERA)
    page.goto(page.url.replace("/about", "/"))
    page.get_by_label("What is it for?").select_option(purpose)
    press(page, "Start")
    expect(page.get_by_role("alert")).to_contain_text("2024/1689")
    reach(page, "welcome")
    assert page.evaluate("window.asked") == 0


def test_smile_of_the_portrait_moves_the_gauges(open_page):
    page = open_page()
    go_live(page)
    wait_for_readings(page, 8)
    expect(page.get_by_role("heading", name="happy", exact=True)).to_be_visible()
    for card in ("face", "fused"):
        assert int(gauge(page, card, "happy").get_attribute("aria-valuenow")) > 50
    expect(page.locator(".detail")).to_have_text(re.compile(r"together: leaning happy \(\d+ %\)"))
    expect(page.locator("[data-status=fps]")).to_have_text(re.compile(r"^\d+\.\d pictures/s$"))
    expect(page.locator("[data-status=stored]")).to_have_text("nothing stored")
    expect(page.locator(".light-text")).to_have_text("Live, nothing kept")


def test_pause_stops_the_readings_and_resume_brings_them_back(open_page):
    page = open_page()
    go_live(page)
    wait_for_readings(page, 3)
    press(page, "Pause")
    reach(page, "paused")
    expect(page.locator(".light-text")).to_have_text("Paused")
    before = readings(page)
    page.wait_for_timeout(1200)
    assert readings(page) == before
    press(page, "Resume")
    wait_for_readings(page, before + 3)


def test_stop_releases_the_camera_and_shows_the_summary(open_page):
    page = open_page()
    go_live(page)
    wait_for_readings(page, 10)
    press(page, "Stop")
    reach(page, "ended")
    assert page.evaluate("document.querySelector('attune-live').mode.session.capture.isOpen") is False
    summary = page.locator(".summary")
    expect(summary).to_contain_text("Mostly read as happy")
    expect(summary).to_contain_text("Nothing was kept.")
    with page.expect_download() as download:
        press(page, "Download summary")
    figures = json.loads(download.value.path().read_text())
    assert figures["shares"]["happy"] > 0.5
    assert sum(figures["shares"].values()) == pytest.approx(1)
    press(page, "Start again")
    reach(page, "welcome")


def test_kept_readings_are_said_to_be_kept(open_page):
    page = open_page()
    go_live(page, keeps=True)
    expect(page.locator(".light-text")).to_have_text("Live, readings kept")
    expect(page.locator("[data-status=stored]")).to_have_text(re.compile(r"stored up to \d+:\d\d"))
    press(page, "Settings")
    page.locator(".drawer").get_by_role("switch", name="Keep readings").click()
    page.keyboard.press("Escape")
    expect(page.locator(".light-text")).to_have_text("Live, nothing kept")
    expect(page.locator("[data-status=stored]")).to_have_text("no longer storing")
    press(page, "Stop")
    expect(page.locator(".summary")).to_contain_text("Kept: readings up to the moment keeping was switched off.")


def test_four_classes_fold_the_gauges_and_stay_chosen(open_page):
    page = open_page()
    press(page, "Show me a demo first")
    page.locator(".gauge-head").get_by_role("radio", name="Four").check()
    expect(gauge(page, "face", "fear")).to_be_hidden()
    expect(gauge(page, "face", "angry")).to_be_visible()
    page.reload()
    press(page, "Show me a demo first")
    expect(gauge(page, "face", "fear")).to_be_hidden()


def test_demo_is_marked_and_sends_nothing(open_page):
    page = open_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method + request.url) if request.method != "GET" else None)
    page.on("websocket", lambda socket: sent.append(socket.url))
    page.wait_for_selector("attune-live .welcome")
    press(page, "Show me a demo first")
    reach(page, "live")
    expect(page.get_by_text("Demo: synthetic data")).to_be_visible()
    wait_for_readings(page, 10)
    page.get_by_role("button", name="Yes", exact=True).click()
    expect(page.get_by_text("This is the demo: nothing is sent.")).to_be_visible()
    press(page, "Pause")
    before = readings(page)
    page.wait_for_timeout(400)
    assert readings(page) == before
    press(page, "Stop")
    expect(page.get_by_text("Synthetic data. Nothing was sent or kept.")).to_be_visible()
    assert sent == []


def test_was_this_right_sends_the_persons_own_word(open_page):
    page = open_page()
    frames: list[str] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framesent", lambda data: frames.append(data) if isinstance(data, str) else None),
    )
    go_live(page, keeps=True)
    expect(page.get_by_role("heading", name="happy", exact=True)).to_be_visible()
    press(page, "No, rather surprised")
    expect(page.get_by_text("Thank you, noted with the readings.")).to_be_visible()
    (report,) = [message for message in map(json.loads, frames) if message["type"] == "self_report"]
    assert (report["shown"], report["chosen"]) == ("happy", "surprise")
    assert report["t"] > 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_phone_width_never_scrolls_sideways(open_page, theme):
    page = open_page(viewport={"width": 390, "height": 844}, color_scheme=theme, has_touch=True, is_mobile=True)
    expect(page.locator("attune-live")).to_have_attribute("data-theme", theme)
    assert_no_sideways_scrolling(page)
    press(page, "Show me a demo first")
    wait_for_readings(page, 5)
    assert_no_sideways_scrolling(page)
    expect(page.locator(".timeline")).to_be_hidden()
    press(page, "Timeline")
    expect(page.locator(".timeline")).to_be_visible()
    assert_no_sideways_scrolling(page)
    assert page.get_by_role("button", name="Stop", exact=True).bounding_box()["y"] > 700
    press(page, "Stop")
    assert_no_sideways_scrolling(page)


def test_text_twice_as_large_still_fits(open_page):
    """200 % zoom of a 1280 px window leaves 640 px."""
    page = open_page(viewport={"width": 640, "height": 430})
    press(page, "Show me a demo first")
    wait_for_readings(page, 3)
    assert_no_sideways_scrolling(page)


def test_whole_way_by_keyboard(open_page):
    page = open_page()
    page.wait_for_selector("attune-live .welcome")
    tab_to(page, "Show me a demo first")
    page.keyboard.press("Enter")
    reach(page, "live")
    assert focused(page) == "Pause"
    page.keyboard.press("Enter")
    reach(page, "paused")
    assert focused(page) == "Resume"
    wait = page.locator(".plot")
    wait.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".tip")).to_be_visible()
    page.locator(".stage button").nth(0).focus()
    page.keyboard.press("Tab")
    assert focused(page) == "Stop"
    page.keyboard.press("Enter")
    reach(page, "ended")
    assert focused(page) == "The demo session"


def focused(page) -> str:
    return page.evaluate("document.querySelector('attune-live').shadowRoot.activeElement?.textContent ?? ''")


def tab_to(page, text: str) -> None:
    for _ in range(25):
        page.keyboard.press("Tab")
        if focused(page) == text:
            return
    pytest.fail(f"no way to {text!r} by Tab")


def test_nothing_moves_while_the_gauges_move(open_page):
    page = open_page()
    press(page, "Show me a demo first")
    wait_for_readings(page, 2)
    places = """() => [...document.querySelector('attune-live').shadowRoot.querySelectorAll(
      '.card, .bar, .word, .ask, .controls, .plot')].map((e) => { const b = e.getBoundingClientRect();
      return [b.x, b.y, b.height].map(Math.round).join(); }).join(';')"""
    before = page.evaluate(places)
    page.evaluate("document.querySelector('attune-live').mode.demo.time = 28")
    wait_for_readings(page, 180)
    assert page.evaluate(places) == before


def test_marked_moment_is_in_the_summary_file(open_page):
    page = open_page()
    press(page, "Show me a demo first")
    wait_for_readings(page, 8)
    press(page, "Mark this moment")
    press(page, "Stop")
    with page.expect_download() as download:
        press(page, "Download summary")
    (marker,) = json.loads(download.value.path().read_text())["markers"]
    assert marker["label"] == "mark 1"


def test_theme_follows_the_address_and_the_choice(open_page):
    page = open_page("/?__theme=dark")
    element = page.locator("attune-live")
    expect(element).to_have_attribute("data-theme", "dark")
    press(page, "Show me a demo first")
    press(page, "Settings")
    page.get_by_role("radio", name="Light").check()
    expect(element).to_have_attribute("data-theme", "light")
    assert not page.evaluate("document.body.classList.contains('dark')")


def test_uncertain_state_says_why(open_page):
    page = open_page()
    press(page, "Show me a demo first")
    wait_for_readings(page, 1)
    page.evaluate("document.querySelector('attune-live').mode.demo.time = 32.5")
    expect(page.get_by_role("heading", name="not sure", exact=True)).to_be_visible()
    expect(page.locator(".detail")).to_have_text("not sure: no expression stands out, looking away")


def test_first_visit_shows_a_disagreement_of_face_and_voice(open_page):
    page = open_page()
    press(page, "Show me a demo first")
    wait_for_readings(page, 1)
    page.evaluate("document.querySelector('attune-live').mode.demo.time = 10")
    expect(page.get_by_text("face and voice disagree").first).to_be_visible()


def test_readings_change_is_announced_politely(open_page):
    page = open_page()
    press(page, "Show me a demo first")
    spoken = page.locator("[data-live=expression]")
    expect(spoken).to_have_attribute("aria-live", "polite")
    expect(spoken).to_have_text("The expression neutral")


def test_clip_is_read_played_and_summed_up(open_page, clips):
    page = open_page()
    expect(page.get_by_role("switch", name="Camera")).to_be_visible()
    page.locator("attune-live .welcome input[type=file]").set_input_files(clips / "smile_selfie.mp4")
    reach(page, "review", timeout=60_000)
    page.evaluate("document.querySelector('attune-live').mode.player.seek(1.6)")
    expect(page.get_by_role("heading", name="happy", exact=True)).to_be_visible()
    assert int(gauge(page, "face", "happy").get_attribute("aria-valuenow")) > 50
    press(page, "Done")
    expect(page.locator(".summary")).to_contain_text("Mostly read as happy")


def test_file_that_is_no_clip_is_refused_with_a_reason(open_page, tmp_path):
    file = tmp_path / "notes.mp4"
    file.write_bytes(b"not a film" * 100)
    page = open_page()
    expect(page.get_by_role("switch", name="Camera")).to_be_visible()
    page.locator("attune-live .welcome input[type=file]").set_input_files(file)
    expect(page.locator("[data-banner=clip]")).to_be_visible()
    reach(page, "welcome")
