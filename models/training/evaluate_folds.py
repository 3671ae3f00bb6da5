"""What each fold's student of a face run says of persons it never saw: `python -m models.training.evaluate_folds OUT`.

OUT holds folds.npz and student.pt of `models/training/gpu_run.sh`. The pictures are muxspace's as the live path crops
them, train and valid together, five folds of persons. For each fold the temperature of the live head is fitted on a
mixture, PublicTest and the four other folds, and judged on the fold. Prints Markdown.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from core.types import EMOTIONS
from models.training.face_data import as_face_set, read_table
from models.training.face_lesson import prior_offsets
from models.training.face_pack import FOLDS
from models.training.figures import Floats, fit_temperature, judge, judge_confidence, softmax

SEED = 1
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""shares of the training's log frequencies that are taken off"""


class Answers(NamedTuple):
    """Logits of the live head, each from the student that never saw the person."""

    logits: NDArray[np.float32]
    """(n, 7)"""
    labels: NDArray[np.int64]
    folds: NDArray[np.int64]
    public: NDArray[np.float32]
    """(m, 7) of the student of all persons"""
    public_labels: NDArray[np.int64]
    """(m,) the FER+ majority; -1 and 7 are left out"""

    def moved(self, offsets: NDArray[np.float32]) -> Answers:
        """With these (7,) added to all logits."""
        return self._replace(logits=self.logits + offsets, public=self.public + offsets)


def calibrated(answers: Answers) -> Floats:
    """Probabilities (n, 7): each fold divided by a temperature that neither it nor its persons took part in."""
    known = (answers.public_labels >= 0) & (answers.public_labels < len(EMOTIONS))
    probs = np.zeros(answers.logits.shape)
    for fold in range(FOLDS):
        its = answers.folds == fold
        mixture = np.concatenate((answers.public[known], answers.logits[~its]))
        temperature = fit_temperature(mixture, np.concatenate((answers.public_labels[known], answers.labels[~its])))
        probs[its] = softmax(answers.logits[its], temperature)
    return probs


def judge_folds(answers: Answers) -> dict[str, Any]:
    """Mean recall and calibration on persons that never trained."""
    probs = calibrated(answers)
    return judge(probs, answers.labels, EMOTIONS) | judge_confidence(probs, answers.labels, SEED)


def read_answers(folder: Path) -> Answers:
    """Of a run's folder; PublicTest's labels from the tables."""
    with np.load(folder / "folds.npz") as file:
        arrays = (file["logits"], file["labels"], file["folds"], file["public_student"])
    return Answers(*arrays, as_face_set(read_table("publictest")).majority.numpy())


def folds_table(folder: Path) -> list[str]:
    """Markdown lines: a row for each share of the frequencies that is taken off."""
    answers = read_answers(folder)
    frequency = torch.load(folder / "student.pt", map_location="cpu", weights_only=True)["live_frequency"]
    counts = np.bincount(answers.labels, minlength=len(EMOTIONS))
    names = " | ".join(f"{name} ({count})" for name, count in zip(EMOTIONS, counts, strict=True))
    lines = [
        f"| frequencies taken off | accuracy | mean recall (95 %) | calib. error | {names} |",
        "|" + "---|" * (4 + len(EMOTIONS)),
    ]
    for strength in STRENGTHS:
        told = judge_folds(answers.moved(prior_offsets(frequency, strength).numpy()))
        spread, error = told["uar_interval"], told["calibration_error"]
        recalls = " | ".join(f"{100 * (value or 0):.0f}" for value in told["recall"].values())
        ends = [f"{value['low']:.3f} to {value['high']:.3f}" for value in (spread, error)]
        lines.append(
            f"| {strength:g} | {told['accuracy']:.3f} | {told['uar']:.3f} ({ends[0]}) | "
            f"{error['value']:.3f} ({ends[1]}) | {recalls} |"
        )
    return lines


def main() -> None:
    """Prints the table of the folder on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    sys.stdout.write("\n".join(folds_table(parser.parse_args().folder)) + "\n")


if __name__ == "__main__":
    main()
