"""The voice live beside offline: the same recordings through a session, and read as whole files by the same nets.

Live, each recording is a session of its own: a replay, which is the very session that serves, as fast as the machine
allows, with the engines of the product. What counts is the mean of its readings that an utterance is judged by
(`core/estimation/utterance_fusion.py`). Offline, the silence around the speech is cut off and every window that then
fits is encoded and read; the mean is the same. A recording of which nothing was read counts as wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from core.engines.engine import BackEnd
from core.engines.local import LocalEngine
from core.engines.registry import Engines, find_engines
from core.engines.requests import ClassifyVoice, EncodeSpeech, Request
from core.errors import AppError, EngineUnavailable
from core.estimation.calibration import softmax
from core.estimation.fusion import FusionSettings
from core.estimation.sound import voice_quality
from core.estimation.utterance_fusion import fuse_utterance
from core.live.assembly import session_parts
from core.live.session import Session
from core.live.timing import REPLAY
from core.metrics import Metrics
from core.people import Person
from core.settings import Settings
from core.types import EMOTIONS, SOUND_RATE_HZ, AudioChunk, Estimate, FloatArray, Preferences, Utterance
from models.training.figures import RESAMPLES, judge, judge_confidence, recalls
from models.training.voice_data import Recording, live_ends, read_corpus, trim, window_of

SEED = 1
CHUNK = SOUND_RATE_HZ // 10
SILENCE = SOUND_RATE_HZ
"""samples behind a recording with the silence that it came with, so that its last words end"""
ENGINES = ("speech_silero", "encode_moonshine", "voice_compact", "transcribe_moonshine", "text_compact")
CORPORA = ("RAVDESS", "nEMO", "TESS")
MOST = 210
"""recordings of each corpus: of every speaker and label as many, as far as there are"""
LANGUAGES = {"nEMO": "pl"}
"""as its person would set it; else English"""
WITHOUT_ENCODER = "RAVDESS, without the encoder"
LISTENER = Person("evaluation", "visitor", frozenset({"microphone"}), "self", "evaluation", expires_at=float("inf"))
Answer = Callable[[Request[Any]], Any]
T = TypeVar("T")
AS_LONG_AS_IT_TAKES_S = 3600.0


@dataclass(frozen=True)
class Both:
    """What either way makes of some recordings."""

    labels: np.ndarray
    """(n,) places in EMOTIONS"""
    live: Sequence[Sequence[Estimate]]
    """readings of each, as they were told"""
    offline: Sequence[Sequence[Estimate]]


class Unhurried(Engines):
    """Engines that nobody gives up: on a crowded machine an answer that came too late would count as none."""

    async def ask(self, request: Request[T], deadline_s: float | None = None, name: str | None = None) -> T:
        return await super().ask(request, AS_LONG_AS_IT_TAKES_S, name)


def load_engines(absent: Sequence[str] = ()) -> Engines:
    """The product's own, but for the kinds in `absent`."""
    found = find_engines()
    chosen = [engine for name in ENGINES if isinstance(engine := found[name], BackEnd)]
    engines = Unhurried(LocalEngine(engine, Settings()) for engine in chosen if engine.spec.kind not in absent)
    engines.load()
    return engines


def answer_of(engines: Engines) -> Answer:
    """The same engines as one plain function of a request."""

    def answer(request: Request[Any]) -> Any:
        engine = engines.first(request.kind)
        if not isinstance(engine, LocalEngine):
            return EngineUnavailable(f"no engine of the kind {request.kind} here")
        return engine.back_end.infer([request])[0]

    return answer


def choose(recordings: Sequence[Recording], most: int = MOST) -> list[Recording]:
    """At most about so many, of every speaker and label as many as of any other, always the same ones."""
    groups: dict[tuple[int, str], list[Recording]] = {}
    for recording in recordings:
        groups.setdefault((recording.label, recording.speaker), []).append(recording)
    each, random = max(1, round(most / len(groups))), np.random.default_rng(SEED)
    return [own[k] for _, own in sorted(groups.items()) for k in sorted(random.permutation(len(own))[:each])]


async def read_live(samples: FloatArray, engines: Engines, language: str = "en") -> list[Estimate]:
    """Every reading of one recording (n,), heard as it would come from a microphone."""
    settings = Settings()
    session = Session("evaluation", LISTENER, session_parts(engines, settings, Metrics()), REPLAY)
    session.prefer(Preferences(language=language))
    told = session.subscribe(capacity=10_000)
    await session.start()
    session.without(("face",))
    for begin in range(0, len(samples), CHUNK):
        part = samples[begin : begin + CHUNK].astype(np.float32)
        at_s = begin / SOUND_RATE_HZ
        await session.offer_sound(AudioChunk(part, at_s, at_s, at_s + len(part) / SOUND_RATE_HZ))
    await session.stop()
    readings = []
    while (event := await told.get()) is not None:
        readings += [event] if isinstance(event, Estimate) and event.modality == "voice" else []
    return readings


