"""Figures of the fusion on composed triples: singles, fixed weights, quality-aware; spoilt, missing; disagreement.

`--fit` prints what does best on validation triples; core/estimation/fusion.py and conflict.py hold it. What is
published is measured on test triples, whose pictures, voices and sentences took no part in it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.engines.engine import BackEnd
from core.engines.registry import find_engines
from core.estimation import fusion
from core.estimation.conflict import CONFLICT_ABOVE, MASKING_ABOVE, NEGATIVE, POSITIVE, divergence, masking
from core.estimation.fusion import SHARPNESS, FusionSettings, FusionState
from core.settings import Settings
from core.types import EMOTIONS, FOUR_FROM_SEVEN, MODALITIES, Estimate, Modality
from models.training.figures import fit_abstention, judge_confidence
from models.training.triples import SEED, SPOILT, Answer, compose, read_all

VALID, TEST = 700, 1400
EXPONENTS: tuple[tuple[float, ...], ...] = (
    (0.0, 0.125, 0.25, 0.375, 0.5, 1.0),
    (0.0, 0.25, 0.5, 1.0),
    (0.0, 1.0, 2.0, 3.0),
)
"""tried powers of the quality of face, voice and text"""
SHARPNESSES = (0.0, 0.4, 0.6, 0.7, 0.8, 0.9, 1.0)
CONFLICT_MISTAKES, MASKING_MISTAKES = 0.10, 0.02
"""share of the pairs of one label that may be told as disagreeing, and as masking"""
RESAMPLES = 500
MASKED_PAIRS = 1000

Reading = Mapping[Modality, Estimate]
Labels = NDArray[np.int64]
Probabilities = NDArray[np.float32]
FOUR = np.array(FOUR_FROM_SEVEN)
PAIRS = tuple(combinations(MODALITIES, 2))


def load_engines() -> Answer:
    """The three shipped models, and the encoder that the voice's second leg reads, as one function of a request."""
    settings = Settings()
    found = {name: engine for name, engine in find_engines().items() if isinstance(engine, BackEnd)}
    chosen: dict[str, BackEnd] = {kind: found[getattr(settings, f"{kind}_engine")] for kind in MODALITIES}
    chosen["encode"] = next(engine for engine in found.values() if engine.spec.kind == "encode")
    for engine in chosen.values():
        engine.load(settings)
    return lambda request: chosen[request.kind].infer([request])[0]


def conditions(split: str, count: int, answer: Answer) -> tuple[dict[str, list[Reading]], Labels]:
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


# -- ways to fuse ---------------------------------------------------------------------------------------


def weights_of(reading: Reading, settings: FusionSettings) -> NDArray[np.float64]:
    """Shares of the modalities of fresh readings, in the order of the reading."""
    state = FusionState()
    for estimate in reading.values():
        state = fusion.add(state, estimate)
    shares = fusion.weigh(state, 0.0, settings)
    return np.array([shares[m] for m in reading])


def base_weights_of(reading: Reading) -> NDArray[np.float64]:
    """The same base weights whatever the quality."""
    base = np.array([FusionSettings().base_weights[m] for m in reading])
    return np.asarray(base / base.sum())


def fuse_all(
    readings: Sequence[Reading], weigh: Callable[[Reading], NDArray[np.float64]], sharpness: float = SHARPNESS
) -> Probabilities:
    """Probabilities (n, 7) under the pool that runs live."""
    return pool_all(readings, [weigh(reading) for reading in readings], sharpness)


def pool_all(readings: Sequence[Reading], shares: Sequence[NDArray[np.float64]], sharpness: float) -> Probabilities:
    """Probabilities (n, 7) under given shares of the modalities, in the order of each reading."""
    stacked = (np.stack([e.probs for e in r.values()]) for r in readings)
    return np.stack([fusion.pool(p, own, sharpness) for p, own in zip(stacked, shares, strict=True)])


def average_all(readings: Sequence[Reading]) -> Probabilities:
    """The plain weighted mean (a linear pool), to compare with."""
    rows = [base_weights_of(r) @ np.stack([e.probs for e in r.values()]) for r in readings]
    return np.asarray(rows, dtype=np.float32)


# -- figures --------------------------------------------------------------------------------------------


def four_right(probs: Probabilities, labels: Labels) -> NDArray[np.bool_]:
    """Whether the best of the four classes is that of the label; probs (n, 7)."""
    four = np.stack([probs[:, place == FOUR].sum(axis=1) for place in range(4)], axis=1)
    return np.asarray(four.argmax(axis=1) == FOUR[labels])


