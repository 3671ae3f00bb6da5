"""Writes the synthetic session of the demo: `python -m core.commands.demo [FILE]`.

No person, no model and no picture is behind it: a script of moods, a little noise from a fixed seed, and the
wire's own shapes. Every event says ``"synthetic": true`` and the page plays only events that do.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.commands.demo_words import LINES, WINDOW_S, Line, line_at, partials, readings, replies, shares, transcript
from core.types import EMOTIONS, FOUR_CLASSES, four_class

FILE = Path(__file__).parents[2] / "pages" / "static" / "live" / "demo.json"
SEED = 7
RATE_HZ = 6
DURATION_S = 78.0
FRAME_PX = (640, 480)
SMOOTHING_S = 0.6
ABSTAIN_BELOW = 0.40
LATENCY_MS = 46.0

VALENCE = {"neutral": 0.0, "happy": 0.8, "sad": -0.65, "angry": -0.5, "fear": -0.6, "disgust": -0.6, "surprise": 0.25}
AROUSAL = {"neutral": -0.1, "happy": 0.5, "sad": -0.4, "angry": 0.65, "fear": 0.6, "disgust": 0.35, "surprise": 0.75}
"""Rough places for a drawing; the engine's cited table stands in core/estimation/fusion.py."""

TREND_S = 10.0
TREND_STEP = 0.12
"""Change of a probability over TREND_S that is called rising or falling."""


@dataclass(frozen=True)
class Scene:
    """From start_s on, what the drawn face is led towards."""

    start_s: float
    mood: dict[str, float]
    quality: float = 0.9
    reasons: tuple[str, ...] = ()
    has_face: bool = True


STORY = (
    Scene(0.0, {"neutral": 0.90, "happy": 0.05}),
    Scene(7.0, {"neutral": 0.55, "happy": 0.40}),
    Scene(11.0, {"happy": 0.80, "neutral": 0.15}),
    Scene(16.0, {"happy": 0.95, "surprise": 0.03}),
    Scene(22.0, {"happy": 0.55, "neutral": 0.40}),
    Scene(26.0, {"neutral": 0.85, "happy": 0.08}),
    Scene(30.0, {"neutral": 0.34, "sad": 0.24, "fear": 0.16, "angry": 0.14}, quality=0.28, reasons=("turned_away",)),
    Scene(35.0, {"neutral": 0.80, "sad": 0.12}),
    Scene(39.0, {"sad": 0.58, "neutral": 0.30, "fear": 0.06}),
    Scene(44.0, {"sad": 0.84, "neutral": 0.10}),
    Scene(50.0, {"neutral": 0.62, "sad": 0.28}),
    Scene(54.0, {"surprise": 0.86, "fear": 0.08}),
    Scene(58.5, {"happy": 0.60, "surprise": 0.25, "neutral": 0.12}),
    Scene(63.0, {"angry": 0.62, "disgust": 0.18, "neutral": 0.15}),
    Scene(67.0, {"neutral": 0.80, "angry": 0.10}),
    Scene(69.5, {"neutral": 1.0}, quality=0.0, reasons=("no_face",), has_face=False),
    Scene(72.0, {"neutral": 0.92, "happy": 0.05}),
)
PASSER_BY = (46.0, 53.0)
"""Start and end of the second face, in seconds."""

Probabilities = NDArray[np.float32]


def _mood(mood: dict[str, float]) -> Probabilities:
    """A mood as probabilities (7,); what it leaves open is spread over all."""
    probs = np.array([mood.get(label, 0.0) for label in EMOTIONS], dtype=np.float32)
    probs += (1 - probs.sum()) / len(EMOTIONS)
    return probs


def _scene(t: float) -> Scene:
    return max((scene for scene in STORY if scene.start_s <= t), key=lambda scene: scene.start_s)


def _box(t: float) -> list[float]:
    """A head that sways a little, in pixels of a FRAME_PX picture."""
    x = 320 + 22 * np.sin(0.37 * t) + 8 * np.sin(1.3 * t)
    y = 232 + 9 * np.sin(0.53 * t + 1)
    half = 92 + 7 * np.sin(0.21 * t)
    return [round(float(side), 1) for side in (x - half, y - 1.18 * half, x + half, y + 1.18 * half)]


