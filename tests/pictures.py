"""Pictures and clips the tests look at: scikit-image's public-domain portrait anywhere, real clips where they are."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage import data

from core.engines.requests import ClassifyFaces, Scores
from core.live.lanes.face import FaceLane, FaceState
from core.live.lanes.lane import driven
from core.types import ByteImage, EncodedFrame, Estimate, VideoFrame

ROOT = Path(__file__).parent.parent
DATASETS = ROOT / os.environ.get("ATTUNE_DATASETS", "../shared/datasets")
PORTRAIT_FACE = (180.0, 60.0, 268.0, 173.0)
"""x1, y1, x2, y2 of the face in `portrait()`, by eye"""


def portrait() -> ByteImage:
    """Eileen Collins, NASA, public domain: (512, 512, 3), a broad smile."""
    picture: ByteImage = data.astronaut()
    return picture


def encode(picture: ByteImage, kind: str = "JPEG", mode: str = "RGB", **options: Any) -> bytes:
    """Bytes of a picture as Pillow writes them, so that what we decode was not written by our own decoder."""
    written = io.BytesIO()
    Image.fromarray(picture).convert(mode).save(written, kind, **options)
    return written.getvalue()


def clip_frames(name: str, fps: float = 10.0) -> Iterator[VideoFrame]:
    """About `fps` pictures a second of a clip in the shared datasets; the test is skipped where there are none."""
    import av

    path = DATASETS / "av" / name
    if not path.is_file():
        pytest.skip(f"no clip {path}; set ATTUNE_DATASETS to the folder of the datasets")
    last = -1
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if int(frame.time * fps) > last:
                last = int(frame.time * fps)
                yield VideoFrame(frame.to_ndarray(format="rgb24"), frame.time, frame.time, frame.time)


def flat_scores(request: ClassifyFaces) -> Scores:
    """A face net that sees nothing in anything."""
    return Scores(np.zeros((len(request.crops), 7), np.float32), 2.0, "flat")


def run_step(
    lane: FaceLane, state: FaceState, item: EncodedFrame | VideoFrame, answers: dict[str, Any]
) -> tuple[FaceState, list[Estimate], list[str]]:
    """One step with a function per request kind; also tells which requests came."""
    asked = []

    def answer(request: Any) -> Any:
        asked.append(type(request).__name__)
        return answers[request.kind](request)

    return *driven(lane.step(state, item), answer), asked
