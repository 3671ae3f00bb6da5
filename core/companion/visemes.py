"""Phonemes with their times become the movement of a mouth: ARKit blend shapes and Oculus visemes, 30 a second. Pure.

Each phoneme is a target for jaw, rounding and lips. Targets overlap: each pulls with a weight that rises before it and
falls after it (dominance functions, Cohen and Massaro 1993, "Modeling coarticulation in synthetic visual speech"), and
each of the three is pulled on its own: a "t" says little about rounding, so the lips are round before "too" begins.
"""

from __future__ import annotations

import math
import re
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
LONGEST_S = 120.0
ROUND_BEFORE_S, ROUND_AFTER_S = 0.1, 0.06
"""decay of the pull on rounding: it is begun earlier than it is kept (Cohen and Massaro give it the slowest onset)"""
BLOCK, NEAR_S = 64, 0.6
"""frames at a time, and how far away a phoneme still counts: a minute of sound costs no more a second than a word"""

# Oculus viseme: ARKit shapes; seconds it pulls jaw and lips before and after; strength on jaw, rounding, lips.
# Shapes after the reference pictures of the Oculus LipSync guide; "Left" and "Right" are added where a shape has two
# sides. Strengths: what cannot give way is strong (lips of p, jaw of s), what does not matter is weak (lips of k).
SHAPES: Mapping[str, tuple[Mapping[str, float], float, tuple[float, float, float]]] = {
    "sil": ({}, 0.05, (0.6, 0.6, 0.6)),
    "PP": (
        {"mouthClose": 0.3, "mouthPress": 0.6, "mouthRollLower": 0.3, "mouthRollUpper": 0.25},
        0.02,
        (14.0, 0.3, 14.0),
    ),
    "FF": ({"jawOpen": 0.06, "mouthRollLower": 0.5, "mouthUpperUp": 0.3}, 0.05, (5.0, 0.5, 5.0)),
    "TH": ({"jawOpen": 0.16, "tongueOut": 0.35, "mouthLowerDown": 0.15}, 0.05, (2.0, 0.3, 2.0)),
    "DD": ({"jawOpen": 0.14, "mouthLowerDown": 0.15, "mouthUpperUp": 0.1}, 0.04, (1.0, 0.15, 0.8)),
    "kk": ({"jawOpen": 0.2, "mouthLowerDown": 0.12}, 0.04, (0.6, 0.1, 0.5)),
    "CH": ({"jawOpen": 0.12, "mouthFunnel": 0.5, "mouthPucker": 0.2}, 0.07, (2.0, 2.5, 2.0)),
    "SS": ({"jawOpen": 0.05, "mouthStretch": 0.3, "mouthLowerDown": 0.15}, 0.05, (2.5, 0.4, 1.5)),
    "nn": ({"jawOpen": 0.12, "mouthLowerDown": 0.1}, 0.04, (0.8, 0.1, 0.5)),
    "RR": ({"jawOpen": 0.16, "mouthFunnel": 0.25, "mouthPucker": 0.2}, 0.06, (1.0, 0.8, 0.8)),
    "aa": ({"jawOpen": 0.62, "mouthLowerDown": 0.3, "mouthUpperUp": 0.12}, 0.07, (1.2, 1.2, 1.2)),
    "E": ({"jawOpen": 0.36, "mouthStretch": 0.25, "mouthLowerDown": 0.22}, 0.07, (1.2, 1.2, 1.2)),
    "I": ({"jawOpen": 0.2, "mouthStretch": 0.35, "mouthSmile": 0.15, "mouthLowerDown": 0.15}, 0.07, (1.2, 1.5, 1.2)),
    "O": ({"jawOpen": 0.36, "mouthFunnel": 0.5, "mouthPucker": 0.25}, 0.08, (1.5, 2.5, 1.5)),
    "U": ({"jawOpen": 0.16, "mouthPucker": 0.65, "mouthFunnel": 0.25}, 0.08, (1.5, 3.0, 1.7)),
}
TWO_SIDED = frozenset({"mouthPress", "mouthUpperUp", "mouthLowerDown", "mouthStretch", "mouthSmile"})
JAW, ROUND, LIPS = 0, 1, 2
PULLED_BY = {"jawOpen": JAW, "mouthFunnel": ROUND, "mouthPucker": ROUND}
"""every other shape belongs to the lips"""

