"""What the live page does when something is missing, refused, slow or gone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import film_of_clip, stopped, write_mjpeg
from tests.browser.live import (
    HIDE_TAB,
    go_live,
    press,
    reach,
    readings,
    wait_for_readings,
)


def test_refused_camera_is_told_and_leads_back(open_page):
    page = open_page(allows_camera=False)
    press(page, "Start")
    expect(page.get_by_text("The camera was refused.")).to_be_visible()
    reach(page, "welcome")


@pytest.mark.parametrize(
    ("error", "words"), [("NotFoundError", "No camera was found."), ("NotReadableError", "used by another program")]
)
def test_missing_or_busy_camera_is_told(open_page, error, words):
    page = open_page("/about")
    page.add_init_script(
        f"navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{error}'));"
    )
    page.goto(page.url.replace("/about", "/"))
    press(page, "Start")
    expect(page.get_by_text(words)).to_be_visible()
    reach(page, "welcome")


def test_slow_connection_still_reads_and_says_so(open_page):
    page = open_page("/about")
    page.add_init_script("""
      const set = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage").set;
      Object.defineProperty(WebSocket.prototype, "onmessage", {
        set(f) { set.call(this, (event) => setTimeout(() => f(event), 1000)); } });""")
    page.goto(page.url.replace("/about", "/"))
    go_live(page)
    wait_for_readings(page, 5)
    expect(page.get_by_text("The connection is slow at the moment")).to_be_visible()


def test_unplugged_camera_pauses_and_resume_opens_it_again(open_page):
    page = open_page()
    go_live(page)
    wait_for_readings(page, 2)
    page.evaluate(
        "() => { const track = document.querySelector('attune-live').mode.session.capture.stream.getVideoTracks()[0];"
        " track.stop(); track.onended(); }"
    )
    expect(page.get_by_text("The camera is gone.")).to_be_visible()
    reach(page, "paused")
    before = readings(page)
    press(page, "Resume")
    wait_for_readings(page, before + 2)


def test_dark_picture_gets_a_hint_and_a_way_on(open_page, tmp_path_factory):
    film = write_mjpeg(tmp_path_factory.mktemp("camera") / "dark.mjpeg", is_dark=True)
    page = open_page(film=film)
    press(page, "Start")
    expect(page.locator("[data-check=light]")).to_have_attribute("data-ok", "false")
    expect(page.get_by_text("Too dark: turn on a lamp")).to_be_visible()
    press(page, "Continue anyway")
    reach(page, "live")
    expect(page.get_by_role("heading", name="not sure", exact=True)).to_be_visible()


def test_second_person_gets_a_grey_box_and_is_counted(open_page, clips, tmp_path_factory):
    film = film_of_clip(clips / "head_pose_female_and_male.mp4", tmp_path_factory.mktemp("camera") / "two.mjpeg")
    page = open_page(film=film)
    go_live(page)
    expect(page.locator("[data-chip=others]")).to_have_text("1 other face")
    page.wait_for_function("document.querySelector('attune-live').stage.faces.size >= 2")


def test_hidden_tab_pauses_and_says_so_afterwards(open_page):
    page = open_page()
    go_live(page)
    wait_for_readings(page, 2)
    page.evaluate(HIDE_TAB, True)
    page.wait_for_timeout(300)
    before = readings(page)
    page.wait_for_timeout(1000)
    assert readings(page) == before
    page.evaluate(HIDE_TAB, False)
    expect(page.get_by_text("Paused while this tab was hidden.")).to_be_visible()
    wait_for_readings(page, before + 2)


def test_leaving_and_coming_back_resumes_the_same_session(open_page):
    page = open_page()
    go_live(page)
    wait_for_readings(page, 2)
    session = page.evaluate("document.querySelector('attune-live').mode.session.transport.sessionId")
    page.get_by_role("link", name="About").click()
    expect(page.get_by_role("heading", name="About Attune")).to_be_visible()
    page.get_by_role("link", name="Live", exact=True).click()
    reach(page, "paused")
    expect(page.get_by_text("Welcome back.")).to_be_visible()
    press(page, "Resume")
    reach(page, "live")
    wait_for_readings(page, 2)
    assert page.evaluate("document.querySelector('attune-live').mode.session.transport.sessionId") == session


def test_server_gone_is_told_and_a_kept_consent_goes_on_afterwards(open_page, start_app):
    own = start_app()
    page = open_page(of=own)
    go_live(page, keeps=True)
    wait_for_readings(page, 2)
    with stopped(own):
        expect(page.get_by_text("The server is not answering.")).to_be_visible()
        before = readings(page)
    expect(page.get_by_text("a new one has begun")).to_be_visible(timeout=30_000)
    wait_for_readings(page, before + 2)


def test_forgotten_consent_leads_back_to_the_card(open_page):
    page = open_page()
    page.route(
        "**/api/guest", lambda route: route.fulfill(json={"token": "x" * 43, "scopes": ["camera"], "expires_at": 0})
    )
    press(page, "Start")
    expect(page.get_by_text("The server no longer holds your consent.")).to_be_visible()
    reach(page, "welcome")


def test_missing_engine_is_told_with_the_servers_hint(open_page):
    page = open_page()

    def without_engine(socket):
        server = socket.connect_to_server()
        hint = '"available":false,"note":"weights are missing; run make train"'
        server.on_message(lambda text: socket.send(re.sub(r'"available":true,"note":"[^"]*"', hint, text)))

    page.route_web_socket("**/ws", without_engine)
    press(page, "Start")
    expect(page.locator("[data-banner=engine-face_compact]")).to_contain_text("run make train")


def test_full_server_says_so(open_page, start_app):
    own = start_app(ATTUNE_MAX_SESSIONS="1")
    first, second = open_page(of=own), open_page(of=own)
    go_live(first)
    press(second, "Start")
    expect(second.get_by_text("places are taken")).to_be_visible()
    reach(second, "welcome")


def test_ephemeral_disk_is_told(open_page, start_app):
    own = start_app(SPACE_ID="someone/attune", ATTUNE_HOST="127.0.0.1")
    page = open_page(of=own)
    expect(page.get_by_text("This server forgets everything when it restarts.")).to_be_visible()
