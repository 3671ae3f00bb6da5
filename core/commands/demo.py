"""Writes the synthetic session of the demo: `python -m core.commands.demo [FILE]`.

No person, no model and no picture is behind it: a script (core/synthetic/tour.py) goes through the fusion, the judge
and the wire of a real session. Every event says ``"synthetic": true`` and the page plays only events that do; ``at`` is
when it is played, ``t``, where the wire has it, what it is about.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

from core.companion.prompt import PastTurn, ReplyPrompt, TurnReading, reading_of
from core.companion.speaker import CHARACTERS_A_SECOND
from core.companion.speaking_style import companion_expression
from core.companion.visemes import track
from core.synthetic.play import Told, play
from core.synthetic.tour import TOUR
from core.transports.wire_events import event_message
from core.types import Phoneme, Reply, Utterance, UtteranceEstimate
from models.reply_offline import NAME, compose

FILE = Path(__file__).parents[2] / "pages" / "static" / "live" / "demo.json"
SEED = 7
THINKS_S = 0.5
"""from the words of a line to the companion's first"""


class DemoSession(TypedDict):
    """What the page loads."""

    synthetic: bool
    made_by: str
    duration_s: float
    events: list[dict[str, object]]
    """each a message of the wire, with `at` and `synthetic`"""


def make_session() -> DemoSession:
    """The whole synthetic session as the page loads it: duration and events in the order in which they are told."""
    told = play(TOUR, SEED)
    told = sorted([*told, *replies(told)], key=lambda one: one.at_s)
    events = [{"at": round(one.at_s, 3), "synthetic": True, **event_message(one.event)} for one in told]
    made_by = "python -m core.commands.demo"
    return {"synthetic": True, "made_by": made_by, "duration_s": TOUR.duration_s, "events": events}


def replies(told: list[Told]) -> Iterator[Told]:
    """What the offline responder says to each line, read along without sound."""
    turns: list[PastTurn] = []
    words, count = "", 0
    for one in told:
        if isinstance(one.event, Utterance):
            words = one.event.text
        if not isinstance(one.event, UtteranceEstimate):
            continue
        count += 1
        reading, at_s = reading_of(one.event.fused), one.at_s + THINKS_S
        sentences = compose(ReplyPrompt(words, "en", turns=tuple(turns), reading=reading))
        turns += [PastTurn("user", words), PastTurn("assistant", " ".join(sentences))]
        for part, text in enumerate([*sentences, ""]):
            yield Told(at_s, _part(count, part, text, reading, at_s))


def _part(turn: int, part: int, text: str, reading: TurnReading, at_s: float) -> Reply:
    duration_s = len(text) / CHARACTERS_A_SECOND
    letters = [Phoneme(letter, n / CHARACTERS_A_SECOND) for n, letter in enumerate(text.lower())]
    shown = companion_expression(reading.expression, reading.intensity, reading.abstained)
    return Reply(turn, part, not text, text, *shown, None, track(letters, duration_s), NAME, at_s, duration_s)


def as_text(session: DemoSession) -> str:
    """One event a line, so that a change shows as a small difference."""
    head = {key: value for key, value in session.items() if key != "events"}
    lines = ",\n".join(json.dumps(event, separators=(",", ":")) for event in session["events"])
    return json.dumps(head)[:-1] + ', "events": [\n' + lines + "\n]}\n"


def main(arguments: list[str]) -> None:
    """Write the file that the page plays, or the one that is named."""
    file = Path(arguments[0]) if arguments else FILE
    session = make_session()
    file.write_text(as_text(session), encoding="utf-8")
    print(f"{len(session['events'])} events, {TOUR.duration_s:.0f} s, {file.stat().st_size / 1000:.0f} kB: {file}")


if __name__ == "__main__":
    main(sys.argv[1:])
