"""Figures of the shipped voice file: RAVDESS actors 17-20, nEMO's test speakers, TESS; by speaker, in noise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from core.types import EMOTIONS
from models.training.export_voice import NAME, WEIGHTS, window_logits
from models.training.figures import judge, judge_confidence, softmax
from models.training.voice_data import Recording, add_noise_to, read_corpus

SEED = 1
NOISES_DB = (20, 10, 0)
SETS = (("RAVDESS", "test"), ("nEMO", "test"), ("TESS", "test"))


def read_facts(folder: Path = WEIGHTS) -> dict[str, Any]:
    """The sidecar of the shipped file."""
    facts: dict[str, Any] = json.loads((folder / f"{NAME}.json").read_text())
    return facts


def judge_set(session: onnxruntime.InferenceSession, recordings: list[Recording], temperature: float) -> dict[str, Any]:
    """By window, as the live lane reads, and by recording: the mean log-probability of its windows."""
    logits, targets, owners = window_logits(session, recordings)
    windows = softmax(logits, temperature)
    logs = np.log(np.maximum(windows, 1e-9))
    whole = np.stack([logs[owners == place].mean(axis=0) for place in range(len(recordings))])
    clips, labels = softmax(whole), np.array([r.label for r in recordings])
    speakers = sorted({r.speaker for r in recordings})
    by_speaker = {
        name: judge(clips[mine], labels[mine], EMOTIONS)["uar"]
        for name in speakers
        for mine in [np.array([r.speaker == name for r in recordings])]
    }
    return {
        "recordings": judge(clips, labels, EMOTIONS),
        "windows": judge(windows, targets, EMOTIONS),
        "windows_confidence": judge_confidence(windows, targets, SEED),
        "windows_before_temperature": judge_confidence(softmax(logits), targets, SEED),
        "by_speaker": by_speaker,
    }


def evaluate_voice(folder: Path = WEIGHTS) -> dict[str, Any]:
    """All sets clean, the RAVDESS speakers in noise, and calibration over the pooled test speakers of both corpora."""
    facts = read_facts(folder)
    session = onnxruntime.InferenceSession(folder / f"{NAME}.onnx", providers=["CPUExecutionProvider"])
    temperature = facts["temperature"]
    sets = {corpus: read_corpus(corpus, split) for corpus, split in SETS}
    told: dict[str, Any] = {corpus: judge_set(session, own, temperature) for corpus, own in sets.items()}
    random = np.random.default_rng(SEED)
    for ratio_db in NOISES_DB:
        noisy = [add_noise_to(recording, ratio_db, random) for recording in sets["RAVDESS"]]
        told[f"RAVDESS at {ratio_db} dB"] = judge_set(session, noisy, temperature)
    logits, targets, _ = window_logits(session, [*sets["RAVDESS"], *sets["nEMO"]])
    pooled = judge_confidence(softmax(logits, temperature), targets, SEED)
    return {"sha256": facts["sha256"], "temperature": temperature, "sets": told, "pooled_confidence": pooled}


def voice_table(told: dict[str, Any]) -> list[str]:
    """Markdown lines."""
    rows = ["| voice | recordings | UAR | windows | UAR of windows |", "|---|---|---|---|---|"]
    for name, part in told["sets"].items():
        whole, windows = part["recordings"], part["windows"]
        figures = (len_of(whole), f"{whole['uar']:.3f}", len_of(windows), f"{windows['uar']:.3f}")
        rows.append(f"| {name} | {' | '.join(map(str, figures))} |")
    rows += ["", "UAR by speaker: " + speakers(told["sets"]["RAVDESS"]) + "; " + speakers(told["sets"]["nEMO"])]
    error = told["pooled_confidence"]["calibration_error"]
    rows += [
        "",
        f"Calibration error of windows, test speakers of both corpora: {error['value']:.3f} "
        f"({error['low']:.3f} to {error['high']:.3f}), temperature {told['temperature']}",
    ]
    return rows


def len_of(part: dict[str, Any]) -> int:
    """How many were judged."""
    return int(part["pictures"])


def speakers(part: dict[str, Any]) -> str:
    """UAR of each."""
    return ", ".join(f"{name} {value:.2f}" for name, value in part["by_speaker"].items())