def _passer_box(t: float) -> list[float]:
    start, end = PASSER_BY
    x = 690 - 200 * np.sin(np.pi * (t - start) / (end - start))
    return [round(float(side), 1) for side in (x - 46, 112, x + 46, 222)]


def _labels(probs: Probabilities) -> dict[str, Any]:
    """The part that every *_emotion message shares."""
    four = four_class(probs)
    return {
        "emotion": FOUR_CLASSES[int(four.argmax())],
        "confidence": round(float(four.max()), 3),
        "probabilities": [round(float(p), 3) for p in four],
        "expression": EMOTIONS[int(probs.argmax())],
        "expressions": {label: round(float(p), 3) for label, p in zip(EMOTIONS, probs, strict=True)},
    }


def _face(t: float, probs: Probabilities, scene: Scene, quality: float) -> dict[str, Any]:
    return {
        "type": "face_emotion",
        "synthetic": True,
        **_labels(probs),
        "quality": round(quality, 3),
        "reasons": list(scene.reasons),
        "t": round(t, 3),
        "capture_t": round(t, 3),
        "infer_ms": 9.0,
        "engine": "synthetic",
        "box": _box(t),
        "frame": list(FRAME_PX),
        "face_id": 1,
        "is_subject": True,
    }


def _passer(t: float) -> dict[str, Any]:
    """Somebody walks by: a second face that is not the subject."""
    scene = Scene(t, {"neutral": 0.7, "happy": 0.2}, quality=0.55)
    return _face(t, _mood(scene.mood), scene, 0.55) | {"box": _passer_box(t), "face_id": 2, "is_subject": False}


def _trends(history: list[tuple[float, Probabilities]], t: float) -> dict[str, str]:
    """Rising, steady or falling against the mean of the first half of the last TREND_S."""
    before = [probs for time, probs in history if t - TREND_S <= time < t - TREND_S / 2]
    step = history[-1][1] - (np.mean(before, axis=0) if before else history[-1][1])
    words = ["rising" if s > TREND_STEP else "falling" if s < -TREND_STEP else "steady" for s in step]
    return dict(zip(EMOTIONS, words, strict=True))


def _fused(t: float, smooth: Probabilities, scene: Scene, quality: float, trends: dict[str, str]) -> dict[str, Any]:
    best = float(smooth.max())
    abstained = best < ABSTAIN_BELOW or not scene.has_face or quality < 0.35
    reasons = list(scene.reasons) or (["low_confidence"] if abstained else [])
    line = line_at(t)
    reasons += line.reasons if line is not None else ()
    return {
        "type": "fused_emotion",
        "synthetic": True,
        **_labels(smooth),
        "quality": round(quality, 3),
        "reasons": reasons,
        "t": round(t, 3),
        "capture_t": round(t, 3),
        "infer_ms": 9.0,
        "engine": "synthetic",
        "intensity": round(float(smooth[1:].max()), 3),
        "weights": shares(t, scene.has_face),
        "trends": trends,
        "abstained": abstained,
        "valence": round(float(sum(p * VALENCE[e] for p, e in zip(smooth, EMOTIONS, strict=True))), 3),
        "arousal": round(float(sum(p * AROUSAL[e] for p, e in zip(smooth, EMOTIONS, strict=True))), 3),
        "latency_ms": LATENCY_MS,
    }


def _stats(t: float) -> dict[str, Any]:
    return {
        "type": "stats",
        "synthetic": True,
        "t": round(t, 3),
        "fps": float(RATE_HZ),
        "dropped": 0,
        "latency_ms": LATENCY_MS,
        "stored_to_s": None,
        "drift_ms": 0.0,
    }


