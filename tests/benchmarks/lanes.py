"""The lanes alone: milliseconds per input, by stage, engines called directly on one thread."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

import numpy as np

from tests.benchmarks.pictures import moving_face
from tests.benchmarks.sounds import RATE_HZ, talk

PICTURES_PER_S = 6


def quantiles(values_ms: list[float]) -> dict[str, float]:
    """p50, p95 and n of milliseconds."""
    ordered = sorted(values_ms)
    at = min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))
    return {"p50": round(statistics.median(ordered), 2), "p95": round(ordered[at], 2), "n": len(ordered)}


def _engines() -> Any:
    from core.engines.registry import choose_engines, find_engines
    from core.settings import Settings

    settings = Settings()
    engines = choose_engines(find_engines(), settings)
    for kind in ("decode", "detect", "face", "speech", "voice", "transcribe", "text"):
        for engine in engines.of(kind):
            engine.back_end.load(settings)
    return engines


def bench_lane(count: int = 300) -> dict[str, dict[str, float]]:
    """Milliseconds per 640x480 picture, by stage, one thread, at 6 pictures/s of media time."""
    from core.live.lanes.face import FaceLane
    from core.types import EncodedFrame

    engines, lane = _engines(), FaceLane()
    state = lane.start("stream")
    spent: dict[str, list[float]] = {"whole lane": []}
    for number, jpeg in enumerate(moving_face(count + 10, seed=1)):
        frame = EncodedFrame(jpeg, number / PICTURES_PER_S, number / PICTURES_PER_S, 0.0)
        state, _, took = timed_step(lane.step(state, frame), engines)
        if number < 10:
            continue
        took["track, crop, quality"] = took.pop("rest")
        for stage, elapsed_ms in took.items():
            spent.setdefault(stage, []).append(elapsed_ms)
    return {stage: quantiles(values) for stage, values in spent.items()}


def timed_step(step: Any, engines: Any) -> tuple[Any, Any, dict[str, float]]:
    """Drive one pure step: state, what it told, and milliseconds by the name of each request, "rest", "whole lane"."""
    from core.live.lanes.lane import driven

    took: dict[str, float] = {}

    def answer(request: Any) -> Any:
        asked = time.perf_counter()
        answered = engines.of(request.kind)[0].back_end.infer([request])[0]
        name = type(request).__name__
        took[name] = took.get(name, 0.0) + (time.perf_counter() - asked) * 1000
        return answered

    began = time.perf_counter()
    state, told = driven(step, answer)
    whole = (time.perf_counter() - began) * 1000
    return state, told, took | {"rest": whole - sum(took.values()), "whole lane": whole}


def bench_hearing(seconds: float = 60.0) -> dict[str, Any]:
    """Milliseconds per 100 ms of sound and per piece of speech; what words cost is a part of its own."""
    from core.live.lanes.lane import SpeechPiece
    from core.live.lanes.text import TextLane
    from core.live.lanes.voice import VoiceLane
    from core.types import AudioChunk

    engines = _engines()
    voice, text = VoiceLane(), TextLane()
    heard, read = voice.start("stream"), text.start("stream")
    spent: dict[str, list[float]] = {}
    samples, _ = talk(seconds, seed=7)
    for start in range(0, len(samples) - 1600, 1600):
        at_s = start / RATE_HZ
        chunk = AudioChunk(samples[start : start + 1600], at_s, at_s, at_s)
        heard, told, took = timed_step(voice.step(heard, chunk), engines)
        lane_ms = took["whole lane"] - took.get("TranscribeSpeech", 0.0)
        parts = _only(took, "DetectSpeech", "EncodeSpeech", "ClassifyVoice", "TranscribeSpeech")
        _note(spent, {"voice lane, 100 ms of sound": lane_ms} | parts)
        for piece in (event for event in told if isinstance(event, SpeechPiece)):
            read, _, took = timed_step(text.step(read, piece), engines)
            _note(spent, _only(took, "ClassifyText"))
    asyncio.run(engines.close())
    measured = {stage: quantiles(values) for stage, values in spent.items()} | {"one fusion step": bench_fusion()}
    return {"stages": measured}


def _only(took: dict[str, float], *names: str) -> dict[str, float]:
    return {name: took[name] for name in names if name in took}


def _note(spent: dict[str, list[float]], took: dict[str, float]) -> None:
    for stage, elapsed_ms in took.items():
        spent.setdefault(stage, []).append(elapsed_ms)


def bench_fusion(count: int = 2000) -> dict[str, float]:
    """Milliseconds of adding one estimate and fusing three modalities."""
    from core.estimation import fusion
    from core.estimation.fusion import FusionSettings, FusionState
    from core.types import MODALITIES, Estimate, Quality

    chance = np.random.default_rng(3)
    state, settings, spent = FusionState(), FusionSettings(), []
    for number in range(count):
        modality, at_s = MODALITIES[number % 3], number / 20
        probs = chance.dirichlet(np.ones(7)).astype(np.float32)
        quality = Quality(float(chance.uniform()))
        one = Estimate(modality, at_s, at_s, at_s, probs, probs, quality, "bench", 0.0, is_subject=True)
        began = time.perf_counter()
        state, _ = fusion.fuse(fusion.add(state, one), at_s, settings)
        spent.append((time.perf_counter() - began) * 1000)
    return quantiles(spent)