def accuracy(probs: Probabilities, labels: Labels) -> dict[str, Any]:
    """Four- and seven-class accuracy, the former with its bootstrap interval over triples."""
    right, random = four_right(probs, labels), np.random.default_rng(SEED)
    draws = [right[random.integers(0, len(right), len(right))].mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(draws, (0.025, 0.975))
    seven = float((probs.argmax(axis=1) == labels).mean())
    return {"four": float(right.mean()), "four_interval": [float(low), float(high)], "seven": seven}


def gain_interval(better: Probabilities, worse: Probabilities, labels: Labels) -> list[float]:
    """How much four-class accuracy the first has over the second, and its 95 % interval over the same triples."""
    gain = four_right(better, labels).astype(float) - four_right(worse, labels)
    random = np.random.default_rng(SEED)
    draws = [gain[random.integers(0, len(gain), len(gain))].mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(draws, (0.025, 0.975))
    return [float(gain.mean()), float(low), float(high)]


def judge_condition(readings: Sequence[Reading], labels: Labels, settings: FusionSettings) -> dict[str, Any]:
    """Each single that is there, the mean, fixed weights, quality-aware."""
    ways: dict[str, Probabilities] = {m: np.stack([r[m].probs for r in readings]) for m in readings[0]}
    ways |= {
        "mean": average_all(readings),
        "fixed": fuse_all(readings, base_weights_of),
        "quality-aware": fuse_all(readings, lambda reading: weights_of(reading, settings)),
    }
    told: dict[str, Any] = {way: accuracy(probs, labels) for way, probs in ways.items()}
    fused = ways["quality-aware"]
    told["gain_over_fixed"] = gain_interval(fused, ways["fixed"], labels)
    told["confidence"] = judge_confidence(fused.astype(np.float64), labels, SEED)
    answered = fused.max(axis=1) >= settings.abstain_below
    right = fused.argmax(axis=1) == labels
    told["answered"] = float(answered.mean())
    told["answered_right"] = float(right[answered].mean()) if answered.any() else 0.0
    return told


def area_under(low: NDArray[np.float64], high: NDArray[np.float64]) -> float:
    """Probability that one of `high` exceeds one of `low` (area under the ROC curve)."""
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, "left") + np.searchsorted(ordered, high, "right")
    return float(below.mean() / 2 / len(low))


def judge_disagreement(readings: Sequence[Reading], labels: Labels) -> dict[str, Any]:
    """For each pair of modalities: does divergence tell other labels from the same, and masking a smile over pain."""
    random, told = np.random.default_rng(SEED), {}
    other = random.permutation(len(readings))
    pairs = [(place, mate) for place, mate in enumerate(other) if labels[place] != labels[mate]]
    smiles = random.choice(np.flatnonzero(POSITIVE[labels]), MASKED_PAIRS)
    pains = random.choice(np.flatnonzero(NEGATIVE[labels]), MASKED_PAIRS)
    for one, two in PAIRS:

        def score(
            of: Callable[[Any, Any], float], places: Any, one: Modality = one, two: Modality = two
        ) -> NDArray[np.float64]:
            return np.array([of(readings[a][one].probs, readings[b][two].probs) for a, b in places])

        same = [(place, place) for place in range(len(readings))]
        apart, masked = score(divergence, pairs), score(masking, zip(smiles, pains, strict=True))
        matched, unmasked = score(divergence, same), score(masking, same)
        told[f"{one}_{two}"] = {
            "auc": area_under(matched, apart),
            "told_of_same": float((matched > CONFLICT_ABOVE[one, two]).mean()),
            "told_of_other": float((apart > CONFLICT_ABOVE[one, two]).mean()),
            "masking_auc": area_under(unmasked, masked),
            "masking_told_of_same": float((unmasked > MASKING_ABOVE).mean()),
            "masking_told_of_masked": float((masked > MASKING_ABOVE).mean()),
        }
    return told


# -- fitting --------------------------------------------------------------------------------------------


def log_loss(probs: Probabilities, labels: Labels) -> float:
    """Mean negative log probability of the labels, in nats."""
    return float(-np.log(np.maximum(probs[np.arange(len(labels)), labels], 1e-9)).mean())


def fit_pool(told: Mapping[str, Sequence[Reading]], labels: Labels) -> dict[str, Any]:
    """Exponents and sharpness with the least mean log loss over clean and spoilt validation triples."""
    names = [name for name in told if "missing" not in name]
    tried = []
    for powers in product(*EXPONENTS):
        settings = FusionSettings(gain=fusion.quality_gain(dict(zip(MODALITIES, powers, strict=True))))
        shares = {name: [weights_of(r, settings) for r in told[name]] for name in names}
        for sharpness in SHARPNESSES:
            losses = [log_loss(pool_all(told[name], shares[name], sharpness), labels) for name in names]
            tried.append((float(np.mean(losses)), powers, sharpness))
    loss, powers, sharpness = min(tried)
    return {"exponents": dict(zip(MODALITIES, powers, strict=True)), "sharpness": sharpness, "log_loss": loss}


def fit() -> dict[str, Any]:
    """Everything that is fitted, from validation triples alone."""
    told, labels = conditions("valid", VALID, load_engines())
    pooled = fit_pool(told, labels)
    settings = FusionSettings(gain=fusion.quality_gain(pooled["exponents"]))
    every = [
        fuse_all(readings, lambda reading: weights_of(reading, settings), pooled["sharpness"])
        for readings in told.values()
    ]
    probs, repeated = np.concatenate(every), np.tile(labels, len(every))
    clean = told["clean"]
    same = {pair: np.array([divergence(r[pair[0]].probs, r[pair[1]].probs) for r in clean]) for pair in PAIRS}
    masked = np.array([masking(r["face"].probs, r[m].probs) for r in clean for m in ("voice", "text")])
    return {
        **pooled,
        "conflict_above": {f"{a}_{b}": float(np.quantile(v, 1 - CONFLICT_MISTAKES)) for (a, b), v in same.items()},
        "masking_above": float(np.quantile(masked, 1 - MASKING_MISTAKES)),
        "abstain_below": fit_abstention(probs.max(axis=1).astype(np.float64), probs.argmax(axis=1) == repeated),
    }


# -- the report -----------------------------------------------------------------------------------------


def evaluate_fusion() -> dict[str, Any]:
    """All conditions on test triples, with the fusion as it runs live."""
    settings = FusionSettings()
    told, labels = conditions("test", TEST, load_engines())
    judged = {name: judge_condition(readings, labels, settings) for name, readings in told.items()}
    return {
        "triples": TEST,
        "abstain_below": settings.abstain_below,
        "conditions": judged,
        "disagreement": judge_disagreement(told["clean"], labels),
    }


def fusion_table(told: dict[str, Any]) -> list[str]:
    """Markdown lines."""
    ways = (*MODALITIES, "mean", "fixed", "quality-aware")
    head = f"| four-class accuracy % | {' | '.join(ways)} | over fixed (95 %) | seven | calib. error | answered % |"
    rows = [head, "|---" * (len(ways) + 5) + "|"]
    for name, part in told["conditions"].items():
        cells = [f"{100 * part[way]['four']:.1f}" if way in part else "" for way in ways]
        gain, low, high = (100 * value for value in part["gain_over_fixed"])
        error = part["confidence"]["calibration_error"]
        rows.append(
            f"| {name} | {' | '.join(cells)} | {gain:+.1f} ({low:+.1f} to {high:+.1f}) "
            f"| {100 * part['quality-aware']['seven']:.1f} "
            f"| {error['value']:.3f} ({error['low']:.3f} to {error['high']:.3f}) "
            f"| {100 * part['answered']:.1f}, {100 * part['answered_right']:.1f} of them right |"
        )
    return [*rows, "", *_disagreement_table(told["disagreement"]), "", _notes(told)]


def _disagreement_table(told: dict[str, Any]) -> list[str]:
    rows = [
        "| pair | divergence: AUC | told of the same label % | of other labels % | smile over pain: AUC | told of the same label % | of masked pairs % |",  # noqa: E501 - a table's head
        "|---" * 7 + "|",
    ]
    for pair, part in told.items():
        shares = [100 * part[key] for key in ("told_of_same", "told_of_other")]
        masks = [100 * part[key] for key in ("masking_told_of_same", "masking_told_of_masked")]
        rows.append(
            f"| {pair} | {part['auc']:.3f} | {shares[0]:.1f} | {shares[1]:.1f} "
            f"| {part['masking_auc']:.3f} | {masks[0]:.1f} | {masks[1]:.1f} |"
        )
    return rows


def _notes(told: dict[str, Any]) -> str:
    clean = told["conditions"]["clean"]
    covered = ", ".join(f"{k} {100 * v:.1f}" for k, v in clean["confidence"]["selective_accuracy"].items())
    return (
        f"{told['triples']} composed test triples (three strangers each, put together by label), the {len(EMOTIONS)} "
        f"classes evenly. `mean`: linear pool under base weights; `fixed`: the live pool under base weights. Intervals "
        f"are over triples; the voices come from six test speakers only, so for new speakers they would be wider. "
        f"Seven-class accuracy % of the clean ones at coverage: {covered}. Answered: best of seven at least "
        f"{told['abstain_below']:.2f}."
    )


def main() -> None:
    """Fits on validation triples, or measures on test triples and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true")
    if parser.parse_args().fit:
        sys.stdout.write(json.dumps(fit(), indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(fusion_table(evaluate_fusion())) + "\n")


if __name__ == "__main__":
    main()