def _heard(t: float, modality: str, mood: dict[str, float], line: Line) -> dict[str, Any]:
    """A reading of the voice or of the words."""
    start_s = max(line.start_s, t - WINDOW_S) if modality == "voice" else line.start_s
    return {
        "type": f"{modality}_emotion",
        "synthetic": True,
        **_labels(_mood(mood)),
        "quality": 0.9,
        "reasons": [],
        "t": round(t, 3),
        "start_t": round(start_s, 3),
        "capture_t": round(t, 3),
        "infer_ms": 4.0,
        "engine": "synthetic",
    }


def _spoken(line: Line) -> list[dict[str, Any]]:
    """All that is told of one line, in order of time."""
    events = [_heard(at_s, modality, mood, line) for at_s, modality, mood in readings(line)]
    events += [transcript(line, at_s, text, is_final=False) for at_s, text in partials(line)]
    final_s = line.end_s + 0.35
    if line.origin == "speech":
        for state, at_s in (("start", line.start_s), ("end", line.end_s)):
            events.append({"type": "speech", "synthetic": True, "state": state, "t": round(at_s, 3)})
    events.append(transcript(line, final_s, line.text, is_final=True))
    parts = [_mood(_scene(line.end_s).mood), *([_mood(line.voice)] if line.voice else []), _mood(line.words)]
    probs = np.asarray(np.mean(parts, axis=0), dtype=np.float32)
    scene, smooth = _scene(line.end_s), probs / probs.sum()
    whole = _fused(line.end_s, smooth, scene, 0.9, dict.fromkeys(EMOTIONS, "steady"))
    span = {"start_s": line.start_s, "end_s": line.end_s, "origin": line.origin}
    events.append(whole | span | {"type": "utterance_emotion", "t": round(line.end_s + 0.45, 3)})
    return events


def make_session() -> dict[str, Any]:
    """The whole synthetic session as the page loads it: duration and events in order of time."""
    rng = np.random.default_rng(SEED)
    mood, smooth, quality = _mood(STORY[0].mood), _mood(STORY[0].mood), STORY[0].quality
    history: list[tuple[float, Probabilities]] = []
    events: list[dict[str, Any]] = []
    for i in range(int(DURATION_S * RATE_HZ)):
        t = (i + 1) / RATE_HZ
        scene = _scene(t)
        mood = mood + 0.16 * (_mood(scene.mood) - mood)
        quality += 0.3 * (scene.quality - quality)
        noisy = np.clip(mood * np.exp(rng.normal(0, 0.12, len(EMOTIONS))), 1e-4, None).astype(np.float32)
        face = noisy / noisy.sum()
        smooth = smooth + (1 - np.exp(-1 / RATE_HZ / SMOOTHING_S)) * (face - smooth)
        smooth = (smooth / smooth.sum()).astype(np.float32)
        history.append((t, smooth))
        if scene.has_face:
            events.append(_face(t, face, scene, quality))
        if PASSER_BY[0] <= t <= PASSER_BY[1]:
            events.append(_passer(t))
        if scene.has_face or i % (RATE_HZ // 2) == 0:
            events.append(_fused(t, smooth, scene, quality if scene.has_face else 0.0, _trends(history, t)))
        if i % RATE_HZ == RATE_HZ - 1:
            events.append(_stats(t))
    events += [event for line in LINES for event in _spoken(line)]
    events += replies()
    events.sort(key=lambda event: event["t"])
    return {"synthetic": True, "made_by": "python -m core.commands.demo", "duration_s": DURATION_S, "events": events}


def as_text(session: dict[str, Any]) -> str:
    """One event a line, so that a change shows as a small difference."""
    head = {key: value for key, value in session.items() if key != "events"}
    lines = ",\n".join(json.dumps(event, separators=(",", ":")) for event in session["events"])
    return json.dumps(head)[:-1] + ', "events": [\n' + lines + "\n]}\n"


def main(arguments: list[str]) -> None:
    """Write the file that the page plays, or the one that is named."""
    file = Path(arguments[0]) if arguments else FILE
    session = make_session()
    file.write_text(as_text(session), encoding="utf-8")
    print(f"{len(session['events'])} events, {DURATION_S:.0f} s, {file.stat().st_size / 1000:.0f} kB: {file}")


if __name__ == "__main__":
    main(sys.argv[1:])
