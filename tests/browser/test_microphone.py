"""What a visitor who speaks sees: level, words with a reading of their own, mute; and no microphone at all."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from core.modalities import MODALITY_FACTS
from core.transports.wire.media import KIND_JPEG, KIND_PCM
from tests.benchmarks.sounds import _read
from tests.browser.conftest import ROOT, write_microphone
from tests.browser.live import assert_no_sideways_scrolling, gauge, press, reach

DATASETS = Path(os.environ.get("ATTUNE_DATASETS", ROOT.parent / "shared" / "datasets"))


@pytest.fixture(scope="session")
def speech(tmp_path_factory) -> Path:
    """A real sentence and a pause as a fake microphone's file, 48 kHz mono; Chromium plays it again and again."""
    if not (DATASETS / "asr").exists():
        pytest.skip(f"no speech in {DATASETS}; set ATTUNE_DATASETS")
    sentence, pause = _read(DATASETS / "asr" / "goforward.flac"), np.zeros(3 * 16_000, np.float32)
    return write_microphone(tmp_path_factory.mktemp("microphone") / "speech.wav", sentence, pause)


def speaking(page):
    """Started, through the preflight, live."""
    press(page, "Start")
    reach(page, "live")
    return page


SAID = re.compile("forward|ten|meter", re.IGNORECASE)
"""of "go forward ten meters"; where its pieces are cut depends on the machine"""


def line(page, text):
    return page.locator(".spoken li.judged", has_text=text).first


def test_a_spoken_sentence_becomes_a_line_with_its_own_reading(open_page, speech):
    page = speaking(open_page(sound=speech))
    expect(line(page, SAID)).to_be_visible(timeout=25_000)
    expect(line(page, SAID).locator(".line-chip")).not_to_have_text("")
    expect(page.locator(".spoken .note")).not_to_contain_text("rough")
    for card in ("voice", "text"):
        page.wait_for_function(
            "(card) => [...document.querySelector('attune-live').shadowRoot.querySelectorAll("
            "`.gauge-card[data-modality=${card}] [role=meter]`)].some((meter) => meter.ariaValueNow !== '0')",
            arg=card,
        )
    page.wait_for_function(
        "document.querySelector('attune-live').shadowRoot.querySelector('.spoken').dataset.speaking === 'true'"
    )


def test_the_level_moves_and_mute_stops_sound_and_readings(open_page, speech):
    page, sent = open_page(sound=speech), []

    def note(message):
        sent.extend(message[:1] if isinstance(message, bytes) else b"")

    page.on("websocket", lambda socket: socket.on("framesent", note))
    speaking(page)
    page.wait_for_function("document.querySelector('attune-live').mode.session.microphone.level > -45")
    press(page, "Mute")
    expect(page.locator(".spoken .level")).to_have_attribute("aria-valuenow", "0")
    voice, faces = (f"document.querySelector('attune-live').ledger.{name}.length" for name in ("voice", "faces"))
    heard = page.evaluate(voice)
    sent.clear()
    page.wait_for_function(f"{faces} > {page.evaluate(faces) + 20}")
    assert KIND_JPEG in sent
    assert KIND_PCM not in sent
    assert page.evaluate(voice) <= heard + 1, "more than the sentence that was begun"
    expect(page.get_by_role("button", name="Unmute")).to_be_visible()


def test_typed_words_are_read_by_keyboard_alone(open_page, speech):
    page = speaking(open_page(sound=speech))
    page.get_by_label("Type something instead").focus()
    page.keyboard.type("This is wonderful, I am so glad")
    page.keyboard.press("Enter")
    expect(line(page, "wonderful")).to_be_visible()
    assert int(gauge(page, "text", "happy").get_attribute("aria-valuenow")) > 50


def test_without_a_microphone_the_camera_goes_on_and_typing_works(open_page):
    page = open_page()
    page.evaluate(
        """() => {
          const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
          navigator.mediaDevices.getUserMedia = (wanted) =>
            wanted.audio ? Promise.reject(new DOMException("", "NotAllowedError")) : real(wanted);
        }"""
    )
    speaking(page)
    expect(page.get_by_text("The microphone was refused.")).to_be_visible()
    page.get_by_label("Type something instead").fill("what a sad, sad day")
    page.keyboard.press("Enter")
    expect(line(page, "sad day")).to_be_visible()


def test_sound_alone_is_read_without_a_camera(open_page, speech):
    page = open_page(sound=speech)
    page.get_by_role("switch", name="Camera").click()
    speaking(page)
    expect(page.get_by_text("No camera: voice and words are read.")).to_be_visible()
    expect(line(page, SAID)).to_be_visible(timeout=25_000)


def test_the_weights_in_the_drawer_change_the_shares(open_page):
    page = speaking(open_page())
    press(page, "Settings")
    for number in (0, 1):  # face, voice
        page.locator(".drawer .slider input").nth(number).fill("0")
    press(page, "Close")
    page.get_by_label("Type something instead").fill("now only words count, happily")
    page.keyboard.press("Enter")
    expect(page.locator(".together .why")).to_contain_text("words 100 %")


def test_the_neutral_baseline_runs_finishes_and_asks_before_it_is_removed(open_page):
    page = speaking(open_page())
    press(page, "Start 30 seconds")
    expect(page.locator(".calm-text")).to_contain_text("s left")
    faces = "document.querySelector('attune-live').ledger.faces.length"
    page.wait_for_function(f"{faces} > {page.evaluate(faces) + 2 * MODALITY_FACTS['face'].baseline_enough}")
    press(page, "Finish now")
    expect(page.locator(".calm-text")).to_contain_text("Measured: face")
    press(page, "Remove")
    press(page, "Remove for good?")
    expect(page.locator(".calm")).to_have_attribute("data-state", "none")


def test_words_fit_a_phone(open_page, speech):
    page = speaking(open_page(sound=speech, viewport={"width": 390, "height": 844}))
    press(page, "Companion")
    expect(page.get_by_label("Type something instead")).to_be_visible()
    assert_no_sideways_scrolling(page)


def test_the_panel_has_no_serious_fault(open_page):
    page = speaking(open_page())
    page.add_script_tag(path=ROOT / "node_modules" / "axe-core" / "axe.min.js")
    found = page.evaluate("axe.run(document.querySelector('attune-live'))")["violations"]
    serious = [f["id"] for f in found if f["impact"] in {"serious", "critical"}]
    assert serious == [], json.dumps([n["html"] for f in found for n in f["nodes"]][:5])
