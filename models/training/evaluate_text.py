"""Figures of the shipped text file: `python -m models.training.evaluate_text`, or `evaluate_text()` from evaluate.

GoEmotions as its paper asks (several labels, thresholds from valid); every other set by its single labels; each with
the rules of core/estimation/words.py and without. The sentences that negation turns are evaluate_negation.py.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.estimation.words import adjust
from core.types import EMOTIONS
from models.training.evaluate_negation import evaluate_negation, negation_table
from models.training.export_text import LIVE, NAME, SEVERAL, WEIGHTS, open_session, pooled, run_file
from models.training.figures import Floats, judge, judge_confidence, macro_f1, softmax
from models.training.text_data import TextSet, read_split
from models.training.train_text import f1_at

SEED = 1
RESAMPLES = 500
SETS = (
    ("goemotions", "test"),
    ("meld", "valid"),
    ("isear", "test"),
    ("dailydialog", "test"),
    ("emorynlp", "test"),
    ("carer", "test"),
)
LANGUAGES = ("en", "nl", "de", "fr", "es", "it", "pl", "pt", "sv")


def with_rules(texts: list[str], language: str, probs: Floats) -> Floats:
    """Probabilities (n, 7) after the rules."""
    pairs = zip(texts, probs, strict=True)
    return np.stack([adjust(text, language, row.astype(np.float32)).probs for text, row in pairs]).astype(np.float64)


def judge_several(logits: NDArray[np.float32], rows: TextSet, facts: dict[str, Any]) -> dict[str, Any]:
    """Macro-F1 over the seven, each named from its threshold on; rules move shares of the sigmoids' sum."""
    thresholds = np.array([facts["thresholds"][label] for label in EMOTIONS])
    sigmoids = 1 / (1 + np.exp(-logits.astype(np.float64)))
    total = sigmoids.sum(1, keepdims=True)
    ruled = with_rules(rows.texts, "en", sigmoids / total) * total
    ruled_logits = np.log(np.clip(ruled, 1e-9, 1 - 1e-9) / (1 - np.clip(ruled, 1e-9, 1 - 1e-9)))
    each = {label: f1_at(logits[:, [k]], rows.targets[:, [k]], thresholds[[k]]) for k, label in enumerate(EMOTIONS)}
    random = np.random.default_rng(SEED)
    draws = (random.integers(0, len(rows), len(rows)) for _ in range(300))
    spread = np.quantile([f1_at(logits[draw], rows.targets[draw], thresholds) for draw in draws], (0.025, 0.975))
    return {
        "texts": len(rows),
        "macro_f1": f1_at(logits, rows.targets, thresholds),
        "macro_f1_interval": [float(value) for value in spread],
        "macro_f1_with_rules": f1_at(ruled_logits.astype(np.float32), rows.targets, thresholds),
        "f1": each,
    }


def judge_live(texts: list[str], language: str, logits: NDArray[np.float32], targets: Any, warmth: float) -> Any:
    """Accuracy, macro-F1 and calibration of the live head, with and without rules."""
    probs = softmax(logits, warmth)
    ruled = with_rules(texts, language, probs)
    return {
        "without_rules": judge(probs, targets, EMOTIONS) | judge_confidence(probs, targets, SEED),
        "with_rules": judge(ruled, targets, EMOTIONS) | judge_confidence(ruled, targets, SEED),
        "gain": gain_of_rules(probs, ruled, targets),
        "raw_calibration_error": judge_confidence(softmax(logits), targets, SEED)["calibration_error"],
    }


def gain_of_rules(before: Floats, after: Floats, targets: Any) -> dict[str, float]:
    """What rules add to accuracy and macro-F1, 0..1, each with its 95 % bootstrap interval over the same texts."""
    old, new = before.argmax(1), after.argmax(1)
    random = np.random.default_rng(SEED)
    draws = [random.integers(0, len(targets), len(targets)) for _ in range(RESAMPLES)]
    accuracy = (new == targets).astype(float) - (old == targets)
    gains = [macro_f1(new[draw], targets[draw], 7) - macro_f1(old[draw], targets[draw], 7) for draw in draws]
    spreads = {"accuracy": [accuracy[draw].mean() for draw in draws], "macro_f1": gains}
    return {
        f"{name}_{end}": float(np.quantile(values, quantile))
        for name, values in spreads.items()
        for end, quantile in (("low", 0.025), ("high", 0.975))
    }


