"""The conversation partner in a real browser: spoken and typed, interrupted, silent, on a phone, in 3D."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.benchmarks.sounds import _read
from tests.browser.conftest import write_microphone
from tests.browser.live import assert_no_sideways_scrolling, press, reach
from tests.browser.test_microphone import DATASETS, line, speaking

LIVE = "document.querySelector('attune-live')"
PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest.fixture(scope="session")
def two_sentences(tmp_path_factory) -> Path:
    """Time to go live, a sentence, time for the reply to begin, another over it, thrice, and silence; 48 kHz mono."""
    if not (DATASETS / "asr").exists():
        pytest.skip(f"no speech in {DATASETS}; set ATTUNE_DATASETS")
    first, second = _read(DATASETS / "asr" / "goforward.flac"), _read(DATASETS / "asr" / "librivox_sense_0930.flac")
    gap, rest = np.zeros(24_000, np.float32), np.zeros(40 * 16_000, np.float32)
    file = tmp_path_factory.mktemp("microphone") / "two.wav"
    return write_microphone(file, np.zeros(40_000, np.float32), first, *[gap, second] * 3, rest)


def watch(page) -> None:
    """Note what the page is told and how far the lips open, from now on."""
    page.evaluate(
        f"""() => {{
          const live = {LIVE}; window.seen = []; window.widest = 0;
          live.companion.root.scrollIntoView(); // a face that nobody sees is not drawn
          const receive = live.companion.receive.bind(live.companion);
          live.companion.receive = (event) => {{
            const {{ visemes, ...rest }} = event;
            if (/^(llm_response|reply_|message)/.test(event.type)) window.seen.push(rest);
            receive(event);
            rest.isSpeaking = live.companion.player.isSpeaking;
          }};
          const look = () => {{
            const {{ player, avatar }} = live.companion;
            if (player.isSpeaking) window.widest = Math.max(window.widest, avatar.mouth());
            requestAnimationFrame(look);
          }};
          look();
        }}"""
    )


def seen(page, kind: str) -> list[dict]:
    return page.evaluate("kind => window.seen.filter((event) => event.type === kind)", kind)


def wait_for(page, script: str, seconds: float = 30.0) -> None:
    page.wait_for_function(script, timeout=1000 * seconds)


def prefer(page, **settings) -> None:
    page.evaluate(f"settings => {LIVE}.drawer.set(settings)", settings)


def stored(page, of) -> list[tuple[str, str]]:
    """What the history has once the session's end is in it; the page says "ended" before the server has written all."""
    token, session_id = page.evaluate(f"[{LIVE}.mode.guest.token, {LIVE}.mode.session.transport.sessionId]")
    until = time.monotonic() + 15
    while asked(of, f"/api/sessions/{session_id}", token)["ended_at"] is None:
        assert time.monotonic() < until, "the session's end was never written"
        time.sleep(0.1)
    messages = asked(of, f"/api/sessions/{session_id}/messages", token)["messages"]
    return [(message["role"], message["content"]) for message in messages]


