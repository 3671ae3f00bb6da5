"""Figures of the shipped face file on FER2013 PrivateTest: each head by its own labels, with and without flip."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.types import EMOTIONS
from models.training.export_face import NAME, OUTPUTS, WEIGHTS, head_targets, open_session, run_file
from models.training.face_data import as_face_set, read_table
from models.training.figures import Floats, fit_abstention, judge, judge_confidence, softmax

SEED = 1
"""For the bootstrap alone; nothing else here is random."""
JUDGED = {
    "logits": "original labels, all pictures",
    "logits_votes": "FER+ majority; ties, unknown, not-a-face left out, contempt counts as wrong",
    "logits_live": "as logits_votes; this output gives up accuracy for rare expressions",
}


def read_facts(folder: Path = WEIGHTS) -> dict[str, Any]:
    """The sidecar of the shipped file."""
    facts: dict[str, Any] = json.loads((folder / f"{NAME}.json").read_text())
    return facts


def predict_both_ways(pictures: NDArray[np.uint8], folder: Path) -> list[dict[str, NDArray[np.float32]]]:
    """Logits by head of uint8 (n, 48, 48) as they are and mirrored left to right."""
    session = open_session(folder / f"{NAME}.onnx")
    grey = pictures.astype(np.float32)
    return [run_file(session, grey), run_file(session, np.ascontiguousarray(grey[:, :, ::-1]))]


def judge_head(
    plain: NDArray[np.float32], mirrored: NDArray[np.float32], targets: NDArray[np.int64], temperature: float
) -> dict[str, Any]:
    """One head on the pictures that its labels judge; calibration before and after the temperature."""
    judged = targets >= 0
    both, targets = (plain[judged], mirrored[judged]), targets[judged]
    mean: Floats = (softmax(both[0], temperature) + softmax(both[1], temperature)) / 2
    return {
        "plain": judge(softmax(both[0], temperature), targets, EMOTIONS),
        "with_flip": judge(mean, targets, EMOTIONS),
        "temperature": temperature,
        "before_temperature": judge_confidence(softmax(both[0]), targets, SEED),
        "after_temperature": judge_confidence(softmax(both[0], temperature), targets, SEED),
    }


def judge_abstention(folder: Path = WEIGHTS) -> dict[str, float]:
    """The live head's abstention: fitted on PublicTest, coverage and accuracy of what is answered on PrivateTest."""
    facts = read_facts(folder)
    head = facts["live_head"]
    judged = {}
    for split in ("publictest", "privatetest"):
        faces = as_face_set(read_table(split))
        targets = head_targets(faces)[head]
        plain = predict_both_ways(faces.pictures.numpy()[targets >= 0], folder)[0][head]
        probs = softmax(plain, facts["temperature"][head])
        judged[split] = (probs.max(axis=1), probs.argmax(axis=1) == targets[targets >= 0])
    threshold = fit_abstention(*judged["publictest"])
    confidence, is_right = judged["privatetest"]
    answered = confidence >= threshold
    return {
        "threshold": threshold,
        "coverage": float(answered.mean()),
        "accuracy_answered": float(is_right[answered].mean()),
        "accuracy_abstained": float(is_right[~answered].mean()),
    }


def evaluate_split(split: str = "privatetest", folder: Path = WEIGHTS) -> dict[str, Any]:
    """Both heads of the shipped file on one split."""
    faces = as_face_set(read_table(split))
    plain, mirrored = predict_both_ways(faces.pictures.numpy(), folder)
    temperatures, targets = read_facts(folder)["temperature"], head_targets(faces)
    heads = {head: judge_head(plain[head], mirrored[head], targets[head], temperatures[head]) for head in OUTPUTS}
    return {"dataset": "FER2013", "split": split, "judged_by": JUDGED, "heads": heads}
