"""The face net as it runs live, measured on loose photographs: detector, tracking, crop and net, through the real lane.

The photographs (`face/muxspace_subset.parquet`) never train the net. Each is a stream of one picture. A picture in
which no face is found is told by the detection rate and counts as wrong in the figures named "all".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.engines.engine import BackEnd
from core.engines.registry import find_engines
from core.engines.requests import Request
from core.live.lanes.face import FaceLane
from core.live.lanes.lane import driven
from core.settings import Settings
from core.types import EMOTIONS, Estimate, VideoFrame
from models.training.face_data import datasets_folder
from models.training.figures import Floats, judge, judge_confidence, recalls
from models.training.spoil import DESCRIPTIONS, SPOILS, Picture, Spoil

SEED = 1
"""Noise of the spoilt pictures and the bootstrap."""
NO_GUESS = -1
Answer = Callable[[Request[Any]], Any]


@dataclass(frozen=True)
class Readings:
    """What the lane said about a row of pictures."""

    targets: NDArray[np.int64]
    """(n,) places in EMOTIONS; 7 = contempt"""
    probs: Floats
    """(n, 7) calibrated; nan where no face was found"""

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Readings:
        return Readings(self.targets[chosen], self.probs[chosen])


def read_photographs(folder: Path | None = None) -> pd.DataFrame:
    """The table of loose photographs, both splits."""
    return pd.read_parquet((folder or datasets_folder()) / "face" / "muxspace_subset.parquet")


def label_places(table: pd.DataFrame) -> NDArray[np.int64]:
    """Labels as places in EMOTIONS (n,); 7 = contempt."""
    names = {name: place for place, name in enumerate((*EMOTIONS, "contempt"))}
    places: NDArray[np.int64] = table["label"].map(names).to_numpy(np.int64)
    return places


def decode_rgb(jpegs: Sequence[bytes]) -> Iterator[Picture]:
    """Encoded pictures to uint8 (h, w, 3) RGB, one by one."""
    for jpeg in jpegs:
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            raise ValueError(f"expected an encoded picture, got {len(jpeg)} bytes that OpenCV cannot read")
        yield np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def load_engines(settings: Settings) -> Answer:
    """The default detector and the face engine of the settings as one plain function of a request."""
    engines = {name: engine for name, engine in find_engines().items() if isinstance(engine, BackEnd)}
    detectors = [engine for engine in engines.values() if engine.spec.kind == "detect" and engine.spec.is_default]
    chosen = {"detect": detectors[0], "face": engines[settings.face_engine]}
    for engine in chosen.values():
        engine.load(settings)
    return lambda request: chosen[request.kind].infer([request])[0]


def read_faces(picture: Picture, answer: Answer) -> list[Estimate]:
    """The estimates of all faces in one picture, in the order of their crops, with a stream of its own."""
    lane = FaceLane()
    step = lane.step(lane.start("stream"), VideoFrame(picture, 0.0, 0.0, 0.0))
    _, told = driven(step, answer)
    return [one for one in told if isinstance(one, Estimate)]


def read_picture(picture: Picture, answer: Answer) -> Estimate | None:
    """The subject's estimate in one picture; None when no face is found."""
    return next((one for one in read_faces(picture, answer) if one.is_subject), None)


def read_pictures(table: pd.DataFrame, spoil: Spoil, answer: Answer) -> Readings:
    """Every picture of the table, spoilt, through the lane."""
    random = np.random.default_rng(SEED)
    probs = np.full((len(table), len(EMOTIONS)), np.nan)
    for place, picture in enumerate(decode_rgb(table["image"].tolist())):
        estimate = read_picture(spoil(picture, random), answer)
        if estimate is not None:
            probs[place] = estimate.probs
    return Readings(label_places(table), probs)


def judge_readings(readings: Readings) -> dict[str, Any]:
    """Figures over the pictures with a face, and accuracy and mean recall over all."""
    has_face = ~np.isnan(readings.probs[:, 0])
    found = readings[has_face]
    guesses = np.where(has_face, np.nan_to_num(readings.probs).argmax(axis=1), NO_GUESS)
    return {
        "detection_rate": float(has_face.mean()),
        **judge(found.probs, found.targets, EMOTIONS),
        **judge_confidence(found.probs, found.targets, SEED),
        "all_pictures": len(guesses),
        "all_accuracy": float(np.mean(guesses == readings.targets)),
        "all_uar": float(np.nanmean(recalls(guesses, readings.targets, len(EMOTIONS)))),
    }


def read_condition(name: str) -> Readings:
    """All photographs under one of SPOILS, with engines of its own: runs in a worker process."""
    cv2.setNumThreads(1)
    return read_pictures(read_photographs(), SPOILS[name], load_engines(Settings()))


def evaluate_photographs(workers: int = 2) -> dict[str, Any]:
    """Clean and spoilt photographs: the whole set and the person-disjoint `valid` split."""
    is_valid = (read_photographs()["split"] == "valid").to_numpy()
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        readings = dict(zip(SPOILS, pool.map(read_condition, SPOILS), strict=True))
    conditions = {
        name: {"whole": judge_readings(read), "valid": judge_readings(read[is_valid])}
        for name, read in readings.items()
    }
    return {"dataset": "muxspace_subset", "conditions": conditions, "spoilt_how": DESCRIPTIONS}
