"""The table of modalities: all that the house asks of one, a row each, in the order in which they are shown.

Fusion, conflict, baseline, judge, consent, stored columns, exports, statistics and charts read this table; none asks
for a modality by name. A new modality is
- its name in `Modality` and `MODALITIES` (core/types.py) and a row here;
- a lane in core/live/lanes/, its line in core/live/assembly.py and, for an engine of its own, its request in
  core/engines/requests.py;
- where readings are kept: a migration, ``ALTER TABLE fused ADD COLUMN weight_<name> FLOAT DEFAULT 0``, since each share
  is a column that people open in R or a spreadsheet; a test fails while it is missing. Bundles written before lack the
  column, so `SCHEMA_VERSION` (core/exports) rises with it;
- where its weight may be set: `weight_<name>` in core/settings.py (without it the base weight here holds);
- where it may contradict another: a fitted threshold in core/estimation/conflict.py (without it it contradicts nobody);
- for those who read: `<name>_emotion` in `ReadingType` (core/transports/wire/readings.py), of which the protocol's
  reference is made; its name, verb and weight for the browser, which reads no Python (`MODALITIES` and `USUAL` in
  pages/static/shared); a test holds these to the table.

What no row can say: what its input is, how that reaches its lane and what happens to a slow one (transports, `Session`,
the lane itself), and the two names `fer_conf` and `ser_conf` of /ws/predict, which other clients expect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.people import Scope
from core.types import Estimate, Modality

FUSED_FRESH_S = 1.0
"""a fused reading speaks for the time until the next one, at most this long"""


@dataclass(frozen=True, slots=True)
class ModalityFacts:
    """One row: what is true of a modality wherever it is used."""

    word: str
    """for people"""
    medium: Literal["picture", "sound", "words"]
    """what it is read from. Pictures are counted as the frames a second, and a reading of one is of a moment; sound and
    words are read over a span, and the words of one utterance belong to no other"""
    scope: Scope | None
    """the consent it needs before anything is decoded; None: what is typed was meant to be read"""
    has_subject: bool
    """several may be read at once, and only the one marked `is_subject` is the person"""
    can_mask: bool
    """it can be put on: of opposite sign to one that cannot, it gives "possible_masking" """
    found_nothing: str
    """the reason where its lane looked and found nothing"""
    colour: str
    """in charts; Okabe and Ito (2008)"""

    base_weight: float
    """0 to 1, where no setting says otherwise"""
    half_life_s: float
    """its weight halves in this time; for so long a reading speaks for its moment beside those of others"""
    quality_exponent: float
    """its weight goes with quality to this power, fitted by `python -m models.training.evaluate_fusion --fit`"""
    low_quality_gain: float = 1.0
    """its weight is multiplied by this under LOW_QUALITY"""
    reason_gains: Mapping[str, float] = field(default_factory=dict)
    """and by this where its quality has that reason"""

    baseline_enough: int = 4
    """readings under which it gets no neutral baseline"""
    baseline_shrink: int = 6
    """an offset counts n / (n + this) of its size: few readings are trusted less"""
    baseline_advice: str = ""
    """what the person can do where there were too few"""

    @property
    def fresh_s(self) -> float:
        """A reading covers this much time after it, at most."""
        return self.half_life_s


MODALITY_FACTS: dict[Modality, ModalityFacts] = {
    "face": ModalityFacts(
        word="face",
        medium="picture",
        scope="camera",
        has_subject=True,
        can_mask=True,
        found_nothing="no_face",
        colour="#0072B2",
        base_weight=0.40,
        half_life_s=1.0,
        quality_exponent=0.25,
        low_quality_gain=0.70,
        baseline_enough=20,  # 2 s at 10 pictures/s
        baseline_shrink=20,
        baseline_advice="keep your face in the picture, in good light",
    ),
    "voice": ModalityFacts(
        word="voice",
        medium="sound",
        scope="microphone",
        has_subject=False,
        can_mask=False,
        found_nothing="no_speech",
        colour="#E69F00",
        base_weight=0.30,
        half_life_s=3.0,
        quality_exponent=0.0,  # the net is calibrated in noise: it says less there, and needs no lesser weight
        reason_gains={"no_voice_activity": 0.50},
        baseline_enough=4,  # 3.5 s of speech
        baseline_shrink=6,
        baseline_advice="say something calm, such as the days of the week",
    ),
    "text": ModalityFacts(
        word="words",
        medium="words",
        scope=None,
        has_subject=False,
        can_mask=False,
        found_nothing="no_words",
        colour="#009E73",
        base_weight=0.30,
        half_life_s=10.0,
        quality_exponent=3.0,
        reason_gains={"short_text": 0.70},
        baseline_enough=2,  # two sentences
        baseline_shrink=4,
        baseline_advice="type or say a sentence or two about something plain",
    ),
}


def is_of_person(estimate: Estimate) -> bool:
    """Whether it was read from the person in front, not from somebody beside them."""
    return estimate.is_subject or not MODALITY_FACTS[estimate.modality].has_subject


def with_subject() -> tuple[Modality, ...]:
    """Those of which several may be read at once; of their stored readings only those with `is_subject` count."""
    return tuple(modality for modality, facts in MODALITY_FACTS.items() if facts.has_subject)


def weight_column(modality: Modality) -> str:
    """Its share in the fused estimate, as stored and exported."""
    return f"weight_{modality}"
