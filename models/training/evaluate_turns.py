"""End of turn: how often somebody is cut off within a sentence, and how long everybody else waits.

Each pause of the fixed list is heard by the real voice lane with the real detector and recogniser: as it is, with the
fixed patience alone, and where it is installed with Smart Turn besides; frame by frame, so that a decision is timed to
32 ms of session time. What a live session waits for the recogniser besides is measured apart.

    python -m models.training.evaluate --only turns
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np

from core.engines.engine import BackEnd
from core.engines.registry import find_engines
from core.engines.requests import (
    SPEECH_FRAME,
    ClassifyVoice,
    DetectEndOfTurn,
    EncodeSpeech,
    Request,
    TranscribeSpeech,
)
from core.errors import EngineUnavailable
from core.estimation.endpointing import FRAME_S
from core.live.lanes.lane import driven
from core.live.lanes.voice import PAUSE_FRAMES, VoiceLane
from core.settings import Settings
from core.types import SOUND_RATE_HZ, AudioChunk, FloatArray, SpeechState
from models.training.pauses import PauseCase, read_cases, read_recording, sound_of

SEED = 1
RESAMPLES = 2_000
NEAR_S = 0.5
"""an end told within so much of where the list says speech ceased is that pause's"""
FIXED_LANGUAGE = ""
"""a language nobody has a table for: the patience is the fixed one"""
USED = {"speech": "speech_silero", "transcribe": "transcribe_moonshine", "turn": "turn_smart"}
RULES = {
    "fixed": VoiceLane(language=FIXED_LANGUAGE),
    "words": VoiceLane(),
    "words and sound": VoiceLane(hears_endings=True),
}


@dataclass(frozen=True)
class Outcome:
    """One pause under one rule."""

    case: PauseCase
    is_ended: bool
    """the turn was ended in it"""
    wait_s: float
    """last voiced sample to the decision, session time; nan where speech went on first"""
    asked_s: tuple[float, ...] = field(default=())
    """what the recogniser took over each pause of the sound"""
    sound_s: tuple[float, ...] = field(default=())
    """what the model of the sound took, where it was asked"""


class Engines:
    """The default detector and recogniser, Smart Turn where it is installed; nobody reads the voice."""

    def __init__(self, settings: Settings | None = None) -> None:
        settings, found = settings or Settings(), find_engines()
        self._by_kind = {kind: _back_end(found[name]) for kind, name in USED.items()}
        self.asked_s: list[float] = []
        self.sound_s: list[float] = []
        self.rules = dict(RULES)
        """those that can be measured here"""
        for kind, engine in self._by_kind.items():
            try:
                engine.load(settings)
            except EngineUnavailable:
                if kind != "turn":
                    raise
                self.rules = {rule: lane for rule, lane in RULES.items() if not lane.hears_endings}

    def answer(self, request: Request[Any]) -> Any:
        """The answer, or the error to be raised in the lane."""
        if isinstance(request, EncodeSpeech | ClassifyVoice):
            return EngineUnavailable("nobody reads the voice here")
        started = time.perf_counter()
        (answer,) = self._by_kind[request.kind].infer([request])
        if isinstance(request, TranscribeSpeech):
            self.asked_s.append(time.perf_counter() - started)
        if isinstance(request, DetectEndOfTurn):
            self.sound_s.append(time.perf_counter() - started)
        return answer


def _back_end(found: object) -> BackEnd:
    return cast(BackEnd, found)


def ends_of(sound: FloatArray, lane: VoiceLane, answer: Callable[[Request[Any]], Any]) -> list[tuple[float, float]]:
    """(time of the end, time at which it was decided) of each utterance, heard frame by frame."""
    state, ends = lane.start("pauses"), []
    for begin in range(0, len(sound) - SPEECH_FRAME + 1, SPEECH_FRAME):
        at_s = begin / SOUND_RATE_HZ
        chunk = AudioChunk(sound[begin : begin + SPEECH_FRAME], at_s, at_s, at_s + FRAME_S)
        state, told = driven(lane.step(state, chunk), answer)
        ends += [(e.time_s, at_s + FRAME_S) for e in told if isinstance(e, SpeechState) and e.state == "end"]
    return ends


def hear(case: PauseCase, rule: str, engines: Engines, patience_s: float = 0.7) -> Outcome:
    """One pause under one of RULES."""
    sound, ceases_s = sound_of(case, read_recording)
    engines.asked_s, engines.sound_s = [], []
    lane = replace(RULES[rule], patience_s=patience_s)
    resumes_s = ceases_s + case.silence_s
    for end_s, decided_s in ends_of(sound, lane, engines.answer):
        if abs(end_s - ceases_s) <= NEAR_S and (decided_s <= resumes_s + FRAME_S or not _goes_on(case)):
            return Outcome(case, True, decided_s - end_s, tuple(engines.asked_s), tuple(engines.sound_s))
    return Outcome(case, False, float("nan"), tuple(engines.asked_s), tuple(engines.sound_s))


def _goes_on(case: PauseCase) -> bool:
    return case.kind == "natural" or bool(case.then)