# Letter of an IPA symbol, without stress and marks, to its viseme; what is not here is a mid vowel.
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
    **dict.fromkeys("aɑæɐʌ", "aa"),
    **dict.fromkeys("eɛəɜɘɞɚɝ", "E"),
    **dict.fromkeys("iɪjɨɯʝ", "I"),
    **dict.fromkeys("oɔɤɒøœɵɶ", "O"),
    **dict.fromkeys("uʊwʉɥyʏ", "U"),
}
WRITTEN = {"s.": "ʂ", "z.": "ʐ", "ɯᵝ": "ʉ"}
"""how eSpeak writes retroflex sounds in Mandarin, and the narrow Japanese u, whose lips are drawn together"""
STOP_OF_AFFRICATE = re.compile("[td](?=[ʃʒɕʑʂʐsz])")
BREATH = re.compile("(?<=[ptkbdɡɕʂʃs])h")
"""of "th" in Mandarin: a breath, not a mouth"""
LETTERS: Mapping[str, str] = {
    **{"j": "I", "w": "U", "y": "I", "c": "kk", "g": "kk", "r": "RR", "x": "kk", "ß": "SS", "ł": "nn", "ı": "I"}
}
"""spelling, where it differs from IPA in most of the languages"""
SPELLED = str.maketrans(
    "абвгдежзийклмнопрстуфхцчшщыэюяابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "abvgdeʒzijklmnoprstufxsʃʃʃɨɛuaabtθʒħxdðrzsʃsdtðʕɣfqklmnhui",
)
"""Russian and Arabic letters to one sound each"""
NAMED = re.compile("(?:HIRAGANA|KATAKANA) LETTER (?:SMALL )?(\\w+)|HANGUL SYLLABLE (\\w+)")
"""Unicode's own names spell these scripts: HIRAGANA LETTER MA"""
NAMES = tuple(SHAPES)
ARKIT = tuple(
    dict.fromkeys(
        name
        for shapes, _, _ in SHAPES.values()
        for shape in shapes
        for name in ((f"{shape}Left", f"{shape}Right") if shape in TWO_SIDED else (shape,))
    )
)
Mouth = tuple[str, float, float]
"""Oculus name, start and end in seconds"""


def _targets() -> NDArray[np.float64]:
    """(3, visemes, ARKIT): the shapes of jaw, rounding and lips, apart."""
    apart = np.zeros((3, len(NAMES), len(ARKIT)))
    for row, (shapes, _, _) in enumerate(SHAPES.values()):
        for shape, weight in shapes.items():
            for name in (f"{shape}Left", f"{shape}Right") if shape in TWO_SIDED else (shape,):
                apart[PULLED_BY.get(shape, LIPS), row, ARKIT.index(name)] = weight
    return apart


TARGETS = _targets()
REACH_S = np.array([reach for _, reach, _ in SHAPES.values()])
STRENGTH = np.array([strength for _, _, strength in SHAPES.values()]).T
"""(3, visemes)"""


def visemes_of(symbol: str) -> tuple[str, ...]:
    """Oculus names for an IPA symbol, in turn: two for "aɪ", none for a mark such as "(en)", "sil" for a pause."""
    if symbol.startswith("(") or symbol == "ʲ":
        return ()
    plain = unicodedata.normalize("NFD", symbol)
    for written, meant in WRITTEN.items():
        plain = plain.replace(written, meant)
    plain = "".join(c for c in plain if unicodedata.category(c) in {"Ll", "Lu", "Lo"})
    plain = BREATH.sub("", STOP_OF_AFFRICATE.sub("", plain))
    return tuple(PHONEMES.get(c) or PHONEMES.get(c.lower(), "E") for c in plain) or ("sil",)


def track(phonemes: Sequence[Phoneme], duration_s: float) -> tuple[VisemeFrame, ...]:
    """Frames from 0 to the duration of the sound, closed at its end; empty for no sound."""
    if not 0 < duration_s <= LONGEST_S:
        return ()
    return _frames(_mouths([p for p in phonemes if visemes_of(p.symbol)], duration_s), duration_s)


def _mouths(phonemes: Sequence[Phoneme], duration_s: float) -> list[Mouth]:
    """One after another without gaps, up to the end; the parts of one symbol share its time."""
    starts = [min(max(0.0, p.start_s), duration_s) for p in phonemes] + [duration_s]
    mouths: list[Mouth] = []
    for phoneme, start_s, next_s in zip(phonemes, starts, starts[1:], strict=False):
        visemes = visemes_of(phoneme.symbol)
        cuts = np.linspace(start_s, max(start_s, next_s), len(visemes) + 1)
        mouths += [(v, float(a), float(b)) for v, a, b in zip(visemes, cuts, cuts[1:], strict=False)]
    return mouths


