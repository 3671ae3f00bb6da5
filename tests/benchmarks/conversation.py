"""The companion's speed: from the end of a person's speech to its first words and its first sound."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import psutil
from websockets.sync.client import ClientConnection, connect

from core.engines.requests import SpeakText
from core.settings import Settings
from models.speak_espeak import Espeak
from models.speak_hibari import Hibari
from tests.benchmarks.lanes import quantiles
from tests.benchmarks.server import ROOT, guest, running_app
from tests.benchmarks.sounds import RATE_HZ, first_loud, pcm, talk

TURNS = 24
BESIDE = 4
"""sessions of pictures and speech, in the second round of turns"""
SPEECH_S = 3.0
SILENCE_S = 2.2
SENTENCES = (
    "You lost your keys at work, and it sounds as if that weighs on you.",
    "What was the hardest moment?",
    "I still have the meeting in mind from before.",
)


def bench_conversation(turns: int = TURNS) -> dict[str, Any]:
    """Milliseconds of spoken turns against the whole server, and of synthesis alone."""
    with running_app() as app:
        spoken = _turns(app.address, turns)
        silence_ms = _silences(app.address)
        with others(BESIDE, app.address):
            crowded = _turns(app.address, turns)
    named = {f"{name}, {BESIDE} sessions beside": figures for name, figures in crowded.items()}
    return {"turns": spoken | named | {_SILENCE: quantiles(silence_ms)}, "synthesis": _synthesis()}


@contextmanager
def others(sessions: int, address: str) -> Iterator[None]:
    """So many people beside, from a process of their own, until the end of the block."""
    command = [sys.executable, "-m", "tests.benchmarks.load", "--url", f"ws://{address}/ws", "--seconds", "3600"]
    process = subprocess.Popen([*command, "--sessions", str(sessions)], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        time.sleep(15)  # pictures are encoded first, then one joins after the other
        yield
    finally:
        process.terminate()
        process.wait(30)


_SILENCE = "speech start at the page to paused playback (Chromium)"
_INTERRUPT = """async () => {
  const live = document.querySelector("attune-live"), { companion } = live, found = [];
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  for (let i = 0; i < 10; i += 1) {
    while (!companion.player.isSpeaking || !companion.player.now.sound.audio) await sleep(20);
    await sleep(150);
    const { audio } = companion.player.now?.sound ?? {};
    if (!audio) continue;
    const at = performance.now();
    const paused = new Promise((resolve) => audio.addEventListener("pause", resolve, { once: true }));
    companion.receive({ type: "speech", state: "start" });
    await paused;
    found.push(performance.now() - at);
    companion.receive({ type: "reply_resumed" });
  }
  return found;
}"""


def _silences(address: str) -> list[float]:
    """Milliseconds from the page's hearing of speech to the sound's own "pause", in a real browser."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import ARGUMENTS, CHROMIUM

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, "--use-fake-ui-for-media-stream"])
        page = browser.new_page()
        page.goto(f"http://{address}/")
        page.evaluate("localStorage.setItem('attune-settings', JSON.stringify({ style: 'detailed' }))")
        page.reload()
        page.get_by_role("switch", name="Microphone").uncheck()
        page.get_by_role("button", name="Start", exact=True).click()
        page.get_by_role("button", name="Continue anyway").click()
        page.get_by_label("Type something instead").fill("I lost my keys at work and my boss shouted at me")
        page.keyboard.press("Enter")
        found = page.evaluate(_INTERRUPT)
        browser.close()
    return [float(value) for value in found]


def _utterances(turns: int) -> list[np.ndarray]:
    """Three seconds of speech to the end of a sentence, then silence; all different."""
    sound, ends_s = talk(30.0 + 12.0 * turns, seed=7)
    length, silence = round(SPEECH_S * RATE_HZ), np.zeros(round(SILENCE_S * RATE_HZ), np.float32)
    ends = [round(end_s * RATE_HZ) for end_s in ends_s if end_s > SPEECH_S][:turns]
    return [np.concatenate([sound[end - length : end], silence]).astype(np.float32) for end in ends]