def singles(rows: TextSet, language: str) -> tuple[list[str], NDArray[np.int64]]:
    """The texts of one language with exactly one label, and that label."""
    places = np.flatnonzero((rows.targets.sum(1) == 1) & (rows.language == language))
    return [rows.texts[place] for place in places], rows.targets[places].argmax(1)


def evaluate_text(folder: Path = WEIGHTS) -> dict[str, Any]:
    """All figures of the text net; about two minutes."""
    facts: dict[str, Any] = json.loads((folder / f"{NAME}.json").read_text())
    session, warmth = open_session(folder / f"{NAME}.onnx"), facts["temperature"]
    test, sets = read_split("goemotions", "test"), {}
    began = time.perf_counter()
    several = judge_several(run_file(session, test.texts)[SEVERAL], test, facts)
    each_ms = 1000 * (time.perf_counter() - began) / len(test)
    xed = read_split("xed", "test")
    wanted = [(f"{name} {split}", "en", read_split(name, split)) for name, split in SETS]
    wanted += [(f"xed {language} test", language, xed) for language in LANGUAGES]
    for name, language, rows in wanted:
        texts, targets = singles(rows, language)
        sets[name] = judge_live(texts, language, run_file(session, texts)[LIVE], targets, warmth)
    texts, targets = pooled("test")
    pool = judge_live(texts, "en", run_file(session, texts)[LIVE], targets, warmth)
    negation = evaluate_negation(lambda texts: softmax(run_file(session, texts)[LIVE], warmth))
    return {
        "weights": facts,
        "goemotions_several": several,
        "ms_a_text": each_ms,
        "sets": sets,
        "pool": pool,
        "negation": negation,
    }


def text_report(result: dict[str, Any]) -> str:
    """The figures as Markdown."""
    several, facts = result["goemotions_several"], result["weights"]
    least, most = several["macro_f1_interval"]
    lines = [
        f"Weights {facts['file']}, {facts['bytes']:,} bytes, sha256 `{facts['sha256']}`.",
        "",
        f"GoEmotions test, {several['texts']} texts, several labels: macro-F1 {several['macro_f1']:.3f} "
        f"({least:.3f} to {most:.3f}), with rules {several['macro_f1_with_rules']:.3f}; by class "
        + ", ".join(f"{label} {value:.2f}" for label, value in several["f1"].items())
        + ".",
        "",
        "One label a text (texts with several left out), live head; calibration error after temperature, gain of rules "
        "in points (both with their 95 % intervals):",
        "",
        "| set | texts | accuracy % | with rules (gain) | macro-F1 % | with rules (gain) | calib. error | with rules |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, figures in (result["sets"] | {"pool of four, test": result["pool"]}).items():
        cells = [name, str(figures["without_rules"]["pictures"])]
        for key in ("accuracy", "macro_f1"):
            cells += [f"{100 * figures[way][key]:.1f}" for way in ("without_rules", "with_rules")]
            low, high = (100 * figures["gain"][f"{key}_{end}"] for end in ("low", "high"))
            cells[-1] += f" ({low:+.1f} to {high:+.1f})"
        for way in ("without_rules", "with_rules"):
            error = figures[way]["calibration_error"]
            cells.append(f"{error['value']:.3f} ({error['low']:.3f} to {error['high']:.3f})")
        lines.append("| " + " | ".join(cells) + " |")
    raw = result["pool"]["raw_calibration_error"]["value"]
    lines += ["", f"Pool before temperature: {raw:.3f}. One text takes {result['ms_a_text']:.2f} ms on one thread."]
    lines += ["", "Sentences that negation turns or seems to turn (tests/data/negation):", ""]
    return "\n".join([*lines, *negation_table(result["negation"])]) + "\n"


def main() -> None:
    """Measures and prints."""
    sys.stdout.write(text_report(evaluate_text()))


if __name__ == "__main__":
    main()
