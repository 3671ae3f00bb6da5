"""History, account and analytics as a person uses them, in a real browser."""

from __future__ import annotations

import json
import struct
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from websockets.sync.client import connect

from core.exports.bundle import EXPORT, read_bundle
from core.synthetic.study import sample_tables
from tests.browser.conftest import App

PASSWORD = "seven green lanterns"  # noqa: S105
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


def call(app: App, path: str, body: object) -> dict:
    request = urllib.request.Request(
        app.address + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def signed_up(app: App, name: str, portrait_jpeg: bytes) -> dict:
    """An account with one session: pictures, a marker and words."""
    scopes = ["camera", "microphone", "history", "text"]
    me = call(app, "/api/signup", {"username": name, "password": PASSWORD, "scopes": scopes, "purpose": "self"})
    with connect(app.address.replace("http", "ws") + "/ws") as socket:
        socket.send(json.dumps({"type": "auth", "token": me["token"]}))
        for number in range(8):
            socket.send(struct.pack("<Bd", 1, number / 6) + portrait_jpeg)
        socket.send(json.dumps({"type": "marker", "label": "Stimulus A"}))
        socket.send(json.dumps({"type": "text", "text": "I saw a lantern fish today."}))
        for message in socket:
            event = json.loads(message)
            if event["type"] == "message" and event["role"] == "user":
                socket.send(json.dumps({"type": "stop"}))
            if event["type"] == "state" and event["ended"]:
                return me
    return me


def be(page: Page, me: dict, path: str) -> None:
    page.evaluate("me => localStorage.setItem('attune-identity', JSON.stringify(me))", me)
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + path)


def violations(page: Page) -> list[str]:
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run('.attune-live-host', {resultTypes: ['violations']})).violations")
    return [f"{rule['id']}: {node['html'][:120]}" for rule in found for node in rule["nodes"]]


def test_a_person_makes_an_account_and_deletes_everything_in_two_steps(open_page) -> None:
    page = open_page("/account")
    page.get_by_label("Name").fill("browser-person")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Make an account").click()
    expect(page.get_by_text("10 to 200 characters")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make an account").click()
    expect(page.get_by_role("heading", name="Signed in as browser-person")).to_be_visible()
    assert "token" not in page.url
    assert violations(page) == []
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_text("the account browser-person")).to_be_visible()
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Delete everything").click()
    page.get_by_role("button", name="Yes, delete everything").click()
    expect(page.get_by_text("Everything about you is deleted")).to_be_visible()
    assert page.evaluate("localStorage.getItem('attune-identity')") is None


def test_history_shows_timeline_and_words_side_by_side_exports_and_deletes(
    app: App, open_page, portrait_jpeg: bytes
) -> None:
    me = signed_up(app, "history-person", portrait_jpeg)
    page = open_page("/history")
    expect(page.get_by_text("Nothing is kept for this browser")).to_be_visible()
    be(page, me, "/history")
    expect(page.get_by_text("1 session", exact=True)).to_be_visible()
    assert violations(page) == []
    page.get_by_role("searchbox").fill("submarine")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.get_by_role("searchbox").fill("lantern")
    page.locator(".session").click()
    expect(page.get_by_role("heading", name="What was said")).to_be_visible()
    slider = page.get_by_role("slider", name="Moment of the session")
    before = slider.get_attribute("aria-valuetext")
    page.locator(".line.user").first.click()
    assert slider.get_attribute("aria-valuetext") != before or slider.get_attribute("aria-valuenow") == "0"
    slider.focus()
    page.keyboard.press("End")
    expect(page.locator(".line[aria-current]")).to_have_count(1)
    assert violations(page) == []
    page.get_by_label("Your note").fill("a <b>quiet</b> morning")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_text("Note saved")).to_be_visible()
    page.get_by_label("Format").select_option("bundle")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export", exact=True).click()
    tables = read_bundle(Path(saved.value.path()).read_bytes())
    assert "lantern fish" in tables.messages["content"].iloc[0]
    page.get_by_role("button", name="Delete this session").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("The session is deleted, from the file too.")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    expect(page.get_by_text("No session is kept yet")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_analytics_draws_a_bundle_without_the_servers_database(
    open_page, tmp_path: Path, width: int, scheme: str
) -> None:
    (tmp_path / "study.attune.zip").write_bytes(EXPORT.write(sample_tables(minutes=1)))
    page = open_page("/analytics", viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.get_by_label("Bundle file").set_input_files(tmp_path / "study.attune.zip")
    expect(page.locator(".chart .main-svg").first).to_be_visible(timeout=20_000)
    expect(page.locator(".chart")).to_have_count(7)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for chart in page.locator(".chart").all():
        box, figure = chart.bounding_box(), chart.locator(".main-svg").last.bounding_box()
        assert figure["y"] >= box["y"]
        assert figure["y"] + figure["height"] <= box["y"] + box["height"]
    assert violations(page) == []
    with page.expect_download() as saved:
        page.get_by_role("button", name="Table (CSV)").first.click()
    assert Path(saved.value.path()).read_text().startswith("session,minutes")
    (tmp_path / "broken.zip").write_bytes(b"no bundle")
    page.get_by_label("Bundle file").set_input_files(tmp_path / "broken.zip")
    expect(page.get_by_text("expected a bundle")).to_be_visible()


def test_the_admin_panel_is_shown_to_admins_only(start_app, open_page) -> None:
    app = start_app(ATTUNE_ADMIN_USERNAME="keeper", ATTUNE_ADMIN_PASSWORD=PASSWORD)
    page = open_page("/account", of=app)
    page.get_by_label("Name").fill("keeper")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="This server")).to_be_visible()
    expect(page.get_by_text("face_compact: ready")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in, or make an account")).to_be_visible()
    expect(page.get_by_role("heading", name="This server")).to_have_count(0)
