"""Figures of the fusion on composed triples: singles, fixed weights, quality-aware; spoilt, missing; masking.

`--fit` prints the quality exponents that do best on validation triples; core/estimation/fusion.py holds them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.estimation import fusion
from core.estimation.fusion import FusionSettings, FusionState, divergence
from core.plugins import discover
from core.settings import Settings
from core.types import EMOTIONS, FOUR_FROM_SEVEN, MODALITIES, Estimate, Modality
from models.training.figures import judge_confidence
from models.training.triples import SEED, SPOILT, Answer, compose, read_all

VALID, TEST = 700, 1400
EXPONENTS = (0.0, 0.5, 1.0, 1.5, 2.0)
RESAMPLES = 500
Reading = Mapping[Modality, Estimate]
FOUR = np.array(FOUR_FROM_SEVEN)


def load_engines() -> Answer:
    """The three shipped models as one plain function of a request."""
    settings, found = Settings(), discover("models", "ENGINE")
    chosen = {kind: found[getattr(settings, f"{kind}_engine")] for kind in MODALITIES}
    for engine in chosen.values():
        engine.load(settings)
    return lambda request: chosen[request.kind].infer([request])[0]


def fused(reading: Reading, settings: FusionSettings) -> NDArray[np.float32]:
    """Probabilities (7,) of one fusion of fresh readings."""
    state = FusionState()
    for estimate in reading.values():
        state = fusion.add(state, estimate)
    return fusion.fuse(state, 0.0, settings)[1].probs


def fixed(reading: Reading) -> NDArray[np.float32]:
    """The same base weights whatever the quality."""
    base = FusionSettings().base_weights
    total = sum(base[m] for m in reading)
    return np.asarray(sum(base[m] / total * e.probs for m, e in reading.items()), dtype=np.float32)


def four_right(probs: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the best of the four classes is that of the label; probs (n, 7)."""
    four = np.stack([probs[:, place == FOUR].sum(axis=1) for place in range(4)], axis=1)
    return np.asarray(four.argmax(axis=1) == FOUR[labels])


