"""How predictions are counted: accuracy, recall, calibration error, selective accuracy. Pure functions of arrays.

Targets are places in EMOTIONS; 7 (contempt, which the nets do not name) stays in and counts as wrong; the caller leaves
out what is not judged at all. Abstentions count as their best guess.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

BINS = 10
RESAMPLES = 500
COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.5)


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % bootstrap interval over pictures."""

    value: float
    low: float
    high: float


def softmax(logits: NDArray[np.float32], temperature: float = 1.0) -> Floats:
    """Logits (n, k) to probabilities (n, k) summing to 1."""
    scaled = logits.astype(np.float64) / temperature
    scaled = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=1, keepdims=True))


def mean_log_loss(logits: NDArray[np.float32], targets: Places, temperature: float) -> float:
    """Mean negative log probability of the targets, in nats."""
    probs = softmax(logits, temperature)[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(probs, 1e-12)).mean())


def fit_temperature(logits: NDArray[np.float32], targets: Places) -> float:
    """The temperature 0.25..4 with the least log loss (Guo et al. 2017, arXiv 1706.04599), by golden section."""
    low, high, ratio = np.log(0.25), np.log(4.0), (np.sqrt(5) - 1) / 2
    for _ in range(40):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if mean_log_loss(logits, targets, np.exp(left)) < mean_log_loss(logits, targets, np.exp(right)):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def recalls(predicted: Places, targets: Places, classes: int) -> Floats:
    """Share found of each class (classes,); nan where the set holds none."""
    counts = np.bincount(targets[targets < classes], minlength=classes)
    found = np.bincount(targets[(predicted == targets) & (targets < classes)], minlength=classes)
    return np.where(counts > 0, found / np.maximum(counts, 1), np.nan)


def macro_f1(predicted: Places, targets: Places, classes: int) -> float:
    """Mean F1 over the classes that occur."""
    scores = []
    for place in range(classes):
        right = np.sum((predicted == place) & (targets == place))
        named, there = np.sum(predicted == place), np.sum(targets == place)
        if there:
            scores.append(2 * right / (named + there))
    return float(np.mean(scores))


def calibration_error(confidence: Floats, is_right: NDArray[np.bool_]) -> float:
    """Debiased root-mean-square calibration error over equal-mass bins (Kumar et al. 2019, arXiv 1909.10155).

    Each bin's squared gap is lessened by the variance it would have if calibrated, so a perfect model scores about 0.
    """
    total = 0.0
    for part in np.array_split(np.argsort(confidence, kind="stable"), BINS):
        right = is_right[part].mean()
        gap = confidence[part].mean() - right
        total += len(part) * (gap**2 - right * (1 - right) / max(1, len(part) - 1))
    return float(np.sqrt(max(0.0, total / len(confidence))))


def bootstrap(confidence: Floats, is_right: NDArray[np.bool_], seed: int) -> Interval:
    """Calibration error with its interval; pictures are drawn again with replacement."""
    random = np.random.default_rng(seed)
    count = len(confidence)
    draws = [random.integers(0, count, count) for _ in range(RESAMPLES)]
    errors = [calibration_error(confidence[draw], is_right[draw]) for draw in draws]
    low, high = np.quantile(errors, (0.025, 0.975))
    return Interval(calibration_error(confidence, is_right), float(low), float(high))


def selective_accuracy(confidence: Floats, is_right: NDArray[np.bool_]) -> dict[str, float]:
    """Accuracy over the most confident share of the pictures, by coverage."""
    ranked = is_right[np.argsort(-confidence, kind="stable")]
    return {f"{cover:.1f}": float(ranked[: max(1, round(cover * len(ranked)))].mean()) for cover in COVERAGES}


def fit_abstention(confidence: Floats, is_right: NDArray[np.bool_]) -> float:
    """The highest step of 0.05 just under which a guess is wrong at least as often as right; 0 when there is none."""
    steps = [step / 20 for step in range(4, 20)]
    just_below = [(confidence >= step - 0.05) & (confidence < step) for step in steps]
    doubtful = [s for s, near in zip(steps, just_below, strict=True) if near.any() and is_right[near].mean() <= 0.5]
    return max(doubtful, default=0.0)


def recall_interval(each: Floats, counts: NDArray[np.int64]) -> dict[str, float]:
    """95 % interval of a mean recall: each class's is a share of `counts`, and they are independent.

    The variance of a class is that of the share with one more right and one more wrong (Agresti and Coull 1998), so
    that a class of three pictures that were all right is not taken for certain.
    """
    known = counts > 0
    shares = (each[known] * counts[known] + 1) / (counts[known] + 2)
    half = 1.96 * float(np.sqrt((shares * (1 - shares) / (counts[known] + 2)).sum())) / int(known.sum())
    mean = float(np.mean(each[known]))
    return {"low": max(0.0, mean - half), "high": min(1.0, mean + half)}


def judge(probs: Floats, targets: Places, labels: tuple[str, ...]) -> dict[str, object]:
    """Accuracy, macro-F1, mean recall (UAR) and recall per class of probabilities (n, len(labels))."""
    predicted = probs.argmax(axis=1)
    each = recalls(predicted, targets, len(labels))
    return {
        "pictures": len(targets),
        "accuracy": float(np.mean(predicted == targets)),
        "macro_f1": macro_f1(predicted, targets, len(labels)),
        "uar": float(np.nanmean(each)),
        "uar_interval": recall_interval(each, np.bincount(targets[targets < len(labels)], minlength=len(labels))),
        "recall": {label: None if np.isnan(value) else float(value) for label, value in zip(labels, each, strict=True)},
    }


def judge_confidence(probs: Floats, targets: Places, seed: int) -> dict[str, object]:
    """Calibration error with interval, and selective accuracy."""
    confidence, is_right = probs.max(axis=1), probs.argmax(axis=1) == targets
    return {
        "calibration_error": asdict(bootstrap(confidence, is_right, seed)),
        "selective_accuracy": selective_accuracy(confidence, is_right),
    }