# -- figures ----------------------------------------------------------------------------------------------


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Cut-offs (Wilson) and waits (bootstrap over pauses)."""
    within = [outcome for outcome in outcomes if outcome.case.within == "sentence"]
    waits = [outcome.wait_s for outcome in outcomes if outcome.case.within == "turn" and outcome.is_ended]
    cut = sum(outcome.is_ended for outcome in within)
    return {
        "in sentences": len(within),
        "cut off": cut,
        "cut off share": wilson(cut, len(within)),
        "ends": sum(outcome.case.within == "turn" for outcome in outcomes),
        "ended": len(waits),
        "median wait s": with_interval(waits, np.median),
        "mean wait s": with_interval(waits, np.mean),
        "recogniser ms": _spread_ms(outcome.asked_s for outcome in outcomes),
        "sound ms": _spread_ms(outcome.sound_s for outcome in outcomes),
        "sound asked": sum(len(outcome.sound_s) for outcome in outcomes),
    }


def wilson(hits: int, count: int) -> tuple[float, float, float]:
    """Share and its 95 % interval."""
    if count == 0:
        return float("nan"), 0.0, 1.0
    z, share = 1.96, hits / count
    middle, spread = share + z * z / (2 * count), z * np.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    scale = 1 + z * z / count
    return share, float((middle - spread) / scale), float((middle + spread) / scale)


def with_interval(values: Sequence[float], of: Callable[[Any], Any]) -> tuple[float, float, float]:
    """A figure of some values and its 95 % interval."""
    if not values:
        return (float("nan"),) * 3
    chance = np.random.default_rng(SEED)
    drawn = [of(chance.choice(values, len(values))) for _ in range(RESAMPLES)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(of(values)), float(low), float(high)


def _spread_ms(asked: Iterable[tuple[float, ...]]) -> tuple[float, float]:
    """p50 and p95."""
    took = [1000 * seconds for one in asked for seconds in one]
    return (float(np.percentile(took, 50)), float(np.percentile(took, 95))) if took else (0.0, 0.0)


def by_speaker(*heard: Sequence[Outcome]) -> dict[str, tuple[int, ...]]:
    """Pauses within sentences, and those cut off by each rule, of each speaker."""
    told: dict[str, tuple[int, ...]] = {}
    for outcomes in zip(*heard, strict=True):
        case = outcomes[0].case
        if case.within == "sentence":
            count, *cut = told.get(case.speaker, (0,) * (1 + len(heard)))
            told[case.speaker] = (count + 1, *(n + one.is_ended for n, one in zip(cut, outcomes, strict=True)))
    return told


def evaluate_turns() -> dict[str, Any]:
    """All figures, and every pause for whoever wants to look."""
    engines, cases = Engines(), read_cases()
    heard = {rule: [hear(case, rule, engines) for case in cases] for rule in engines.rules}
    groups = [(part, kind) for part in ("dev", "test") for kind in ("natural", "spliced")]
    return {
        "asked after s": PAUSE_FRAMES * FRAME_S,
        "groups": {
            f"{part}, {kind}": {rule: figures(_of(outcomes, part, kind)) for rule, outcomes in heard.items()}
            for part, kind in [*groups, ("test", ""), ("dev", "")]
        },
        "rules": list(heard),
        "speakers": {
            part: by_speaker(*(_of(outcomes, part, "") for outcomes in heard.values())) for part in ("dev", "test")
        },
        "pauses": [_row(*outcomes) for outcomes in zip(*heard.values(), strict=True)],
    }


def _of(outcomes: Sequence[Outcome], part: str, kind: str) -> list[Outcome]:
    return [one for one in outcomes if one.case.part == part and kind in ("", one.case.kind)]


def _row(*outcomes: Outcome) -> list[Any]:
    case = outcomes[0].case
    waits = [None if np.isnan(one.wait_s) else round(one.wait_s, 3) for one in outcomes]
    return [case.part, case.kind, case.within, case.speaker, case.source, case.end_s, case.silence_s, *waits]


# -- report -----------------------------------------------------------------------------------------------


def turns_table(result: dict[str, Any]) -> list[str]:
    """Lines of Markdown."""
    lines = [
        "| pauses | rule | within sentences | cut off | share % (95 %) | sentence ends | ended before speech went on |"
        " median wait s (95 %) | mean wait s (95 %) |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for group, rules in result["groups"].items():
        for rule, told in rules.items():
            lines.append(
                f"| {group.rstrip(', ')} | {rule} | {told['in sentences']} | {told['cut off']} | "
                f"{_interval(told['cut off share'], 100, 0)} | {told['ends']} | {told['ended']} | "
                f"{_interval(told['median wait s'], 1, 2)} | {_interval(told['mean wait s'], 1, 2)} |"
            )
    took = result["groups"]["test, "]["words"]["recogniser ms"]
    return [
        *lines,
        "",
        *(_more_often(result["speakers"], number, rule) for number, rule in enumerate(result["rules"]) if number),
        f"The recogniser is asked {result['asked after s']:.2f} s after the last voiced sample and took p50 "
        f"{took[0]:.0f} ms, p95 {took[1]:.0f} ms here.",
        *_sound_lines(result["groups"]["test, "]),
    ]


def _more_often(speakers: dict[str, dict[str, tuple[int, ...]]], number: int, rule: str) -> str:
    """Who is cut off more often by this rule than with the fixed patience."""
    more = {
        part: [speaker for speaker, (_, fixed, *_rest) in told.items() if told[speaker][1 + number] > fixed]
        for part, told in speakers.items()
    }
    return (
        f"Speakers cut off more often by {rule} than with the fixed patience: dev {more['dev'] or 'none'}, test "
        f"{more['test'] or 'none'} (of {len(speakers['dev'])} and {len(speakers['test'])})."
    )


def _sound_lines(rules: dict[str, dict[str, Any]]) -> list[str]:
    """What Smart Turn took, or that it was not there."""
    told = rules.get("words and sound")
    if told is None:
        return ["The sound of the ends was not asked about: Smart Turn is not installed."]
    p50, p95 = told["sound ms"]
    return [
        f"Of the sound {told['sound asked']} pauses were asked about; that took p50 {p50:.0f} ms, p95 {p95:.0f} ms."
    ]


def _interval(told: Sequence[float], scale: float, digits: int) -> str:
    share, low, high = (scale * number for number in told)
    return "-" if np.isnan(share) else f"{share:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
