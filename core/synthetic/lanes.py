"""What the lanes would tell of a script: outcomes with readings of known mood and quality in place of a model's.

Times, states and qualities are those of the real lanes (core/live/lanes/); only the probabilities come from the script,
with a little noise of a seed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from core.engines.requests import VOICE_WINDOW
from core.estimation.ordering import Outcome
from core.estimation.words import text_quality
from core.live.lanes.voice import MURMUR_S
from core.live.lanes.voice_windows import HOP, LEAST_SPEECH
from core.synthetic.script import Line, Passer, Scene, Script, probabilities
from core.types import (
    SOUND_RATE_HZ,
    Estimate,
    FloatArray,
    Modality,
    Quality,
    SpeechLasting,
    SpeechState,
    Utterance,
)

ENGINE = "synthetic"
LANGUAGE = "en"
FRAME_PX = (640, 480)
EASE_S = 0.5
"""a face is two thirds of the way to a new mood after this long"""
NOISE = 0.12
"""standard deviation of the log-probabilities"""
VOICE_QUALITY = 0.9
PATIENCE_S = 0.7
"""silence after which an utterance has ended; the default of the settings"""
FACE_TAKES_S, SPEECH_TAKES_S, WORDS_TAKE_S = 0.046, 0.12, 0.15
"""from the input to its outcome: a picture, a chunk of sound, the words of an utterance"""
SILENCE_S = 0.5
"""how often the voice lane says that nobody speaks"""

Told = tuple[float, Outcome]
"""session time at which it is told, and what"""


def outcomes(script: Script, random: np.random.Generator) -> list[Told]:
    """Of all lanes, in the order in which they are told."""
    told = [*_pictures(script, random), *_silence(script)]
    for line in script.lines:
        told += [*_voice(line, random), *_words(line, random)]
    return sorted(told, key=lambda one: one[0])


def _pictures(script: Script, random: np.random.Generator) -> Iterator[Told]:
    share = 1 - math.exp(-1 / (script.pictures_hz * EASE_S))
    shown, quality = probabilities(script.scenes[0].mood), script.scenes[0].quality
    for number in range(1, int(script.duration_s * script.pictures_hz) + 1):
        at_s = number / script.pictures_hz
        scene = script.scene_at(at_s)
        shown = shown + share * (probabilities(scene.mood) - shown)
        quality += share * (scene.quality - quality)
        faces = [_face(at_s, _noisy(shown, random), quality, scene, random)] if scene.has_face else []
        faces += [_other(at_s, one, random) for one in script.passers if one.start_s <= at_s <= one.end_s]
        yield at_s + FACE_TAKES_S, Outcome("face", at_s, at_s, at_s, tuple(faces))


def _face(at_s: float, probs: FloatArray, quality: float, scene: Scene, random: np.random.Generator) -> Estimate:
    """The person's: a head that sways a little."""
    x = 320 + 22 * math.sin(0.37 * at_s) + 8 * math.sin(1.3 * at_s)
    y = 232 + 9 * math.sin(0.53 * at_s + 1)
    half = 92 + 7 * math.sin(0.21 * at_s)
    box = (x - half, y - 1.18 * half, x + half, y + 1.18 * half)
    seen = Quality(quality, scene.reasons)
    return _of_face(_estimate("face", (at_s, at_s), probs, seen, random), box, face_id=1)


def _other(at_s: float, passer: Passer, random: np.random.Generator) -> Estimate:
    """Whoever walks by comes in from the right and leaves there again."""
    x = 690 - 200 * math.sin(math.pi * (at_s - passer.start_s) / (passer.end_s - passer.start_s))
    probs, seen = _noisy(probabilities(passer.mood), random), Quality(passer.quality)
    read = _estimate("face", (at_s, at_s), probs, seen, random)
    return _of_face(read, (x - 46, 112.0, x + 46, 222.0), face_id=2)