def asked(of, path: str, token: str) -> dict:
    request = urllib.request.Request(f"{of.address}{path}", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def keep_words(page) -> None:
    page.get_by_role("switch", name="Keep words").check()


def say(page, text: str) -> None:
    page.get_by_label("Type something instead").fill(text)
    page.keyboard.press("Enter")


def reply(page):
    return page.locator(".spoken li.reply").last


CUT_SHORT = """(event) => event.type === 'reply_cancelled' && event.heard && event.heard.length <
  window.seen.filter((part) => part.type === 'llm_response' && part.turn === event.turn)
    .map((part) => part.text).join(' ').length"""
"""a reply of which something was heard, and something was not"""


def test_two_spoken_turns_the_second_over_the_reply_to_the_first(open_page, app, two_sentences):
    page = open_page(sound=two_sentences)
    keep_words(page)
    page = speaking(page)
    prefer(page, style="detailed")
    watch(page)
    wait_for(page, "window.seen.some((event) => event.type === 'llm_response' && event.audio_url)")
    wait_for(page, f"{LIVE}.companion.player.isSpeaking && window.widest > 0.1")
    wait_for(page, f"window.seen.some({CUT_SHORT})")
    cancelled = page.evaluate(f"window.seen.find({CUT_SHORT})")
    assert not cancelled["isSpeaking"]
    turn = cancelled["turn"]
    wait_for(page, f"window.seen.some((event) => event.type === 'llm_response' && event.turn > {turn})")
    page.evaluate("window.widest = 0")
    wait_for(page, f"{LIVE}.companion.player.isSpeaking && window.widest > 0.1")
    expect(page.locator(".spoken li.reply", has_text="stopped here").first).to_be_visible()
    wait_for(
        page, "window.seen.filter((event) => event.type === 'message' && event.role === 'assistant').length >= 2", 60
    )
    by_time = sorted(
        seen(page, "message"), key=lambda message: message["t"]
    )  # as the history is read, not as it is told:
    told = [
        (message["role"], message["text"]) for message in by_time
    ]  # the line of a cut reply follows the words over it
    press(page, "Stop")
    reach(page, "ended")
    kept = stored(page, app)
    rest = iter(kept)  # a word may have been heard before the page was watched
    assert all(line in rest for line in told), (kept, told)
    assert {"user", "assistant"} == {role for role, _ in kept}
    assert ("assistant", cancelled["heard"]) in kept
    first_reply = " ".join(event["text"] for event in seen(page, "llm_response") if event["turn"] == turn)
    assert first_reply.startswith(cancelled["heard"].split(".")[0])
    assert len(cancelled["heard"]) < len(first_reply)


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_typed_turn_with_the_sound_off_is_answered_in_captions(open_page, app, options):
    page = open_page(**options)
    keep_words(page)
    press(page, "Start")
    reach(page, "live")
    if options:
        press(page, "Companion")
    press(page, "Sound off")
    watch(page)
    sounds = []
    page.on("request", lambda sent: sounds.append(sent.url) if "/api/replies/" in sent.url else None)
    say(page, "I lost my keys at work")
    expect(reply(page)).to_contain_text("keys")
    expect(page.locator(".companion-state")).to_have_text("speaking")
    wait_for(page, "window.widest > 0.1")
    wait_for(page, "window.seen.some((event) => event.type === 'message' && event.role === 'assistant')")
    assert sounds == []
    assert_no_sideways_scrolling(page)
    press(page, "Stop")
    reach(page, "ended")
    kept = stored(page, app)
    assert [role for role, _ in kept] == ["user", "assistant"]
    assert "keys" in kept[1][1]


def test_stop_button_ends_a_reply(open_page):
    page = open_page()
    press(page, "Start")
    reach(page, "live")
    prefer(page, style="detailed")
    say(page, "I lost my keys at work")
    expect(page.get_by_role("button", name="Stop speaking")).to_be_enabled()
    wait_for(page, f"{LIVE}.companion.player.now?.sound.seconds > 1.2")
    press(page, "Stop speaking")
    expect(reply(page)).to_contain_text("stopped here")
    expect(page.get_by_role("button", name="Stop speaking")).to_be_disabled()
    expect(page.locator(".companion-state")).to_have_text("here")


def test_speech_silences_the_reply_at_once_and_a_murmur_lets_it_go_on(open_page):
    page = open_page()
    press(page, "Start")
    reach(page, "live")
    prefer(page, style="detailed")
    say(page, "I lost my keys at work")
    wait_for(page, f"{LIVE}.companion.player.isSpeaking")
    silent = page.evaluate(
        f"""() => {{ const {{ companion }} = {LIVE};
          companion.receive({{ type: "speech", state: "start" }});
          return companion.player.now.sound.audio.paused; }}"""
    )
    assert silent, "in the very task that heard of it"
    assert page.evaluate(f"{LIVE}.companion.player.isPaused")
    page.evaluate(f"{LIVE}.companion.receive({{ type: 'reply_resumed', turn: 1 }})")
    assert page.evaluate(f"{LIVE}.companion.player.isSpeaking")


def test_hello_is_said_on_request(open_page):
    page = open_page()
    press(page, "Start")
    reach(page, "live")
    press(page, "Say hello")
    expect(reply(page)).to_contain_text("Hello")


def test_choices_of_the_companion_stay_in_the_browser(open_page):
    page = open_page()
    press(page, "Start")
    reach(page, "live")
    press(page, "Settings")
    for choice in ("Practical", "Detailed", "Male"):
        page.get_by_role("radio", name=choice, exact=True).check()
    expect(page.get_by_label("Who answers")).to_have_value("reply_offline")
    page.reload()
    kept = page.evaluate("JSON.parse(localStorage.getItem('attune-settings'))")
    assert (kept["personality"], kept["style"], kept["voice"]) == ("coach", "detailed", "male")


def test_screen_says_what_it_is_not_and_where_words_go(open_page):
    page = open_page()
    press(page, "Start")
    reach(page, "live")
    expect(page.locator(".companion")).to_contain_text("No therapist, no diagnosis")
    expect(page.locator(".companion-engine")).to_have_text("Attune's own answers: words stay on this machine")
    cloud = {"kind": "reply", "name": "reply_groq", "available": True, "leaves_machine": True}
    page.evaluate(f"engine => {LIVE}.companion.tellEngines([engine], engine.name)", cloud)
    expect(page.locator(".companion-engine")).to_have_text("Groq, a language model: your words leave this machine")


def test_markup_in_a_reply_stays_text(open_page):
    page = open_page()
    press(page, "Start")
    reach(page, "live")
    part = {"type": "llm_response", "turn": 7, "part": 0, "text": "<img src=x onerror='window.hit=1'>"}
    page.evaluate(f"part => {LIVE}.spoken.receive(part)", part)
    expect(reply(page)).to_contain_text("<img")
    assert page.evaluate("window.hit") is None


def test_face_in_three_dimensions_and_files_that_are_none(open_page, tmp_path):
    page = open_page()
    press(page, "Start")
    reach(page, "live")
    press(page, "Settings")
    page.get_by_role("radio", name="3D", exact=True).check()
    expect(page.locator(".companion-face .avatar")).to_have_attribute("data-kind", "3d", timeout=30_000)
    fake = tmp_path / "head.glb"
    fake.write_text("this is a text file")
    page.get_by_label("A head of your own (GLB)").set_input_files(fake)
    expect(page.locator(".face-note")).to_have_text(re.compile("glTF|GLB|\\.glb"))
    expect(page.locator(".companion-face .avatar")).to_have_attribute("data-kind", "3d")
    page.get_by_role("radio", name="Drawn", exact=True).check()
    expect(page.locator(".companion-face .avatar")).to_have_attribute("data-kind", "face")


def test_heard_line_and_reply_stand_together(open_page, two_sentences):
    page = speaking(open_page(sound=two_sentences))
    expect(line(page, re.compile(r"\w"))).to_be_visible(timeout=25_000)
    expect(page.locator(".spoken li.reply").first).to_be_visible(timeout=25_000)


def test_language_that_is_not_heard_here_says_the_command_and_offers_typing(open_page):
    page = open_page()
    press(page, "Start")
    reach(page, "live")
    note = page.locator(".spoken .note")
    english = {"kind": "transcribe", "name": "ears", "available": True, "languages": ["en"]}
    every = {"kind": "transcribe", "name": "polyglot", "available": False, "languages": ["en", "nl"]}
    every["note"] = "it is missing; run: make run LANGUAGES=1"
    tell = f"told => {LIVE}.spoken.tellEngines(told.engines, told.language)"
    page.evaluate(tell, {"engines": [english, every], "language": "nl-BE"})
    expect(note).to_have_text("Type instead: it is missing; run: make run LANGUAGES=1")
    expect(page.get_by_label("Type something instead")).to_be_enabled()
    page.evaluate(tell, {"engines": [english, every], "language": "en"})
    expect(note).to_have_text("")
    page.evaluate(tell, {"engines": [english, every | {"available": True}], "language": "nl"})
    expect(note).to_have_text("")
    page.evaluate(tell, {"engines": [english], "language": "nl"})
    expect(note).to_contain_text("not turned into words here: type instead")