def _frames(mouths: list[Mouth], duration_s: float) -> tuple[VisemeFrame, ...]:
    """Each frame is the mean of the targets under their pull at that time; what is not filled is a pause."""
    if not mouths:
        return ()
    mouths = [("sil", 0.0, mouths[0][1]), *mouths, ("sil", mouths[-1][2], duration_s)]
    kinds = np.array([NAMES.index(viseme) for viseme, _, _ in mouths])
    starts, ends = (np.array([mouth[side] for mouth in mouths]) for side in (1, 2))
    times = np.arange(math.ceil(duration_s * FRAMES_A_SECOND) + 1) / FRAMES_A_SECOND
    frames: list[VisemeFrame] = []
    for first in range(0, len(times), BLOCK):
        block = times[first : first + BLOCK]
        near = (ends >= block[0] - NEAR_S) & (starts <= block[-1] + NEAR_S)
        shapes, visemes = _mixed(block, kinds[near], starts[near], ends[near])
        edges = _edges(block, duration_s)[:, None]
        visemes = visemes * edges + (1 - edges) * np.eye(len(NAMES))[NAMES.index("sil")]
        frames += [_frame(float(t), s, v) for t, s, v in zip(block, shapes * edges, visemes, strict=True)]
    return tuple(frames)


def _mixed(
    times: NDArray[np.float64], kinds: NDArray[np.int64], starts: NDArray[np.float64], ends: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(times, ARKIT) and (times, visemes); the visemes go by the pull on the lips."""
    before = np.maximum(starts - times[:, None], 0.0)
    after = np.maximum(times[:, None] - ends, 0.0)
    quick = np.exp(-(((before + after) / (REACH_S[kinds] / 2)) ** 2))
    slow = np.exp(-before / ROUND_BEFORE_S - after / ROUND_AFTER_S)
    pull = STRENGTH[:, kinds][:, None, :] * np.stack([quick, slow, quick]) + 1e-12
    share = pull / pull.sum(axis=2, keepdims=True)
    return np.einsum("gtm,gma->ta", share, TARGETS[:, kinds]), share[LIPS] @ np.eye(len(NAMES))[kinds]


def _edges(times: NDArray[np.float64], duration_s: float) -> NDArray[np.float64]:
    """0 at the end of the sound, 1 within it."""
    return np.clip(np.minimum((times + FADE_S / 2) / FADE_S, (duration_s - times) / FADE_S), 0.0, 1.0)


def _frame(time_s: float, shapes: NDArray[np.float64], visemes: NDArray[np.float64]) -> VisemeFrame:
    blend = {name: round(min(1.0, w), 3) for name, w in zip(ARKIT, shapes.tolist(), strict=True) if w >= LEAST}
    for name, weight in zip(NAMES, visemes.tolist(), strict=True):
        if weight >= LEAST:
            blend[f"viseme_{name}"] = round(min(1.0, weight), 3)
    return VisemeFrame(round(time_s, 4), blend)


def track_from_loudness(text: str, samples: FloatArray, rate_hz: int) -> tuple[VisemeFrame, ...]:
    """For a voice that tells no phonemes: letters spread over the loud parts, opened by their loudness."""
    duration_s = len(samples) / rate_hz
    visemes = _spelled(text)
    if not visemes or not 0 < duration_s <= LONGEST_S:
        return ()
    loud = _loudness(samples, rate_hz)
    voiced = np.flatnonzero(loud > 0.15)
    if len(voiced) == 0:
        return ()
    edges = np.interp(np.linspace(0, len(voiced), len(visemes) + 1), np.arange(len(voiced)), voiced) * WINDOW_S
    mouths = [(v, float(a), float(b)) for v, a, b in zip(visemes, edges, edges[1:], strict=False)]
    frames = _frames(mouths, duration_s)
    return tuple(_opened(frame, float(loud[min(len(loud) - 1, int(frame.time_s / WINDOW_S))])) for frame in frames)


def _spelled(text: str) -> list[str]:
    """A viseme a letter; kana and Hangul by the letters of their names, an ideograph is a mid vowel."""
    plain = ""
    for character in text.lower():
        named = NAMED.match(unicodedata.name(character, ""))
        plain += (named[1] or named[2]).lower() if named else unicodedata.normalize("NFD", character)
    letters = [c for c in plain.translate(SPELLED) if c.isalpha() and unicodedata.category(c) != "Lm"]
    return [LETTERS.get(letter) or PHONEMES.get(letter, "E") for letter in letters]


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
