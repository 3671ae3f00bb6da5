"""A synthetic study for trying exports and analytics: the tables that the real house would have kept of it.

Nobody was recorded: moods wander by a seed and every word is made up. All else is what it is for people: the judge, the
schema, the rows and the way from them to tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from core.companion.prompt import reading_of
from core.companion.speaker import CHARACTERS_A_SECOND
from core.companion.speaking_style import companion_expression
from core.estimation.fusion import FusionSettings
from core.record.in_memory import MadeUpSession, tables_in_memory
from core.record.tables import SessionTables
from core.synthetic.play import Told, play
from core.synthetic.script import Line, Mood, Scene, Script
from core.types import EMOTIONS, FusedEstimate, Message, SelfReport, UtteranceEstimate

STARTED_AT = datetime(2026, 11, 2, 10)
"""of the first session, UTC; the others follow a day apart each"""
PICTURES_HZ = 4.0
STAYS_S = 6.0
"""mean time of a mood"""
PAUSE_S = 7.0
"""between two lines of the person; the companion answers in it"""
ANSWERS_AFTER_S = 0.7
REPORTS = 6
AGREES = 0.7
"""share of self-reports that agree with what was shown"""

MOODS = ((6, 3, 1, 1, 0.5, 0.5, 1), (3, 6, 1, 1, 0.5, 0.3, 1.5), (3, 1, 4, 3, 1, 1, 0.5))
"""how often a session takes up each of EMOTIONS, relatively"""
TALK: tuple[tuple[str, Mood, str], ...] = (
    (
        *("I had a good morning, the sun was out at last.", {"happy": 0.75, "neutral": 0.15}),
        "The sun was out at last. What made the morning good?",
    ),
    (
        *("Then the train was late again and I missed the call.", {"angry": 0.60, "sad": 0.20}),
        "You missed the call. That sounds annoying. How did it go on?",
    ),
    (
        *("They called back in the afternoon, I had not expected that.", {"surprise": 0.65, "happy": 0.15}),
        "You had not expected that. What did they say?",
    ),
    (
        *("It is fine, we will find another day for it.", {"neutral": 0.60, "happy": 0.20}),
        "Another day, then. What would be a good one?",
    ),
    (
        *("I miss the old place, it was quieter there.", {"sad": 0.70, "neutral": 0.15}),
        "You miss the quiet of it. What was it like there?",
    ),
    (
        *("Tomorrow I will sort out the papers on the table.", {"neutral": 0.85}),
        "The papers, tomorrow. What will you begin with?",
    ),
)
"""what is said in turn, how it reads, and the answer"""


def sample_tables(seed: int = 7, sessions: int = 3, minutes: float = 3.0) -> SessionTables:
    """`sessions` sessions of `minutes` each, the same for the same seed."""
    return tables_in_memory(study_session(number, seed, minutes * 60) for number in range(sessions))


def study_session(number: int, seed: int, length_s: float) -> MadeUpSession:
    """One session, played; kept of it is what somebody who allowed everything would keep."""
    random, settings = np.random.default_rng([seed, number]), FusionSettings()
    script = study_script(random, number, length_s)
    told = play(script, [seed, number, 1], settings)
    events = [one.event for one in told]
    events += [*_messages(script, told), *_reports(random, told, length_s)]
    started_at = STARTED_AT + timedelta(days=number)
    used = {"smoothing_s": settings.smoothing_s, "weights": dict(settings.base_weights)}
    return MadeUpSession(
        f"sample-{number + 1}", started_at, started_at + timedelta(seconds=length_s), used, tuple(events)
    )


def study_script(random: np.random.Generator, mood: int, length_s: float) -> Script:
    """One session whose face wanders as `MOODS[mood]` says, and who says a line every now and then."""
    scenes = tuple(_scenes(random, MOODS[mood % len(MOODS)], length_s))
    marks = ((length_s / 3, "Stimulus A"), (2 * length_s / 3, "Stimulus B"))
    silent = Script(length_s, scenes, pictures_hz=PICTURES_HZ, markers=marks)
    return Script(length_s, scenes, tuple(_lines(random, silent)), pictures_hz=PICTURES_HZ, markers=marks)


def _scenes(random: np.random.Generator, mood: tuple[float, ...], length_s: float) -> Iterator[Scene]:
    """Now and then the light is poor, and sometimes nobody is there."""
    share, at_s, now = np.array(mood) / sum(mood), 0.0, 0
    while at_s < length_s:
        is_dark, is_away = random.random() < 0.12, at_s > 0 and random.random() < 0.06
        quality, reasons = (0.35, ("low_light",)) if is_dark else (0.9, ())
        yield Scene(at_s, {EMOTIONS[now]: float(random.uniform(0.6, 0.95))}, quality, reasons, not is_away)
        at_s += float(random.exponential(STAYS_S)) + 1.0
        now = int(random.choice(len(EMOTIONS), p=share))


def _lines(random: np.random.Generator, script: Script) -> Iterator[Line]:
    """The voice goes with the face, mostly."""
    start_s = 2.0
    for number in range(len(TALK) * (1 + int(script.duration_s / 60))):
        text, words, answer = TALK[number % len(TALK)]
        end_s = start_s + len(text) / CHARACTERS_A_SECOND
        if end_s + 2 > script.duration_s:
            return
        voice = script.scene_at(start_s).mood if random.random() < 0.7 else words
        yield Line(start_s, end_s, text, words, voice, answer=answer)
        start_s = end_s + PAUSE_S + float(random.uniform(0, 3))


def _messages(script: Script, told: list[Told]) -> Iterator[Message]:
    """The conversation as it was heard."""
    lines = iter(script.lines)
    for one in told:
        if isinstance(one.event, UtteranceEstimate):
            line, reading = next(lines), reading_of(one.event.fused)
            spoken_s = one.event.end_s, one.event.start_s
            yield Message("user", line.text, reading.expression, reading.intensity, *spoken_s)
            shown = companion_expression(reading.expression, reading.intensity, reading.abstained)
            answers_s = one.at_s + ANSWERS_AFTER_S
            heard_s = answers_s + len(line.answer) / CHARACTERS_A_SECOND
            yield Message("assistant", line.answer, *shown, heard_s, answers_s)


def _reports(random: np.random.Generator, told: list[Told], length_s: float) -> Iterator[SelfReport]:
    """ "Was this right?", now and then."""
    fused = [one.event for one in told if isinstance(one.event, FusedEstimate)]
    for at_s in np.linspace(length_s / 6, length_s - 5, REPORTS):
        newest = next((event for event in reversed(fused) if event.time_s <= at_s), None)
        if newest is None:
            continue
        shown = "uncertain" if newest.abstained else EMOTIONS[int(newest.probs.argmax())]
        chosen = shown if random.random() < AGREES else EMOTIONS[int(random.integers(len(EMOTIONS)))]
        yield SelfReport(newest.time_s, shown, chosen)