def accuracy(probs: NDArray[np.float32], labels: NDArray[np.int64]) -> dict[str, Any]:
    """Four- and seven-class accuracy, the former with its bootstrap interval over triples."""
    right, random = four_right(probs, labels), np.random.default_rng(SEED)
    draws = [right[random.integers(0, len(right), len(right))].mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(draws, (0.025, 0.975))
    seven = float((probs.argmax(axis=1) == labels).mean())
    return {"four": float(right.mean()), "four_interval": [float(low), float(high)], "seven": seven}


def conditions(split: str, count: int, answer: Answer) -> tuple[dict[str, list[Reading]], NDArray[np.int64]]:
    """Readings of the triples clean, with each modality spoilt and with each missing; and the labels."""
    triples, random = compose(split, count), np.random.default_rng(SEED)
    clean: list[Reading] = list(read_all(triples, answer))
    told: dict[str, list[Reading]] = {"clean": clean}
    for modality, spoil in SPOILT.items():
        spoilt = read_all([spoil(triple, random) for triple in triples], answer, is_noisy=modality == "voice")
        told[f"{modality} spoilt"] = [
            {**whole, modality: part[modality]} for whole, part in zip(clean, spoilt, strict=True)
        ]
    for modality in MODALITIES:
        told[f"{modality} missing"] = [{m: e for m, e in r.items() if m != modality} for r in clean]
    return told, np.array([triple.label for triple in triples])


def judge_condition(readings: Sequence[Reading], labels: NDArray[np.int64], settings: FusionSettings) -> dict[str, Any]:
    """Each single that is there, fixed weights, quality-aware."""
    singles = {m: accuracy(np.stack([r[m].probs for r in readings]), labels) for m in readings[0]}
    ways = {
        "fixed": np.stack([fixed(reading) for reading in readings]),
        "quality-aware": np.stack([fused(reading, settings) for reading in readings]),
    }
    told: dict[str, Any] = {**singles, **{way: accuracy(probs, labels) for way, probs in ways.items()}}
    told["confidence"] = judge_confidence(ways["quality-aware"].astype(np.float64), labels, SEED)
    return told


def masking_curve(readings: Sequence[Reading], labels: NDArray[np.int64]) -> float:
    """Area under the curve: divergence of face and voice tells pairs of other labels from pairs of the same."""
    random = np.random.default_rng(SEED)
    other = random.permutation(len(readings))
    same = np.array([divergence(r["face"].probs, r["voice"].probs) for r in readings])
    pairs = [(place, mate) for place, mate in enumerate(other) if labels[place] != labels[mate]]
    apart = np.array([divergence(readings[a]["face"].probs, readings[b]["voice"].probs) for a, b in pairs])
    return float(np.mean([(apart > value).mean() + 0.5 * (apart == value).mean() for value in same]))


def fit(answer: Answer) -> dict[Modality, float]:
    """Quality exponents with the best mean four-class accuracy over clean and spoilt validation triples."""
    told, labels = conditions("valid", VALID, answer)
    names = [name for name in told if "missing" not in name]
    best: tuple[float, dict[Modality, float]] = (-1.0, {})
    for powers in product(EXPONENTS, repeat=len(MODALITIES)):
        exponents = dict(zip(MODALITIES, powers, strict=True))
        settings = FusionSettings(gain=fusion.quality_gain(exponents))
        scores = [four_right(np.stack([fused(r, settings) for r in told[name]]), labels).mean() for name in names]
        if float(np.mean(scores)) > best[0] + 1e-9:
            best = (float(np.mean(scores)), exponents)
    return best[1]


def evaluate_fusion() -> dict[str, Any]:
    """All conditions on test triples, with the fusion as it runs live."""
    answer, settings = load_engines(), FusionSettings()
    told, labels = conditions("test", TEST, answer)
    judged = {name: judge_condition(readings, labels, settings) for name, readings in told.items()}
    return {"triples": TEST, "conditions": judged, "masking_auc": masking_curve(told["clean"], labels)}


def fusion_table(told: dict[str, Any]) -> list[str]:
    """Markdown lines."""
    ways = (*MODALITIES, "fixed", "quality-aware")
    rows = [f"| four-class accuracy % | {' | '.join(ways)} | seven, quality-aware |", "|---" * (len(ways) + 2) + "|"]
    for name, part in told["conditions"].items():
        cells = [f"{100 * part[way]['four']:.1f}" if way in part else "" for way in ways]
        rows.append(f"| {name} | {' | '.join(cells)} | {100 * part['quality-aware']['seven']:.1f} |")
    clean = told["conditions"]["clean"]
    low, high = clean["quality-aware"]["four_interval"]
    error = clean["confidence"]["calibration_error"]
    covered = ", ".join(f"{k} {100 * v:.1f}" for k, v in clean["confidence"]["selective_accuracy"].items())
    return [
        *rows,
        "",
        f"{told['triples']} composed test triples, labels of {len(EMOTIONS)} classes evenly; quality-aware clean "
        f"{100 * low:.1f} to {100 * high:.1f} (95 %). Divergence of face and voice tells mismatched from matched "
        f"pairs with an area under the curve of {told['masking_auc']:.3f}. Calibration error of the fused seven "
        f"classes {error['value']:.3f} ({error['low']:.3f} to {error['high']:.3f}). Accuracy % at coverage: {covered}.",
    ]


def main() -> None:
    """Fits on validation triples, or measures on test triples and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true")
    if parser.parse_args().fit:
        sys.stdout.write(f"{fit(load_engines())}\n")
    else:
        sys.stdout.write("\n".join(fusion_table(evaluate_fusion())) + "\n")


if __name__ == "__main__":
    main()
