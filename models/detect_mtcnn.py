"""Face detector: MTCNN's cascade on ONNX Runtime, with the weights that the `mtcnn` package carries.

A whole picture goes through all three nets; around known boxes the last net alone follows a face for a
tenth of the time. The pyramid starts at a fixed share of the picture, so work does not grow with its size.
"""

from __future__ import annotations

import hashlib
import importlib.util
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.engines.requests import DetectFaces, Detections, RefineFaces
from core.engines.spec import EngineSpec
from core.errors import EngineUnavailable
from core.settings import Settings
from core.types import ByteImage
from models._mtcnn_geometry import (
    CELL_PX,
    Floats,
    cells_to_boxes,
    centres,
    grow,
    halved,
    patches,
    place,
    pyramid,
    rolls,
    shifted,
    squared,
    suppress,
    turned,
    turned_patch,
)
from models._mtcnn_nets import build_nets
from models._onnx import open_session

PROPOSAL_SCORE, REFINE_SCORE, OUTPUT_SCORE = 0.6, 0.7, 0.9
"""mtcnn's defaults for the first two; 0.9 for the last against hands, posters and curtains."""
STAGE_OVERLAP = 0.7
"""Overlap above which the weaker box goes, after each stage."""
MOST_PROPOSALS = 48
"""Strongest proposals that reach the refine net; a clean 640x480 portrait gives 10 to 30."""
REFINE_MARGIN = 1.05
"""A known box is grown by this before the last net looks again: repeated without a picture change it then stays put."""
SLANT = math.radians(15)
"""Eye lines steeper than this get a second look along them: upright, the box of a tilted head misses its chin."""
TILT = math.radians(35)
"""The nets find heads up to about 40 degrees off upright; turned by 35 they reach 75."""
HOPE_SCORE = 0.1
"""Below this an upright look is not worth a turned one."""

CHECKSUMS = {
    "pnet": "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5",
    "rnet": "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee",
    "onet": "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3",
}
"""sha256 of each file in mtcnn 1.0.0; checked before joblib unpickles it."""
INSTALL = "pip install mtcnn==1.0.0 joblib lz4 onnx"


class MtcnnDetector:
    """Answers DetectFaces and RefineFaces with Detections, best score first (RefineFaces: in the order asked)."""

    name = "detect_mtcnn"
    spec = EngineSpec(
        name=name,
        kind="detect",
        version="1.0.0",
        licence="MIT",
        description="MTCNN, three small nets: faces of a tenth of the picture and more, with five landmarks",
        packages=("mtcnn", "joblib", "lz4", "onnx", "onnxruntime", "cv2"),
        install=INSTALL,
        checksum=CHECKSUMS["onet"],
        input="uint8 (height, width, 3) RGB, any size",
        max_batch=1,
        is_default=True,
    )

    def load(self, settings: Settings) -> None:
        """Build the three graphs from the package's weights. Raises EngineUnavailable."""
        folder = _weights_folder()
        _check(folder)
        try:
            nets = build_nets(folder)
        except (ImportError, ValueError) as error:
            raise EngineUnavailable(f"MTCNN's nets cannot be built ({error}); run: {INSTALL}") from error
        import cv2

        cv2.setNumThreads(settings.engine_threads)
        self._proposal, self._refine, self._output = (
            open_session(nets[name], settings.engine_threads) for name in ("pnet", "rnet", "onet")
        )

    def infer(self, requests: Sequence[DetectFaces | RefineFaces]) -> list[Detections]:
        """One answer per request."""
        return [
            self._look(request.image, grow(squared(request.boxes_px), REFINE_MARGIN))
            if isinstance(request, RefineFaces)
            else _best(self._look(request.image, self._candidates(request.image)))
            for request in requests
        ]

    def _candidates(self, image: ByteImage) -> Floats:
        """Squares (n, 4) that passed the first two nets."""
        small = halved(image)
        boxes = self._propose(small)
        if not len(boxes):
            return boxes
        offsets, scores = self._refine.run(None, {"pictures": patches(small, boxes, 24)})
        kept = scores[:, 1] > REFINE_SCORE
        boxes = shifted(boxes[kept], offsets[kept])
        boxes = squared(boxes[suppress(boxes, scores[kept, 1], STAGE_OVERLAP)])
        return boxes * np.float32(round(image.shape[0] / small.shape[0]))

    def _propose(self, image: ByteImage) -> Floats:
        """First net over the pyramid: squares (n, 4), at most MOST_PROPOSALS, best first."""
        import cv2

        found, level = [np.zeros((0, 5), np.float32)], image
        for scale in pyramid(*image.shape[:2]):
            size = (max(CELL_PX, round(image.shape[1] * scale)), max(CELL_PX, round(image.shape[0] * scale)))
            level = np.asarray(cv2.resize(level, size, interpolation=cv2.INTER_AREA), np.uint8)
            offsets, scores = self._proposal.run(None, {"pictures": level[None]})
            found.append(cells_to_boxes(offsets[0], scores[0, 1], scale, PROPOSAL_SCORE))
        rows = np.concatenate(found)
        kept = suppress(rows[:, :4], rows[:, 4], STAGE_OVERLAP)[:MOST_PROPOSALS]
        return squared(rows[kept, :4])

    def _look(self, image: ByteImage, squares: Floats) -> Detections:
        """Last net: one row per square; upright first, then once more, turned, where the head is or may be tilted."""
        if not len(squares):
            return Detections(squares, np.zeros(0, np.float32), np.zeros((0, 5, 2), np.float32))
        upright = self._read(squares, patches(image, squares, 48))
        rows, angles = tilts(upright)
        if not len(rows):
            return upright
        pieces = [turned_patch(image, squares[row], angle, 48) for row, angle in zip(rows, angles, strict=True)]
        turned_look = turned_back(self._read(squares[rows], np.stack(pieces)), squares[rows], angles)
        return _better(upright, turned_look, rows)

    def _read(self, squares: Floats, pieces: ByteImage) -> Detections:
        """One run of the last net on pieces (n, 48, 48, 3) that were cut at these squares."""
        offsets, points, scores = self._output.run(None, {"pictures": pieces})
        return Detections(shifted(squares, offsets), scores[:, 1].copy(), place(squares, points))