def _turns(address: str, turns: int) -> dict[str, Any]:
    found: dict[str, list[float]] = {name: [] for name in _NAMES}
    with connect(f"ws://{address}/ws", max_size=None) as connection:
        connection.send(json.dumps({"type": "auth", "token": guest(address)}))
        at_s = 0.0
        for utterance in _utterances(turns):
            times = _one_turn(connection, address, utterance, at_s)
            at_s += len(utterance) / RATE_HZ
            for name, value in times.items():
                found[name].append(value)
    return {name: quantiles(values) for name, values in found.items() if values}


_NAMES = (
    "first voiced sample to speech start",
    "decision to first reply text",
    "decision to first sound",
    "last voiced sample to first reply text",
    "last voiced sample to first sound",
)


def _one_turn(connection: ClientConnection, address: str, utterance: np.ndarray, at_s: float) -> dict[str, float]:
    """Speaks at the pace of life; the reply is cancelled once its sound was there, so that the next turn is free."""
    marks: dict[str, float] = {}
    voiced_s = len(utterance) / RATE_HZ - SILENCE_S
    began = time.perf_counter()
    for start in range(0, len(utterance), 1600):
        _listen(connection, address, marks, began + start / RATE_HZ)
        time.sleep(max(0.0, began + start / RATE_HZ - time.perf_counter()))
        head = struct.pack("<Bd", 2, at_s + start / RATE_HZ)
        connection.send(head + pcm(utterance[start : start + 1600]))
    _listen(connection, address, marks, time.perf_counter() + 3.0)
    connection.send(json.dumps({"type": "cancel_reply"}))
    marks |= {"first voiced": began + first_loud(utterance) / RATE_HZ, "last voiced": began + voiced_s}
    return {
        name: 1000 * (marks[to] - marks[since])
        for name, (since, to) in zip(_NAMES, _SPANS, strict=True)
        if to in marks and since in marks
    }


_SPANS = (
    ("first voiced", "start"),
    ("end", "text"),
    ("end", "sound"),
    ("last voiced", "text"),
    ("last voiced", "sound"),
)


def _listen(connection: ClientConnection, address: str, marks: dict[str, float], until_s: float) -> None:
    """Note when what came; ends at this time, or when the sound is there."""
    while "sound" not in marks:
        try:
            event = json.loads(connection.recv(timeout=max(0.0, until_s - time.perf_counter())))
        except TimeoutError:
            return
        if event["type"] == "speech":
            marks.setdefault(event["state"], time.perf_counter())
        elif event["type"] == "llm_response" and event["audio_url"] and "end" in marks:
            marks["text"] = time.perf_counter()
            with urllib.request.urlopen(f"http://{address}{event['audio_url']}", timeout=10) as answer:
                answer.read()
            marks["sound"] = time.perf_counter()


def _synthesis() -> dict[str, Any]:
    """By voice: seconds of a core a second of sound, milliseconds on the clock a sentence, MB of its process."""
    found = {}
    for engine in (Hibari(), Espeak()):
        engine.load(Settings())
        process = psutil.Process(engine.worker.process.pid)  # type: ignore[union-attr]
        took_ms, lasted_s, began_s = [], 0.0, sum(process.cpu_times()[:2])
        for sentence in SENTENCES * 10:
            began = time.perf_counter()
            (sound,) = engine.infer([SpeakText(sentence, "en")])
            took_ms.append(1000 * (time.perf_counter() - began))
            lasted_s += sound.duration_s  # type: ignore[union-attr]
        found[engine.name] = {
            "work_per_second": round((sum(process.cpu_times()[:2]) - began_s) / lasted_s, 4),
            "sentence_ms": quantiles(took_ms),
            "memory_mb": round(process.memory_full_info().uss / 2**20),
        }
        engine.close()
    return found
