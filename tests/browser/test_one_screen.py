"""The live page lies in one window: what is worked with is in view, the whole picture is shown, nothing moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import film_of_clip
from tests.browser.live import go_live, press, reach, wait_for_readings

LAPTOPS = [(1280, 800), (1440, 900)]
PHONE = {"width": 390, "height": 844}
TIMELINE_TOP_PX = 100
"""of the timeline that has to be in view: its title and the first of its areas"""
INSIDE = """([selector, height]) => {
  const root = document.querySelector("attune-live").shadowRoot;
  const boxes = [...root.querySelectorAll(selector)].map((e) => e.getBoundingClientRect()).filter((b) => b.width > 0);
  const rest = [...root.querySelectorAll(".thumb")].filter((e) => e.offsetWidth > 0)
    .map((e) => [getComputedStyle(e).position, e]);
  const floor = rest.some(([kind, e]) => kind === "fixed" && !e.matches(selector) && !e.querySelector(selector))
    ? rest[0][1].getBoundingClientRect().top : innerHeight;
  const isIn = (b) => b.left >= 0 && b.right <= innerWidth && b.top >= 0 && b.top + (height ?? b.height) <= floor;
  return [boxes.length, boxes.every(isIn), scrollY, boxes.map((b) => [b.top, b.bottom, floor])];
}"""
PLACES = """() => {
  const root = document.querySelector("attune-live").shadowRoot;
  const selector = ".card, .bar, .track, .word, .detail, .why, .trend, .ask, .controls, .stage button, .frame, " +
    ".chips, .plot, .say, .say-row button, .companion-buttons button, .companion-state, .status-line, .hearing, " +
    ".mute, .correct, .light .number, .gauge-head, .shares, h3";
  return Object.fromEntries([...root.querySelectorAll(selector)].map((e, i) => {
    const b = e.getBoundingClientRect();
    return [`${i} ${e.classList[0] ?? e.tagName} ${e.closest("section")?.ariaLabel}`, [b.x, b.y, b.width, b.height]];
  }).filter(([, b]) => b[2] > 0));
}"""
NO_FACE = """() => {
  const live = document.querySelector("attune-live");
  const event = { ...live.readings.fused, abstained: true, reasons: ["no_face", "low_light", "turned_away", "stale"],
    weights: {}, t: live.readings.time + 3 };
  live.readings.receive(event, live.readings.time + 3, true);
}"""


def assert_inside(page, selector: str, count: int = 1, height: float | None = None) -> None:
    found, is_inside, scrolled, boxes = page.evaluate(INSIDE, [selector, height])
    assert (found, is_inside, scrolled) == (count, True, 0), (selector, boxes)


def show_demo(page) -> None:
    press(page, "Show me a demo first")
    reach(page, "live")
    page.wait_for_function("document.querySelector('attune-live').mode?.demo?.isPlaying")


def play_to(page, seconds: float) -> None:
    page.evaluate("t => { document.querySelector('attune-live').mode.demo.time = t; }", seconds)
    page.wait_for_function("t => document.querySelector('attune-live').ledger.last?.at > t - 0.5", arg=seconds)
    page.wait_for_timeout(150)


def moved(before: dict, after: dict) -> list[str]:
    """Elements that lie elsewhere, or have another size, by more than a pixel."""
    assert before.keys() == after.keys()
    return [
        f"{name}: {before[name]} to {after[name]}"
        for name in before
        if max(abs(one - two) for one, two in zip(before[name], after[name], strict=True)) > 1
    ]


@pytest.mark.parametrize(("width", "height"), LAPTOPS)
def test_laptop_shows_all_that_is_worked_with(open_page, width, height):
    page = open_page(viewport={"width": width, "height": height})
    show_demo(page)
    play_to(page, 20)
    for selector in (".stage", ".stage .controls", ".together", ".word", ".companion", ".say", ".status-line"):
        assert_inside(page, selector)
    assert_inside(page, ".stage .controls button", count=3)
    assert_inside(page, ".gauge-card", count=4)
    assert_inside(page, ".timeline", height=TIMELINE_TOP_PX)


def test_laptop_shows_preflight_and_its_way_out(open_page):
    page = open_page(viewport={"width": 1280, "height": 800}, allows_camera=True)
    press(page, "Start")
    page.wait_for_selector("attune-live .preflight")
    for selector in (".preflight", ".preflight .controls", ".stage"):
        assert_inside(page, selector)


def test_phone_shows_each_tab_without_scrolling(open_page):
    page = open_page(viewport=PHONE, has_touch=True, is_mobile=True)
    show_demo(page)
    play_to(page, 20)
    for tab, selector, count in (("Gauges", ".gauge-card", 3), ("Companion", ".say", 1), ("Timeline", ".plot", 1)):
        press(page, tab)
        for always in (".frame", ".word", ".detail", ".stage .controls"):
            assert_inside(page, always)
        assert_inside(page, selector, count)
    press(page, "Companion")
    assert_inside(page, ".companion")


@pytest.mark.parametrize(("width", "height"), [*LAPTOPS, (390, 844)])
def test_nothing_moves_while_states_follow_each_other(open_page, width, height):
    page = open_page(viewport={"width": width, "height": height})
    show_demo(page)
    play_to(page, 1)
    before, seen = page.evaluate(PLACES), []

    def look(state: str) -> None:
        seen.append(state)
        assert moved(before, page.evaluate(PLACES)) == [], state

    for state, seconds in (("disagreement", 10), ("happy", 20), ("surprised", 25), ("not sure", 32.5)):
        play_to(page, seconds)
        look(state)
    page.evaluate(NO_FACE)
    look("no face, for four reasons")
    page.get_by_role("button", name="Yes", exact=True).click()
    look("thanked")
    press(page, "Pause")
    reach(page, "paused")
    look("paused")
    page.evaluate("document.querySelector('attune-live').banners.show('test', 'A line '.repeat(20), {kind: 'warn'})")
    look("banner")
    press(page, "Resume")
    reach(page, "live")
    look("resumed")
    play_to(page, 60)
    look("much later")
    assert len(seen) == 10


@pytest.mark.parametrize(("width", "height"), LAPTOPS)
def test_banner_hides_neither_the_word_nor_what_is_kept(open_page, width, height):
    page = open_page(viewport={"width": width, "height": height})
    show_demo(page)
    page.evaluate(
        "document.querySelector('attune-live').banners.show('slow', 'It is slow. '.repeat(6), {kind: 'warn'})"
    )
    page.wait_for_timeout(300)
    banner, *others = page.evaluate("""() => {
      const live = document.querySelector("attune-live");
      const shown = [".banner", ".word", ".light"].map((name) => live.shadowRoot.querySelector(name));
      return shown.map((e) => e.getBoundingClientRect()).map((b) => [b.left, b.top, b.right, b.bottom]);
    }""")
    assert banner[1] >= 0
    assert len(others) == 2
    assert all(banner[3] <= top for _, top, _, _ in others), (banner, others)


def test_nothing_moves_while_the_camera_pauses_mutes_and_finds_no_face(open_page):
    page = open_page(viewport={"width": 1280, "height": 800})
    go_live(page)
    wait_for_readings(page, 3)
    for selector in (".stage .controls", ".word", ".companion", ".say"):
        assert_inside(page, selector)
    before = page.evaluate(PLACES)
    page.evaluate(NO_FACE)
    assert moved(before, page.evaluate(PLACES)) == []
    press(page, "Mute")
    assert moved(before, page.evaluate(PLACES)) == []
    press(page, "Pause")
    reach(page, "paused")
    assert moved(before, page.evaluate(PLACES)) == []


def film_with_corners(file: Path) -> Path:
    """A grey 4:3 film with a block of another colour in each corner, in BGR."""
    import cv2

    picture = np.full((480, 640, 3), 128, np.uint8)
    picture[:60, :60], picture[:60, -60:] = (0, 0, 255), (0, 255, 0)
    picture[-60:, :60], picture[-60:, -60:] = (255, 0, 0), (0, 255, 255)
    file.write_bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes() * 8)
    return file


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_all_four_corners_of_the_picture_are_shown(open_page, tmp_path_factory, width, height):
    import cv2

    film = film_with_corners(tmp_path_factory.mktemp("camera") / "corners.mjpeg")
    page = open_page(film=film, viewport={"width": width, "height": height})
    press(page, "Start")
    page.wait_for_function("document.querySelector('attune-live').stage.video.readyState >= 2")
    page.wait_for_timeout(500)
    shot = cv2.imdecode(np.frombuffer(page.locator(".frame").screenshot(), np.uint8), cv2.IMREAD_COLOR).astype(int)
    for colour in ((0, 0, 255), (0, 255, 0), (255, 0, 0), (0, 255, 255)):
        assert (np.abs(shot - colour).max(axis=2) < 70).sum() > 100, colour


def test_both_people_of_one_picture_are_shown_and_boxed(open_page, clips, tmp_path_factory):
    film = film_of_clip(clips / "head_pose_female_and_male.mp4", tmp_path_factory.mktemp("camera") / "two.mjpeg")
    page = open_page(film=film, viewport={"width": 1280, "height": 800})
    go_live(page)
    page.wait_for_function("document.querySelector('attune-live').stage.faces.size >= 2")
    boxes, width, height, fit = page.evaluate(
        """() => {
          const { stage } = document.querySelector("attune-live");
          const { videoWidth, videoHeight } = stage.video;
          return [[...stage.faces.values()].map(({ event }) => event.box.map((side, i) => side / event.frame[i % 2])),
            videoWidth, videoHeight, getComputedStyle(stage.video).objectFit];
        }"""
    )
    assert fit == "contain"
    assert width > height > 0
    assert min(box[2] for box in boxes) < 0.5 < max(box[0] for box in boxes), "one at each side, both in the picture"


def test_no_box_stays_on_a_picture_that_is_gone(open_page):
    page = open_page()
    go_live(page)
    drawn = """() => { const { canvas } = document.querySelector("attune-live").stage;
      return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((v) => v > 0); }"""
    page.wait_for_function(drawn)
    press(page, "Pause")
    reach(page, "paused")
    page.wait_for_function(f"!({drawn})()")
    page.evaluate("() => { const { stage } = document.querySelector('attune-live'); stage.draw(stage.time); }")
    assert page.evaluate(drawn) is False
    expect(page.locator(".stage")).to_have_class("card stage is-paused")
