"""Rules over the text net: what a small net gets wrong and a reader does not, and how fit a text is for reading. Pure.

Each rule changes the net's seven probabilities in one stated way and leaves its code behind, so that any reading can be
explained. Negation is read in the languages that have a table (core/estimation/negation), emoji and emoticons in all,
the rest in English.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.estimation.negation.effect import apply_negation
from core.estimation.negation.languages import LANGUAGES
from core.estimation.unlearned import is_unlearned
from core.types import EMOTIONS, FloatArray, Quality

SHORT_CHARACTERS = 10
"""a text under it is "short_text" """
LONG_CHARACTERS = 2_000
"""what lies beyond is not read"""
UNSURE_TRANSCRIPT = 0.75
"""confidence of a transcript under which a third of its words and more are wrong (models/transcribe_moonshine.py)"""

NEUTRAL, HAPPY, SAD, ANGRY, FEAR, DISGUST, SURPRISE = range(len(EMOTIONS))

EMOJI: Mapping[str, int] = {
    **dict.fromkeys("😀😃😄😁😆😅😂🤣😊😇🙂😉😍🥰😘😋😜🤗🥳😎😌❤💕💖👍🎉😺", HAPPY),
    **dict.fromkeys("😢😭😞😔😟😥😪💔😿🥺☹🙁😩", SAD),
    **dict.fromkeys("😠😡🤬😤👿💢🖕", ANGRY),
    **dict.fromkeys("😨😱😰😧😬🫣", FEAR),
    **dict.fromkeys("🤢🤮🤧💩", DISGUST),
    **dict.fromkeys("😮😯😲🤯😳😵", SURPRISE),
    **dict.fromkeys("😐😑😶", NEUTRAL),
}
EMOTICONS: tuple[tuple[str, int], ...] = (
    (r"(?<!\w)[:=;]['-]?[)D\]](?!\w)|(?<!\w)[xX]D\b|\^_?\^|<3", HAPPY),
    (r"(?<![\w>])[:=]['-]?[(\[](?!\w)|(?<!\w);_;|\bT_T\b", SAD),
    (r">:-?[(\[]", ANGRY),
    (r"(?<!\w)[:=]-?[oO](?!\w)|\b[oO]_[oO]\b", SURPRISE),
)
STRONG = r"\b(?:so|very|really|extremely|incredibly|totally|absolutely|completely|terribly|deeply)\b"
WEAK = r"\b(?:a bit|a little|slightly|somewhat|kind of|kinda|sort of|sorta)\b"
HEDGE = (
    r"^\W*(?:i'?m|i am|it'?s|it is|we'?re)?\W*(?:fine|ok|okay|alright|all right|whatever|i guess)"
    r"\W*(?:i guess|really|thanks|thank you)?\W*$"
)
QUESTION = r"\?\s*$"
ASKS = r"^\W*(?:who|what|when|where|which|why|how|is|are|do|does|did|can|could|would|will|shall|should|may|have|has)\b"

EMOJI_SHARE = 0.3
"""of the result is what the emoji show beside words; at 0.5 GoEmotions valid got worse (14 texts right, 30 wrong)"""
STRENGTHEN, WEAKEN = 1.4, 0.7
"""exponent of the probabilities: 1.4 sharpens, 0.7 flattens"""
HEDGE_CHARACTERS = 60
"""a longer text is more than a hedge"""
HEDGE_LARGEST = 0.5
"""a hedge leaves no expression but neutral more than this"""
QUESTION_SHARE = 0.3
"""of what is not neutral moves to neutral in a question without any other sign"""


@dataclass(frozen=True, slots=True)
class Adjusted:
    probs: FloatArray
    """(7,) summing to 1"""
    rules: tuple[str, ...]
    """codes of the rules that spoke, in their order"""


def adjust(text: str, language: str, probs: FloatArray) -> Adjusted:
    """The net's probabilities (7,) after all rules: negation where it has a table, emoji always, others in English."""
    plain = unicodedata.normalize("NFKC", text[:LONG_CHARACTERS]).replace("’", "'").lower()
    told: list[str] = []
    after = np.asarray(probs, dtype=np.float64)
    code = language.split("-", maxsplit=1)[0].lower()
    if code in LANGUAGES:
        effect = apply_negation(plain, LANGUAGES[code], after)
        after = effect.probs
        told += effect.rules
    if code == "en":
        for name, rule in (("intensifier", _intensifier), ("hedge", _hedge), ("question", _question)):
            changed = rule(plain, after)
            if changed is not None:
                told.append(name)
                after = changed
    shown = _emoji(text[:LONG_CHARACTERS], after)
    if shown is not None:
        told.append("emoji")
        after = shown
    return Adjusted((after / after.sum()).astype(np.float32), tuple(told))


