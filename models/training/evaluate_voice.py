"""Figures of the shipped voice files: RAVDESS actors 17-20, nEMO's test speakers, TESS; by leg, speaker and sex."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.types import EMOTIONS
from models.training import export_voice_rows
from models.training.export_voice import NAME, WEIGHTS
from models.training.export_voice_rows import Legs, legs_of
from models.training.figures import judge, judge_confidence, softmax
from models.training.voice_data import Recording, add_noise_to, read_corpus
from models.training.voice_rows import load_encoder

SEED = 1
NOISES_DB = (20, 10, 0)
SETS = (("RAVDESS", "test"), ("nEMO", "test"), ("TESS", "test"))
HOME = ("RAVDESS", "nEMO")
"""of which other speakers trained the nets"""


def read_facts(folder: Path = WEIGHTS, name: str = NAME) -> dict[str, Any]:
    """The sidecar of a shipped file."""
    facts: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    return facts


def judge_leg(logits: NDArray[np.float32], legs: Legs, recordings: Sequence[Recording], temperature: float) -> Any:
    """By window, as the live lane reads, and by recording: the mean log-probability of its windows."""
    windows = softmax(logits, temperature)
    logs = np.log(np.maximum(windows, 1e-9))
    clips = softmax(np.stack([logs[legs.owners == place].mean(axis=0) for place in range(len(recordings))]))
    labels = np.array([r.label for r in recordings])

    def uar_by(group_of: Callable[[Recording], str]) -> dict[str, Any]:
        groups = np.array([group_of(r) for r in recordings])
        return {g: judge(clips[groups == g], labels[groups == g], EMOTIONS)["uar"] for g in sorted(set(groups))}

    return {
        "recordings": judge(clips, labels, EMOTIONS),
        "windows": judge(windows, legs.targets, EMOTIONS),
        "windows_confidence": judge_confidence(windows, legs.targets, SEED),
        "windows_before_temperature": judge_confidence(softmax(logits), legs.targets, SEED),
        "by_speaker": uar_by(lambda r: r.speaker),
        "by_sex": uar_by(lambda r: r.sex or "not told"),
    }


def judge_set(legs: Legs, recordings: Sequence[Recording], facts: dict[str, Any], both: dict[str, Any]) -> Any:
    """Both legs together, as they run, and what each is worth alone; `facts` and `both` are the sidecars."""
    share, temperature = both["share"], both["temperature"]
    alone = judge_leg(legs.first, legs, recordings, facts["temperature"])
    # divided as it counts in the sum, for it has no temperature of its own
    second = judge_leg(legs.second, legs, recordings, temperature / max(share, 1e-3))
    return judge_leg(legs.both(share), legs, recordings, temperature) | {"first": alone, "second": second}


def evaluate_voice(folder: Path = WEIGHTS) -> dict[str, Any]:
    """All sets clean, the RAVDESS speakers in noise, and calibration over the pooled test speakers of both corpora."""
    facts, both = read_facts(folder), read_facts(folder, export_voice_rows.NAME)
    encode = load_encoder()
    sets = {corpus: read_corpus(corpus, split) for corpus, split in SETS}
    random = np.random.default_rng(SEED)
    for ratio_db in NOISES_DB:
        sets[f"RAVDESS at {ratio_db} dB"] = [add_noise_to(r, ratio_db, random) for r in sets["RAVDESS"]]
    legs = {name: legs_of(own, folder, encode) for name, own in sets.items()}
    pooled = np.concatenate([legs[name].both(both["share"]) for name in HOME])
    targets = np.concatenate([legs[name].targets for name in HOME])
    return {
        "sha256": facts["sha256"],
        "sha256_rows": both["sha256"],
        "share": both["share"],
        "temperature": both["temperature"],
        "sets": {name: judge_set(legs[name], own, facts, both) for name, own in sets.items()},
        "pooled_confidence": judge_confidence(softmax(pooled, both["temperature"]), targets, SEED),
    }


def voice_table(told: dict[str, Any]) -> list[str]:
    """Markdown lines."""
    rows = [
        "| voice | recordings | UAR | log-mel leg alone | encoder leg alone | windows | UAR of windows | calib. error "
        "of windows | the same, log-mel leg alone |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, part in told["sets"].items():
        uars = [part["recordings"], part["first"]["recordings"], part["second"]["recordings"]]
        figures = [str(len_of(part["recordings"])), *(f"{own['uar']:.3f}" for own in uars)]
        figures += [str(len_of(part["windows"])), f"{part['windows']['uar']:.3f}", error_of(part)]
        rows.append(f"| {name} | {' | '.join([*figures, error_of(part['first'])])} |")
    own = {name: told["sets"][name] for name in HOME}
    rows += ["", "UAR by speaker: " + "; ".join(groups(part, "by_speaker") for part in own.values())]
    rows += ["", "UAR by sex: " + "; ".join(f"{name} {groups(part, 'by_sex')}" for name, part in own.items())]
    error = told["pooled_confidence"]["calibration_error"]
    rows += [
        "",
        f"Calibration error of windows, test speakers of both corpora: {error['value']:.3f} "
        f"({error['low']:.3f} to {error['high']:.3f}), share of the encoder leg {told['share']}, temperature "
        f"{told['temperature']}",
    ]
    return rows


def error_of(part: dict[str, Any]) -> str:
    """Calibration error of the windows, with its interval."""
    error = part["windows_confidence"]["calibration_error"]
    return f"{error['value']:.3f} ({error['low']:.3f} to {error['high']:.3f})"


def len_of(part: dict[str, Any]) -> int:
    """How many were judged."""
    return int(part["pictures"])


def groups(part: dict[str, Any], by: str) -> str:
    """UAR of each group."""
    return ", ".join(f"{name} {value:.2f}" for name, value in part[by].items())
