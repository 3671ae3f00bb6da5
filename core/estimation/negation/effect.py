"""What a net's seven probabilities become where the feelings that a text names are negated, wished for or past. Pure.

A named expression that is turned gives most of its share away: joy to sadness, the others to neutral. One that is meant
beside a negation that turns nothing is given a share, for there a small net is misled. Both fade with the length of the
text, of which one clause says the less the longer it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.estimation.negation.grammar import Language, Naming, read_namings
from core.types import EMOTIONS

TURNED_SHARE = 0.8
"""of a turned expression's probability that moves away"""
MEANT_SHARE = 0.6
"""of the result is the expression that is meant"""
FULL_WORDS = 8
"""words up to which a text has the shares whole; beyond it they fall with the square of the length: chosen on the valid
splits of GoEmotions, DailyDialog, EmoryNLP, CARER and ISEAR, which hold the longer texts"""
LONGEST_WORDS, LONGEST_CHARACTERS = 40, 400
"""longer texts are left as they are: a twenty-fifth of a share says nothing, and patterns over them take long"""

NEUTRAL, HAPPY, SAD, SURPRISE = (EMOTIONS.index(label) for label in ("neutral", "happy", "sad", "surprise"))
UNPLEASANT = frozenset(EMOTIONS.index(label) for label in ("sad", "angry", "fear", "disgust"))


@dataclass(frozen=True, slots=True)
class Effect:
    probs: np.ndarray
    """(7,) of the same sum as before"""
    rules: tuple[str, ...]
    """ "negation" where something was turned, "idle_negation" where something was meant"""


def apply_negation(text: str, language: Language, probs: np.ndarray) -> Effect:
    """The probabilities (7,) after what the text (lower case, plain apostrophes) turns and means."""
    length = max(1, len(text.split()))
    is_short = length <= LONGEST_WORDS and len(text) <= LONGEST_CHARACTERS
    namings = read_namings(text, language) if is_short else ()
    turned, meant = _turned(namings), _meant(namings)
    share = min(1.0, FULL_WORDS / length) ** 2
    after = np.array(probs, dtype=np.float64)
    for place in turned:
        moved = TURNED_SHARE * share * after[place]
        after[place] -= moved
        after[SAD if place == HAPPY else NEUTRAL] += moved
    if meant is not None:
        after = (1 - MEANT_SHARE * share) * after
        after[meant] += MEANT_SHARE * share * probs.sum()
    told = (("negation", bool(turned)), ("idle_negation", meant is not None))
    return Effect(after, tuple(code for code, has_spoken in told if has_spoken))


def _turned(namings: Sequence[Naming]) -> list[int]:
    """Expressions whose last naming is turned; all unpleasant ones where nothing but such is named: "not sad"."""
    last = {naming.place: naming for naming in namings}
    turned = {place for place, naming in last.items() if naming.is_turned}
    if turned and HAPPY not in turned and len(turned) == len(last):
        turned |= UNPLEASANT
    return sorted(turned)


def _meant(namings: Sequence[Naming]) -> int | None:
    """The expression named last of those that are meant, or stand after one that is turned: "not sad but angry"."""
    ends_turned = set(_turned(namings))
    stated = [naming for naming in namings if not naming.is_turned and naming.place not in ends_turned]
    places = [
        naming.place for naming in stated if naming.is_meant or any(_is_contrast(other, naming) for other in namings)
    ]
    plain = [place for place in places if place != SURPRISE]  # "I can't believe how lucky I am" is happy
    chosen = plain or places
    return chosen[-1] if chosen else None


def _is_contrast(first: Naming, second: Naming) -> bool:
    return first.is_turned and first.start < second.start and first.place != second.place