Probabilities = np.ndarray


def _intensifier(plain: str, probs: Probabilities) -> Probabilities | None:
    """ "so very sad!!!" says it louder, "a bit sad" softer; which expression leads stays."""
    if re.search(WEAK, plain):
        return _sharpened(probs, WEAKEN)
    return _sharpened(probs, STRENGTHEN) if re.search(STRONG, plain) or re.search(r"!{2,}", plain) else None


def _sharpened(probs: Probabilities, exponent: float) -> Probabilities:
    powered = np.power(np.maximum(probs, 0.0), exponent)
    return np.asarray(powered / powered.sum())


def _hedge(plain: str, probs: Probabilities) -> Probabilities | None:
    """ "I'm fine" says little: nothing but neutral keeps more than half."""
    if len(plain) > HEDGE_CHARACTERS or not re.search(HEDGE, plain):
        return None
    after = probs.copy()
    for place in range(1, len(EMOTIONS)):
        excess = max(0.0, after[place] - HEDGE_LARGEST * after.sum())
        after[place] -= excess
        after[NEUTRAL] += excess
    after[NEUTRAL] = max(after[NEUTRAL], after.max())
    return np.asarray(after / after.sum())


def _question(plain: str, probs: Probabilities) -> Probabilities | None:
    """A plain question is mostly a question."""
    if not (re.search(QUESTION, plain) and re.search(ASKS, plain)) or "!" in plain:
        return None
    after = probs * (1 - QUESTION_SHARE)
    after[NEUTRAL] += QUESTION_SHARE * probs.sum()
    return np.asarray(after)


def _emoji(text: str, probs: Probabilities) -> Probabilities | None:
    """What the emoji show counts as much as what the words say; more where there are no words."""
    counts = np.zeros(len(EMOTIONS))
    for character in text:
        place = EMOJI.get(character)
        if place is not None:
            counts[place] += 1
    for pattern, place in EMOTICONS:
        counts[place] += len(re.findall(pattern, text))
    if counts.sum() == 0:
        return None
    share = EMOJI_SHARE if has_words(text) else 0.9
    return np.asarray((1 - share) * probs / probs.sum() + share * counts / counts.sum())


def has_words(text: str) -> bool:
    """Whether there is a letter of any script in it."""
    return any(unicodedata.category(character).startswith("L") for character in text[:LONG_CHARACTERS])


def text_quality(text: str, confidence: float = 1.0) -> Quality:
    """How fit a text is for reading: long enough, in words of a language
    the net has learned, and, where it was transcribed, surely heard."""
    length = len(text.strip())
    letters = [c for c in text[:LONG_CHARACTERS] if unicodedata.category(c).startswith("L")]
    foreign = sum("LATIN" not in unicodedata.name(c, "") for c in letters) > len(letters) / 2 if letters else False
    checks = (
        ("short_text", length < SHORT_CHARACTERS, 0.4 + 0.6 * min(1.0, length / SHORT_CHARACTERS)),
        ("no_words", not letters, 0.6),
        ("other_script", foreign, 0.3),
        ("unlearned_language", not foreign and is_unlearned(text), 0.3),
        ("long_text", length > LONG_CHARACTERS, 0.9),
        ("unsure_transcript", confidence < UNSURE_TRANSCRIPT, 1.0),
    )
    score = 0.3 + 0.7 * min(1.0, max(0.0, confidence)) if length else 0.0
    for _, is_wrong, worth in checks:
        score *= worth if is_wrong else 1.0
    return Quality(score, tuple(reason for reason, is_wrong, _ in checks if is_wrong))