def read_whole(samples: FloatArray, answer: Answer) -> list[Estimate]:
    """The windows of one recording (n,) that was trimmed, each as a reading. Raises what an engine says."""
    told = []
    for end in live_ends(samples):
        window = window_of(samples, end)[None]
        encoded = answer(EncodeSpeech(window))
        scores = answer(ClassifyVoice(window, None if isinstance(encoded, AppError) else encoded))
        begin_s, end_s = max(0, end - window.size) / SOUND_RATE_HZ, end / SOUND_RATE_HZ
        probs, raw = softmax(scores.logits[0], scores.temperature), softmax(scores.logits[0])
        quality = voice_quality(samples[max(0, end - window.size) : end], None, 1.0)
        told.append(Estimate("voice", begin_s, end_s, begin_s, raw, probs, quality, scores.engine, 0.0))
    return told


def judged_as_one(readings: Sequence[Estimate]) -> FloatArray:
    """(7,) as one utterance that all of them belong to; at least one."""
    end_s = max(reading.end_s for reading in readings)
    whole = Utterance("", 0.0, end_s, 0.0, 0.0, "en", is_final=True, origin="speech")
    return fuse_utterance(readings, whole, FusionSettings()).fused.probs


def read_both(recordings: Sequence[Recording], engines: Engines, *, is_tight: bool) -> Both:
    """`is_tight`: the sound begins and ends with the speech, as in a clip that was cut; else silence lies around it."""
    cut = [trim(recording.samples) for recording in recordings]
    silence = np.zeros(SILENCE, np.float32)
    heard = cut if is_tight else [np.concatenate([recording.samples, silence]) for recording in recordings]

    async def live() -> list[list[Estimate]]:
        languages = [LANGUAGES.get(recording.corpus, "en") for recording in recordings]
        return [await read_live(own, engines, said) for own, said in zip(heard, languages, strict=True)]

    answer = answer_of(engines)
    labels = np.array([recording.label for recording in recordings])
    return Both(labels, asyncio.run(live()), [read_whole(own, answer) for own in cut])


def judge_both(both: Both) -> dict[str, Any]:
    """Mean recall of either way and their difference with its 95 % interval over recordings; readings by themselves."""
    labels = both.labels
    named = [np.array([_named(readings) for readings in way]) for way in (both.live, both.offline)]
    random, draws = np.random.default_rng(SEED), []
    for _ in range(RESAMPLES):
        drawn = random.integers(0, len(labels), len(labels))
        draws.append(_recall(named[0][drawn], labels[drawn]) - _recall(named[1][drawn], labels[drawn]))
    live, offline = (_recall(guesses, labels) for guesses in named)
    windows = np.array([reading.probs for readings in both.live for reading in readings]).reshape(-1, len(EMOTIONS))
    targets = np.repeat(labels, [len(readings) for readings in both.live])
    return {
        "recordings": len(labels),
        "heard": float(np.mean([len(readings) > 0 for readings in both.live])),
        "live": live,
        "offline": offline,
        "difference": [live - offline, *map(float, np.quantile(draws, (0.025, 0.975)))],
        "windows": judge(windows, targets, EMOTIONS),
        "windows_confidence": judge_confidence(windows.astype(np.float64), targets, SEED),
    }


def _named(readings: Sequence[Estimate]) -> int:
    """The place of what they say, after the last one where they say nothing."""
    return int(judged_as_one(readings).argmax()) if readings else len(EMOTIONS)


def _recall(named: np.ndarray, labels: np.ndarray) -> float:
    return float(np.nanmean(recalls(named, labels, len(EMOTIONS))))


def evaluate_voice_live(most: int = MOST) -> dict[str, Any]:
    """Each corpus with the silence around its recordings and without; and RAVDESS where no encoder is."""
    engines, told = load_engines(), {}
    for corpus in CORPORA:
        recordings = choose(read_corpus(corpus, "test", is_trimmed=False), most)
        told[corpus] = judge_both(read_both(recordings, engines, is_tight=False))
        told[f"{corpus}, no silence around it"] = judge_both(read_both(recordings, engines, is_tight=True))
    ravdess = choose(read_corpus("RAVDESS", "test", is_trimmed=False), most)
    told[WITHOUT_ENCODER] = judge_both(read_both(ravdess, load_engines(absent=("encode",)), is_tight=False))
    return told


def live_table(told: dict[str, Any]) -> list[str]:
    """Markdown lines."""
    rows = [
        "| voice, test speakers | recordings | heard live % | UAR live | UAR offline | live less offline (95 %) | "
        "readings live | UAR of readings | calib. error of readings |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, part in told.items():
        less, low, high = part["difference"]
        error = part["windows_confidence"]["calibration_error"]["value"]
        windows = part["windows"]
        cells = [name, str(part["recordings"]), f"{100 * part['heard']:.1f}", f"{part['live']:.3f}"]
        cells += [f"{part['offline']:.3f}", f"{less:+.3f} ({low:+.3f} to {high:+.3f})", str(windows["pictures"])]
        rows.append("| " + " | ".join([*cells, f"{windows['uar']:.3f}", f"{error:.3f}"]) + " |")
    return rows