def _silence(script: Script) -> Iterator[Told]:
    """The voice lane tells how far it has heard while nobody speaks."""
    for number in range(1, int(script.duration_s / SILENCE_S) + 1):
        at_s = number * SILENCE_S
        if not any(line.voice and line.start_s <= at_s <= line.end_s + PATIENCE_S for line in script.lines):
            yield at_s + SPEECH_TAKES_S, Outcome("voice", at_s, at_s, at_s, ())


def _voice(line: Line, random: np.random.Generator) -> Iterator[Told]:
    """Begin, readings of the last two seconds every half second, and end of one spoken line."""
    if line.origin == "typed":
        return

    def heard(at_s: float, event: Estimate | SpeechState | SpeechLasting) -> Told:
        return at_s + SPEECH_TAKES_S, Outcome("voice", at_s, at_s, at_s, (event,))

    yield heard(line.start_s, SpeechState("start", line.start_s))
    if line.end_s - line.start_s > MURMUR_S:
        yield heard(line.start_s + MURMUR_S, SpeechLasting(line.start_s + MURMUR_S))
    at_s = line.start_s + LEAST_SPEECH / SOUND_RATE_HZ
    while at_s <= line.end_s:
        start_s = max(line.start_s, at_s - VOICE_WINDOW / SOUND_RATE_HZ)
        probs = _noisy(probabilities(line.voice), random)
        yield heard(at_s, _estimate("voice", (start_s, at_s), probs, Quality(VOICE_QUALITY), random))
        at_s += HOP / SOUND_RATE_HZ
    yield heard(line.end_s + PATIENCE_S, SpeechState("end", line.end_s))


def _words(line: Line, random: np.random.Generator) -> Iterator[Told]:
    """The words as far as they are known, every other one; at last all of them, and what they read as."""
    said = line.text.split()
    step_s = (line.end_s - line.start_s) / len(said)
    for number in range(2, len(said), 2) if line.origin == "speech" else ():
        at_s = line.start_s + step_s * number
        yield _transcribed(at_s, _utterance(line, " ".join(said[:number]), at_s, is_final=False))
    at_s = line.end_s + (PATIENCE_S if line.origin == "speech" else 0.0)
    quality, probs = text_quality(line.text), _noisy(probabilities(line.words), random)
    read = _estimate("text", (line.start_s, line.end_s), probs, quality, random)
    yield _transcribed(at_s, _utterance(line, line.text, line.end_s, is_final=True), read)


def _transcribed(at_s: float, *events: Utterance | Estimate) -> Told:
    return at_s + WORDS_TAKE_S, Outcome("text", at_s, at_s, at_s, events)


def _utterance(line: Line, text: str, end_s: float, is_final: bool) -> Utterance:
    engine = ENGINE if line.origin == "speech" else ""
    return Utterance(text, line.start_s, end_s, end_s, end_s, LANGUAGE, is_final, line.origin, 1.0, engine)


def _noisy(probs: FloatArray, random: np.random.Generator) -> FloatArray:
    noisy = np.maximum(probs * np.exp(random.normal(0, NOISE, len(probs))), 1e-4)
    return np.asarray(noisy / noisy.sum(), dtype=np.float32)


def _estimate(
    modality: Modality, span_s: tuple[float, float], probs: FloatArray, quality: Quality, random: np.random.Generator
) -> Estimate:
    """As calibrated as it is raw: the script's own probabilities need no temperature."""
    start_s, end_s = span_s
    infer_ms = float(random.gamma(9.0, 1.0))
    return Estimate(modality, start_s, end_s, end_s, probs, probs, quality, ENGINE, infer_ms, arrived_s=end_s)


def _of_face(read: Estimate, box_px: tuple[float, float, float, float], face_id: int) -> Estimate:
    """Where it is in the picture, and whose; the first is the person's."""
    return replace(read, frame_px=FRAME_PX, box_px=box_px, face_id=face_id, is_subject=face_id == 1)