def _weights_folder() -> Path:
    """Where the package keeps its weights; the package is located, never imported (that needs TensorFlow)."""
    found = importlib.util.find_spec("mtcnn")
    if found is None or not found.submodule_search_locations:
        raise EngineUnavailable(f"the face detector needs the weights in the mtcnn package; run: {INSTALL}")
    return Path(found.submodule_search_locations[0]) / "assets" / "weights"


def _check(folder: Path) -> None:
    for name, expected in CHECKSUMS.items():
        path = folder / f"{name}.lz4"
        if not path.is_file():
            raise EngineUnavailable(f"expected MTCNN's weights at {path}, found none; run: {INSTALL}")
        if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise EngineUnavailable(f"{path} is not the file of mtcnn 1.0.0 (its sha256 differs); run: {INSTALL}")


def tilts(look: Detections) -> tuple[NDArray[np.intp], Floats]:
    """Rows worth a second, turned look and the angles for it, radians; a row may come several times.

    A sure face whose eye line slants is looked at along it. One that is not sure may be tilted too far for an
    upright look, so it is tried at TILT to both sides.
    """
    slant = rolls(look.landmarks_px)
    sure = look.scores >= OUTPUT_SCORE
    slanting = np.flatnonzero(sure & (np.abs(slant) > SLANT))
    unsure = np.flatnonzero(~sure & (look.scores >= HOPE_SCORE))
    angles = np.concatenate([slant[slanting], np.full(len(unsure), TILT), np.full(len(unsure), -TILT)])
    return np.concatenate([slanting, unsure, unsure]), angles.astype(np.float32)


def _better(upright: Detections, turned_look: Detections, rows: NDArray[np.intp]) -> Detections:
    """Per row of `upright` the turned look where that is sure, or at least surer than the upright one was."""
    boxes, scores, landmarks = upright.boxes_px.copy(), upright.scores.copy(), upright.landmarks_px.copy()
    for index, row in enumerate(rows):
        score = turned_look.scores[index]
        if score > min(scores[row], OUTPUT_SCORE):
            boxes[row], scores[row] = turned_look.boxes_px[index], score
            landmarks[row] = turned_look.landmarks_px[index]
    return Detections(boxes, scores, landmarks)


def turned_back(look: Detections, squares: Floats, angles: Floats) -> Detections:
    """What was read in upright patches, back in the turned picture: landmarks and box centres turn, sides stay."""
    around = centres(squares)
    middle = turned(centres(look.boxes_px)[:, None], around, angles)[:, 0]
    half = (look.boxes_px[:, 2:] - look.boxes_px[:, :2]) / 2
    boxes = np.concatenate([middle - half, middle + half], axis=1)
    return Detections(boxes, look.scores, turned(look.landmarks_px, around, angles))


def _best(look: Detections) -> Detections:
    """Rows of OUTPUT_SCORE and more without overlaps, best first; a box inside another goes too ("min" overlap)."""
    sure = np.flatnonzero(look.scores >= OUTPUT_SCORE)
    kept = sure[suppress(look.boxes_px[sure], look.scores[sure], STAGE_OVERLAP, over_smaller=True)]
    return Detections(look.boxes_px[kept], look.scores[kept], look.landmarks_px[kept])


ENGINE = MtcnnDetector()
