"""Pictures that are no good portrait, through the real lane and nets: read rightly, not at all, or with a reason."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.estimation.tracking import MOST_FACES
from core.live.lanes.face import FaceLane
from core.live.lanes.lane import driven
from core.settings import Settings
from core.types import EMOTIONS, Estimate, Fault, VideoFrame
from models.training.evaluate_live import Answer, load_engines
from models.training.spoil import Picture

SURE = 0.8
BOX = (180, 60, 268, 173)
"""of the face in the portrait, px"""


@pytest.fixture(scope="module")
def answer() -> Answer:
    return load_engines(Settings())


def read(picture: Picture, answer: Answer) -> list[Estimate | Fault]:
    lane = FaceLane()
    frame = VideoFrame(np.ascontiguousarray(picture, np.uint8), 0.0, 0.0, 0.0)
    return driven(lane.step(lane.start("stream"), frame), answer)[1]


def one_face(told: list[Estimate | Fault]) -> Estimate:
    (face,) = told
    assert isinstance(face, Estimate)
    return face


def around(portrait: Picture, more: int) -> Picture:
    left, top, right, bottom = BOX
    return portrait[max(0, top - more) : bottom + more, max(0, left - more) : right + more]


def far_away(portrait: Picture, face_px: int) -> Picture:
    """The portrait so small that the face is that high, in a room of one colour."""
    share = face_px / (BOX[3] - BOX[1])
    small = cv2.resize(portrait, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    room = np.full((240, 320, 3), small[2, 2], np.uint8)
    room[60 : 60 + small.shape[0], 100 : 100 + small.shape[1]] = small
    return room


def before_a_window(portrait: Picture, light: float) -> Picture:
    """The face with that share of its light, all around it bright."""
    left, top, right, bottom = BOX
    mask = np.zeros(portrait.shape[:2], np.float32)
    middle, size = ((left + right) // 2, (top + bottom) // 2), ((right - left) // 2 + 25, (bottom - top) // 2 + 25)
    cv2.ellipse(mask, middle, size, 0, 0, 360, 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 8)[..., None]
    bright = np.minimum(255, portrait * 0.3 + 180)
    return (portrait * light * mask + bright * (1 - mask)).astype(np.uint8)


def drawn() -> Picture:
    """A face of a few ellipses and lines, smiling."""
    page = np.full((480, 640, 3), 255, np.uint8)
    cv2.ellipse(page, (320, 240), (120, 160), 0, 0, 360, (255, 220, 190), -1)
    cv2.ellipse(page, (320, 240), (120, 160), 0, 0, 360, (0, 0, 0), 4)
    for x in (275, 365):
        cv2.ellipse(page, (x, 200), (22, 12), 0, 0, 360, (255, 255, 255), -1)
        cv2.circle(page, (x, 200), 8, (0, 0, 0), -1)
        cv2.ellipse(page, (x, 200), (22, 12), 0, 0, 360, (0, 0, 0), 3)
        cv2.ellipse(page, (x, 172), (28, 8), 0, 180, 360, (60, 30, 0), 5)
    cv2.line(page, (320, 210), (310, 255), (120, 80, 60), 4)
    cv2.ellipse(page, (320, 300), (50, 25), 0, 0, 180, (180, 0, 0), 6)
    return page


def sketched(portrait: Picture) -> Picture:
    """The portrait as in pencil."""
    grey = cv2.cvtColor(around(portrait, 40), cv2.COLOR_RGB2GRAY)
    lines = cv2.divide(grey, cv2.GaussianBlur(grey, (0, 0), 5), scale=255)
    return cv2.resize(cv2.cvtColor(lines, cv2.COLOR_GRAY2RGB), (480, 480))


@pytest.mark.parametrize("face_px", [24, 32])
def test_a_face_of_a_few_pixels_is_said_to_be_too_small_and_counts_little(portrait, answer, face_px) -> None:
    face = one_face(read(far_away(portrait, face_px), answer))
    assert face.quality.reasons == ("too_small",)
    assert face.quality.score < 0.5


def test_a_face_that_fills_the_picture_is_read(portrait, answer) -> None:
    face = one_face(read(cv2.resize(around(portrait, 0), (480, 480)), answer))
    assert EMOTIONS[int(face.probs.argmax())] == "happy"
    assert face.box_px is not None
    assert face.box_px[3] - face.box_px[1] > 450


def test_of_a_face_that_reaches_over_every_edge_nothing_sure_is_said_without_a_reason(portrait, answer) -> None:
    told = read(cv2.resize(around(portrait, -13), (480, 480)), answer)
    assert all(isinstance(one, Estimate) and (one.quality.reasons or one.probs.max() < SURE) for one in told)


@pytest.mark.parametrize("light", [0.08, 0.15])
def test_a_face_before_a_bright_window_is_said_to_be_dark(portrait, answer, light) -> None:
    face = one_face(read(before_a_window(portrait, light), answer))
    assert face.quality.reasons == ("low_light",)
    assert face.quality.score < 0.5


def test_a_drawing_is_read_for_what_it_shows_and_never_surely(answer) -> None:
    for face in read(drawn(), answer):
        assert isinstance(face, Estimate)
        assert EMOTIONS[int(face.probs.argmax())] == "happy"
        assert face.probs.max() < SURE or face.quality.reasons


def test_a_pencil_sketch_is_said_to_be_washed_out(portrait, answer) -> None:
    face = one_face(read(sketched(portrait), answer))
    assert face.quality.reasons == ("too_bright",)
    assert face.quality.score < 0.15, "too little to be used"


@pytest.mark.parametrize(("rows", "columns"), [(3, 4), (2, 3)])
def test_of_a_crowd_five_are_read_one_of_them_is_the_person_and_the_others_are_told(
    portrait, answer, rows, columns
) -> None:
    tile = cv2.resize(around(portrait, 30), (160, 160))
    told = read(np.vstack([np.hstack([tile] * columns)] * rows), answer)
    faces = [one for one in told if isinstance(one, Estimate)]
    assert len(faces) == MOST_FACES
    assert [face.is_subject for face in faces].count(True) == 1
    (fault,) = (one for one in told if isinstance(one, Fault))
    assert fault.code == "too_many_faces"
    assert fault.message.startswith(f"{rows * columns} faces")
