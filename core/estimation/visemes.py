"""Phonemes with their times become the movement of a mouth: ARKit blend shapes and Oculus visemes, 30 a second. Pure.

Each phoneme is a target for lips, jaw and tongue. Targets overlap: each pulls with a weight that rises before it and
falls after it (dominance functions, Cohen and Massaro 1993, "Modeling coarticulation in synthetic visual speech").
Rounded lips are begun early; lips that must close do close.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray, Phoneme, VisemeFrame

FRAMES_A_SECOND = 30.0
LEAST = 0.02
"""smaller weights are left out"""
FADE_S = 0.07
"""to and from rest at both ends"""
WINDOW_S = 0.02
LOUD_PERCENTILE = 90
LONGEST_S = 60.0

# Oculus viseme: (ARKit shapes, seconds it pulls before and after, strength). Shapes after the reference pictures of
# the Oculus LipSync guide; "Left" and "Right" are added where a shape has two sides.
SHAPES: Mapping[str, tuple[Mapping[str, float], float, float]] = {
    "sil": ({}, 0.05, 0.6),
    "PP": ({"mouthClose": 0.3, "mouthPress": 0.6, "mouthRollLower": 0.3, "mouthRollUpper": 0.25}, 0.035, 4.0),
    "FF": ({"jawOpen": 0.06, "mouthRollLower": 0.5, "mouthUpperUp": 0.3}, 0.05, 3.5),
    "TH": ({"jawOpen": 0.16, "tongueOut": 0.35, "mouthLowerDown": 0.15}, 0.05, 2.0),
    "DD": ({"jawOpen": 0.14, "mouthLowerDown": 0.15, "mouthUpperUp": 0.1}, 0.04, 1.0),
    "kk": ({"jawOpen": 0.2, "mouthLowerDown": 0.12}, 0.04, 0.7),
    "CH": ({"jawOpen": 0.12, "mouthFunnel": 0.5, "mouthPucker": 0.2}, 0.07, 2.0),
    "SS": ({"jawOpen": 0.05, "mouthStretch": 0.3, "mouthLowerDown": 0.15}, 0.05, 1.8),
    "nn": ({"jawOpen": 0.12, "mouthLowerDown": 0.1}, 0.04, 0.8),
    "RR": ({"jawOpen": 0.16, "mouthFunnel": 0.25, "mouthPucker": 0.2}, 0.06, 1.0),
    "aa": ({"jawOpen": 0.62, "mouthLowerDown": 0.3, "mouthUpperUp": 0.12}, 0.07, 1.2),
    "E": ({"jawOpen": 0.36, "mouthStretch": 0.25, "mouthLowerDown": 0.22}, 0.07, 1.2),
    "I": ({"jawOpen": 0.2, "mouthStretch": 0.35, "mouthSmile": 0.15, "mouthLowerDown": 0.15}, 0.07, 1.2),
    "O": ({"jawOpen": 0.36, "mouthFunnel": 0.5, "mouthPucker": 0.25}, 0.1, 1.5),
    "U": ({"jawOpen": 0.16, "mouthPucker": 0.65, "mouthFunnel": 0.25}, 0.12, 1.7),
}
TWO_SIDED = frozenset({"mouthPress", "mouthUpperUp", "mouthLowerDown", "mouthStretch", "mouthSmile"})

# First letter of an IPA symbol, without stress and marks, to its viseme; what is not here is a mid vowel or nothing.
PHONEMES: Mapping[str, str] = {
    **dict.fromkeys("pbmɓʘ", "PP"),
    **dict.fromkeys("fvɱʋɸβ", "FF"),
    **dict.fromkeys("θð", "TH"),
    **dict.fromkeys("tdʈɖɗɾ", "DD"),
    **dict.fromkeys("kgɡqɢxɣχħʕhɦʔcɟ", "kk"),
    **dict.fromkeys("ʃʒɕʑʂʐçʧʤ", "CH"),
    **dict.fromkeys("szʦʣ", "SS"),
    **dict.fromkeys("nŋɲɳlɫʎɭɴ", "nn"),
    **dict.fromkeys("rɹʀʁɻɽʙ", "RR"),
    **dict.fromkeys("aɑæɐʌäɒɶ", "aa"),
    **dict.fromkeys("eɛəɜɘɞɚɝœø", "E"),
    **dict.fromkeys("iɪjɨyʏ", "I"),
    **dict.fromkeys("oɔɤ", "O"),
    **dict.fromkeys("uʊwɯʉɥ", "U"),
}
ROUNDED = {"y": "U", "ʏ": "U", "ø": "O", "œ": "O", "ɒ": "O"}
"""front and low vowels with round lips look like the back ones"""
LETTERS: Mapping[str, str] = {"j": "I", "w": "U", "y": "I", "c": "kk", "g": "kk", "r": "RR", "x": "kk"}
NAMES = tuple(SHAPES)
ARKIT = tuple(
    dict.fromkeys(
        name
        for shapes, _, _ in SHAPES.values()
        for shape in shapes
        for name in ((f"{shape}Left", f"{shape}Right") if shape in TWO_SIDED else (shape,))
    )
)


def _targets() -> NDArray[np.float64]:
    """(visemes, ARKIT)"""
    rows = np.zeros((len(NAMES), len(ARKIT)))
    for row, (shapes, _, _) in enumerate(SHAPES.values()):
        for shape, weight in shapes.items():
            for name in (f"{shape}Left", f"{shape}Right") if shape in TWO_SIDED else (shape,):
                rows[row, ARKIT.index(name)] = weight
    return rows


TARGETS = _targets()
REACH_S = np.array([reach for _, reach, _ in SHAPES.values()])
STRENGTH = np.array([strength for _, _, strength in SHAPES.values()])


def viseme_of(symbol: str) -> str:
    """The Oculus name for an IPA symbol; "sil" for a pause, a neutral vowel for a symbol nobody knows."""
    plain = [c for c in unicodedata.normalize("NFD", symbol) if unicodedata.category(c) in {"Ll", "Lu", "Lo"}]
    plain = [c for c in plain if c not in "ʰʷʲˠˤ"]
    if not plain:
        return "sil"
    letter = plain[0]
    return ROUNDED.get(letter) or PHONEMES.get(letter) or PHONEMES.get(letter.lower(), "E")


def track(phonemes: Sequence[Phoneme], duration_s: float) -> tuple[VisemeFrame, ...]:
    """Frames from 0 to the duration of the sound, closed at its end; empty for no sound."""
    if not 0 < duration_s <= LONGEST_S or not phonemes:
        return ()
    starts = np.array([min(max(0.0, p.start_s), duration_s) for p in phonemes])
    ends = np.maximum(np.append(starts[1:], duration_s), starts)
    return _frames([viseme_of(p.symbol) for p in phonemes], starts, ends, duration_s)


def _frames(
    visemes: Sequence[str], starts: NDArray[np.float64], ends: NDArray[np.float64], duration_s: float
) -> tuple[VisemeFrame, ...]:
    """Each frame is the mean of the targets under their pull at that time."""
    times = np.arange(math.ceil(duration_s * FRAMES_A_SECOND) + 1) / FRAMES_A_SECOND
    kinds = np.array([NAMES.index(v) for v in visemes])
    reach = REACH_S[kinds]
    outside = np.maximum(np.maximum(starts - times[:, None], times[:, None] - ends), 0.0)
    pull = STRENGTH[kinds] * np.exp(-((outside / (reach / 2)) ** 2)) + 1e-12
    share = pull / pull.sum(axis=1, keepdims=True)
    share *= _edges(times, duration_s)[:, None]
    shapes = share @ TARGETS[kinds]
    names = share @ np.eye(len(NAMES))[kinds]
    return tuple(_frame(float(t), s, n) for t, s, n in zip(times, shapes, names, strict=True))


def _edges(times: NDArray[np.float64], duration_s: float) -> NDArray[np.float64]:
    """0 at both ends of the sound, 1 between them."""
    return np.clip(np.minimum((times + FADE_S / 2) / FADE_S, (duration_s - times) / FADE_S), 0.0, 1.0)


def _frame(time_s: float, shapes: NDArray[np.float64], visemes: NDArray[np.float64]) -> VisemeFrame:
    blend = {name: round(min(1.0, float(w)), 3) for name, w in zip(ARKIT, shapes, strict=True) if w >= LEAST}
    blend |= {f"viseme_{n}": round(min(1.0, float(w)), 3) for n, w in zip(NAMES, visemes, strict=True) if w >= LEAST}
    return VisemeFrame(round(time_s, 4), blend)


def track_from_loudness(text: str, samples: FloatArray, rate_hz: int) -> tuple[VisemeFrame, ...]:
    """For a voice that tells no phonemes: letters spread over the loud parts, opened by their loudness."""
    duration_s = len(samples) / rate_hz
    letters = [c for c in text.lower() if c.isalpha()]
    if not letters or not 0 < duration_s <= LONGEST_S:
        return ()
    loud = _loudness(samples, rate_hz)
    voiced = np.flatnonzero(loud > 0.15)
    if len(voiced) == 0:
        return ()
    edges = np.interp(np.linspace(0, len(voiced), len(letters) + 1), np.arange(len(voiced)), voiced) * WINDOW_S
    visemes = [LETTERS.get(letter) or PHONEMES.get(letter, "E") for letter in letters]
    frames = _frames(visemes, edges[:-1], edges[1:], duration_s)
    return tuple(_opened(frame, float(loud[min(len(loud) - 1, int(frame.time_s / WINDOW_S))])) for frame in frames)


def _loudness(samples: FloatArray, rate_hz: int) -> NDArray[np.float64]:
    """0..1 a window, by the loud parts of this sound."""
    width = max(1, round(WINDOW_S * rate_hz))
    count = max(1, len(samples) // width)
    whole = np.resize(samples, count * width) if len(samples) < width else samples[: count * width]
    power = np.sqrt(np.mean(np.square(whole.reshape(count, width), dtype=np.float64), axis=1))
    full = float(np.percentile(power, LOUD_PERCENTILE))
    return np.clip(power / full, 0.0, 1.0) if full > 1e-4 else np.zeros(count)


def _opened(frame: VisemeFrame, loud: float) -> VisemeFrame:
    """A quiet moment is a nearly closed mouth, whatever the letter."""
    scaled = {name: round(weight * min(1.0, loud * 1.2), 3) for name, weight in frame.blend.items()}
    return VisemeFrame(frame.time_s, {name: weight for name, weight in scaled.items() if weight >= LEAST})
