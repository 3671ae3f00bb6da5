"""Fusion of one seeded stream of readings gives the numbers it gave before the table of modalities: nothing drifted.

The file was written by `python -m tests.estimation.test_golden` on the code before; write it anew only where the
fusion is meant to change.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.estimation import baseline, fusion
from core.estimation.fusion import FusionSettings, FusionState
from core.estimation.utterance_fusion import fuse_utterance
from core.types import MODALITIES, Estimate, FusedEstimate, Quality, Utterance

FILE = Path(__file__).parents[1] / "data" / "fusion_golden.json"
REASONS = ("low_light", "turned_away", "no_voice_activity", "short_text", "clipping")
COUNT = 60


def _stream() -> list[Estimate]:
    """COUNT readings of all modalities, qualities and ages, some of a passer-by, in order of time."""
    random = np.random.default_rng(9)
    told, at_s = [], 0.0
    for _ in range(COUNT):
        at_s += float(random.exponential(0.6))
        modality = MODALITIES[int(random.integers(len(MODALITIES)))]
        probs = random.dirichlet(np.full(7, 0.2)).astype(np.float32)
        reasons = tuple(reason for reason in REASONS if random.random() < 0.2)
        told.append(
            Estimate(
                *(modality, at_s - 0.5 * (modality != "face"), at_s, at_s + 100, probs, probs),
                *(Quality(float(random.random() ** 0.5), reasons), "golden", 1.0),
                is_subject=modality == "face" and random.random() < 0.8,
            )
        )
    return told


def _numbers(fused: FusedEstimate) -> dict[str, Any]:
    return {
        "weights": [float(fused.weights[m]) for m in MODALITIES],
        "raw": fused.probs_raw.tolist(),
        "probs": fused.probs.tolist(),
        "facts": [fused.valence, fused.arousal, fused.confidence, fused.intensity, fused.quality, fused.capture_s],
        "abstained": fused.abstained,
        "reasons": list(fused.reasons),
        "trends": list(fused.trends.values()),
    }


def numbers() -> list[dict[str, Any]]:
    """One entry a reading, with a neutral baseline from the tenth on; then one of an utterance over the whole."""
    state, base, told = FusionState(), baseline.start(baseline.Baseline(), 0.0), []
    stream, settings = _stream(), FusionSettings()
    for number, estimate in enumerate(stream):
        base = baseline.stop(base, estimate.end_s) if number == COUNT // 2 else baseline.observe(base, estimate)
        state = fusion.add(state, baseline.apply(base, estimate))
        state, fused = fusion.fuse(state, estimate.end_s + 0.1, settings)
        told.append(_numbers(fused))
    spoken = Utterance("golden", 5.0, 15.0, 115.0, 15.0, "en", is_final=True, origin="speech")
    return [*told, _numbers(fuse_utterance(stream, spoken, settings).fused)]


def test_the_fusion_gives_the_numbers_it_always_gave() -> None:
    before = json.loads(FILE.read_text())
    assert len(before) == COUNT + 1
    for old, new in zip(before, numbers(), strict=True):
        for name in ("weights", "raw", "probs", "facts"):
            assert new[name] == pytest.approx(old[name], abs=1e-6)
        assert [new[name] for name in ("abstained", "reasons", "trends")] == [
            old[name] for name in ("abstained", "reasons", "trends")
        ]


if __name__ == "__main__":
    FILE.write_text("[\n" + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in numbers()) + "\n]\n")
