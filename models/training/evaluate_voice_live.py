"""The voice nets as they run live: whole recordings, silence and all, through detector, windows, encoder and nets.

RAVDESS actors 17-20, never heard in training. Each recording is a stream of its own, in chunks of 100 ms; a recording
in which no speech is found counts as wrong. Once with the encoder, and once as where it is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.engines.engine import BackEnd
from core.engines.registry import find_engines
from core.engines.requests import Request
from core.errors import EngineUnavailable
from core.live.lanes.lane import driven
from core.live.lanes.voice import VoiceLane
from core.settings import Settings
from core.types import EMOTIONS, SOUND_RATE_HZ, AudioChunk, Estimate, FloatArray
from models.training.figures import judge, judge_confidence
from models.training.voice_data import Recording, read_corpus

SEED = 1
CHUNK = SOUND_RATE_HZ // 10
SILENCE = SOUND_RATE_HZ
"""samples behind a recording, so that its last words end"""
ENGINES = ("speech_silero", "encode_moonshine", "voice_compact")
Answer = Callable[[Request[Any]], Any]


def load_engines(absent: Sequence[str] = ()) -> Answer:
    """The lane's engines as one function of a request; nobody hears words, and the kinds in `absent` are missing."""
    found = find_engines()
    chosen = {engine.spec.kind: engine for name in ENGINES if isinstance(engine := found[name], BackEnd)}
    for engine in chosen.values():
        engine.load(Settings())

    def answer(request: Request[Any]) -> Any:
        if request.kind in absent or request.kind not in chosen:
            return EngineUnavailable(f"no engine of the kind {request.kind} here")
        return chosen[request.kind].infer([request])[0]

    return answer


def read_stream(samples: FloatArray, answer: Answer) -> list[Estimate]:
    """Every reading of one recording (n,), heard as it would come from a microphone."""
    lane = VoiceLane()
    state, told = lane.start("stream"), []
    heard = np.concatenate([samples, np.zeros(SILENCE, np.float32)]).astype(np.float32)
    for begin in range(0, len(heard), CHUNK):
        part = heard[begin : begin + CHUNK]
        at_s, end_s = begin / SOUND_RATE_HZ, (begin + len(part)) / SOUND_RATE_HZ
        state, events = driven(lane.step(state, AudioChunk(part, at_s, at_s, end_s)), answer)
        told += [event for event in events if isinstance(event, Estimate)]
    return told


def judge_streams(recordings: Sequence[Recording], answer: Answer) -> dict[str, Any]:
    """By recording (mean log-probability of its readings) and by reading; without a reading it counts as wrong."""
    clips, windows, targets, guesses = [], [], [], []
    for recording in recordings:
        readings = [reading.probs for reading in read_stream(recording.samples, answer)]
        windows += readings
        targets += [recording.label] * len(readings)
        clips.append(np.log(np.maximum(readings, 1e-9)).mean(axis=0) if readings else np.full(len(EMOTIONS), -np.inf))
        guesses.append(bool(readings))
    labels, is_heard = np.array([r.label for r in recordings]), np.array(guesses)
    wrong = np.eye(len(EMOTIONS))[(labels + 1) % len(EMOTIONS)]
    probs = np.where(is_heard[:, None], np.exp(np.stack(clips)), wrong)
    return {
        "heard": float(is_heard.mean()),
        "recordings": judge(probs, labels, EMOTIONS),
        "windows": judge(np.stack(windows), np.array(targets), EMOTIONS),
        "windows_confidence": judge_confidence(np.stack(windows).astype(np.float64), np.array(targets), SEED),
    }


def evaluate_voice_live() -> dict[str, Any]:
    """Both legs, and the first alone."""
    recordings = read_corpus("RAVDESS", "test", is_trimmed=False)
    return {
        "both legs": judge_streams(recordings, load_engines()),
        "without the encoder": judge_streams(recordings, load_engines(absent=("encode",))),
    }


def live_table(told: dict[str, Any]) -> list[str]:
    """Markdown lines."""
    rows = [
        "| live lane, RAVDESS 17-20 | recordings heard % | UAR | readings | UAR of readings | calib. error |",
        "|---|---|---|---|---|---|",
    ]
    for name, part in told.items():
        error = part["windows_confidence"]["calibration_error"]["value"]
        figures = (f"{100 * part['heard']:.1f}", f"{part['recordings']['uar']:.3f}", part["windows"]["pictures"])
        rows.append(f"| {name} | {' | '.join(map(str, figures))} | {part['windows']['uar']:.3f} | {error:.3f} |")
    return rows
