"""What is said in the synthetic session: sentences of a script, a voice beside them, and when the two disagree."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.companion.prompt import PastTurn, ReplyPrompt, TurnReading
from core.companion.speaker import CHARACTERS_A_SECOND
from core.companion.speaking_style import companion_expression
from core.companion.visemes import track
from core.transports.wire_events import event_message
from core.types import Phoneme, Reply
from models.reply_offline import NAME, compose

HOP_S = 0.5
WINDOW_S = 2.0
HALF_LIFE_S = {"voice": 3.0, "text": 10.0}
BASE = {"face": 0.40, "voice": 0.30, "text": 0.30}


@dataclass(frozen=True)
class Line:
    """One invented sentence."""

    start_s: float
    end_s: float
    text: str
    voice: dict[str, float]
    words: dict[str, float]
    origin: str = "speech"
    reasons: tuple[str, ...] = ()
    """what the fusion says of it"""


LINES = (
    Line(2.0, 4.6, "hello this is a made up conversation", {"neutral": 0.8}, {"neutral": 0.75, "happy": 0.15}),
    Line(12.0, 15.4, "and then the whole room began to laugh", {"happy": 0.7, "surprise": 0.1}, {"happy": 0.82}),
    Line(27.0, 27.0, "I typed this one instead of saying it.", {}, {"neutral": 0.85}, origin="typed"),
    Line(41.0, 45.0, "I had hoped to see them once more", {"sad": 0.62, "neutral": 0.2}, {"sad": 0.74}),
    Line(55.0, 57.4, "oh I did not expect that at all", {"surprise": 0.6, "fear": 0.15}, {"surprise": 0.66}),
    Line(
        *(63.4, 66.2, "no it is fine really I am happy with it"),
        {"angry": 0.5, "neutral": 0.3},
        {"happy": 0.78, "neutral": 0.12},
        reasons=("face_text_conflict", "possible_masking"),
    ),
)


def readings(line: Line) -> list[tuple[float, str, dict[str, float]]]:
    """(time, modality, mood) of one line: the voice every half second, the words shortly after its end."""
    told = []
    if line.voice:
        steps = max(1, int((line.end_s - line.start_s) / HOP_S))
        told += [(line.start_s + (n + 1) * HOP_S, "voice", line.voice) for n in range(steps)]
    return [*told, (line.end_s + 0.4, "text", line.words)]


def partials(line: Line) -> list[tuple[float, str]]:
    """(time, words so far) while it is being said."""
    said = line.text.split()
    if line.origin == "typed":
        return []
    step = (line.end_s - line.start_s) / len(said)
    return [(line.start_s + step * (n + 1), " ".join(said[: n + 1])) for n in range(1, len(said) - 1, 2)]


def shares(t: float, has_face: bool) -> dict[str, float]:
    """Share of each modality at time t, by age, as the fusion gives it; all 0 where nothing is there."""
    raw = {"face": BASE["face"] if has_face else 0.0, "voice": 0.0, "text": 0.0}
    for line in LINES:
        for at_s, modality, _ in readings(line):
            age = (t - at_s) / HALF_LIFE_S[modality]
            if 0 <= age <= 2:
                raw[modality] = BASE[modality] * math.pow(0.5, age)
    total = sum(raw.values())
    return {modality: round(share / total, 3) if total else 0.0 for modality, share in raw.items()}


def line_at(t: float) -> Line | None:
    """The line that is being said, or whose reading is fresh."""
    return next((line for line in LINES if line.start_s + 1 <= t <= line.end_s + 1.5), None)


def transcript(line: Line, t: float, text: str, is_final: bool) -> dict[str, Any]:
    """As the wire tells it."""
    return {
        "type": "transcript",
        "synthetic": True,
        "text": text,
        "is_final": is_final,
        "start_s": line.start_s,
        "end_s": line.end_s if is_final else round(t, 3),
        "language": "en",
        "origin": line.origin,
        "confidence": 1.0,
        "engine": "synthetic",
        "t": round(t, 3),
    }


THINKS_S = 0.7
"""from a line's end to the companion's first word"""


def replies() -> Iterator[dict[str, Any]]:
    """What the offline responder says to each line, read along without sound, as the wire tells it."""
    turns: list[PastTurn] = []
    for number, line in enumerate(LINES, 1):
        expression = max(line.words, key=lambda label: line.words[label])
        reading = TurnReading(expression, line.words[expression], line.words[expression], False, line.reasons)
        sentences = compose(ReplyPrompt(line.text, "en", turns=tuple(turns), reading=reading))
        turns += [PastTurn("user", line.text), PastTurn("assistant", " ".join(sentences))]
        at_s = line.end_s + THINKS_S
        for part, text in enumerate([*sentences, ""]):
            yield event_message(_part(number, part, text, reading, at_s)) | {"synthetic": True}


def _part(turn: int, part: int, text: str, reading: TurnReading, at_s: float) -> Reply:
    duration_s = len(text) / CHARACTERS_A_SECOND
    letters = [Phoneme(letter, n / CHARACTERS_A_SECOND) for n, letter in enumerate(text.lower())]
    shown = companion_expression(reading.expression, reading.intensity, reading.abstained)
    return Reply(turn, part, not text, text, *shown, None, track(letters, duration_s), NAME, at_s, duration_s)
