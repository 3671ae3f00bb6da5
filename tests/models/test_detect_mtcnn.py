"""The real nets on real pictures: places and order, not decimals."""

import cv2
import numpy as np
import pytest

from core.engines.requests import DetectFaces, RefineFaces
from core.errors import EngineUnavailable
from core.settings import Settings
from models._mtcnn_geometry import rolls
from models.detect_mtcnn import ENGINE, OUTPUT_SCORE
from tests.pictures import PORTRAIT_FACE, clip_frames, portrait


@pytest.fixture(autouse=True, scope="module")
def _loaded():
    ENGINE.load(Settings())


def detect(image):
    return ENGINE.infer([DetectFaces(image)])[0]


def refine(image, *boxes):
    return ENGINE.infer([RefineFaces(image, np.array(boxes, np.float32).reshape(-1, 4))])[0]


def rotated(degrees):
    matrix = cv2.getRotationMatrix2D((224, 116), degrees, 1)
    return cv2.warpAffine(portrait(), matrix, (512, 512), borderMode=cv2.BORDER_REFLECT)


def test_face_and_landmarks_in_a_portrait_are_where_they_are():
    found = detect(portrait())
    assert found.boxes_px.shape == (1, 4)
    assert np.abs(found.boxes_px[0] - PORTRAIT_FACE).max() < 15
    assert found.scores[0] >= OUTPUT_SCORE
    left_eye, right_eye, nose, left_mouth, right_mouth = found.landmarks_px[0]
    assert left_eye[0] < nose[0] < right_eye[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
    assert left_mouth[0] < right_mouth[0]


@pytest.mark.parametrize("size", [(160, 160), (640, 480), (480, 640), (1920, 1080)])
def test_face_is_found_at_every_picture_size(size):
    found = detect(cv2.resize(portrait(), size))
    scaled = np.array(PORTRAIT_FACE) * np.tile(np.array(size) / 512, 2)
    assert len(found.scores) == 1
    assert np.abs(found.boxes_px[0] - scaled).max() < 0.2 * (scaled[3] - scaled[1])


def test_two_faces_side_by_side_are_both_found():
    assert len(detect(np.hstack([portrait(), portrait()])).scores) == 2


def test_face_at_the_edge_of_the_picture_is_found():
    found = detect(np.ascontiguousarray(portrait()[80:]))
    assert len(found.scores) == 1
    assert found.boxes_px[0, 1] < 10


@pytest.mark.parametrize("degrees", [-60, -40, -20, 20, 40, 60])
def test_tilted_head_is_found_with_its_roll_and_a_box_around_its_centre(degrees):
    found = detect(rotated(degrees))
    assert len(found.scores) == 1
    assert np.degrees(rolls(found.landmarks_px))[0] == pytest.approx(-degrees, abs=12)
    centre = (found.boxes_px[0, :2] + found.boxes_px[0, 2:]) / 2
    assert np.abs(centre - (224, 116)).max() < 12


@pytest.mark.parametrize("value", [0, 128, 255])
def test_empty_picture_has_no_face(value):
    found = detect(np.full((480, 640, 3), value, np.uint8))
    assert (found.boxes_px.shape, found.scores.shape, found.landmarks_px.shape) == ((0, 4), (0,), (0, 5, 2))


def test_noise_has_no_face():
    assert not len(detect(np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)).scores)


@pytest.mark.parametrize("size", [(32, 32), (12, 400), (33, 1)])
def test_tiny_and_narrow_pictures_are_answered(size):
    assert not len(detect(np.zeros((*size, 3), np.uint8)).scores)


def test_refined_box_stays_put_when_the_picture_does():
    box = detect(portrait()).boxes_px[0]
    for _ in range(20):
        box = refine(portrait(), box).boxes_px[0]
    assert np.abs(box - PORTRAIT_FACE).max() < 15


def test_refined_box_follows_a_movement():
    moved = np.roll(portrait(), (8, 12), axis=(0, 1))
    found = refine(moved, PORTRAIT_FACE)
    assert np.abs(found.boxes_px[0] - np.array(PORTRAIT_FACE) - [12, 8, 12, 8]).max() < 15


def test_refined_rows_keep_the_order_asked_and_score_low_where_the_face_is_gone():
    found = refine(portrait(), (330, 300, 420, 400), PORTRAIT_FACE, (-500, -500, -400, -400))
    assert found.boxes_px.shape == (3, 4)
    assert found.scores[1] > 0.9
    assert max(found.scores[0], found.scores[2]) < 0.7


def test_nothing_to_refine_is_answered_with_nothing():
    assert refine(portrait()).boxes_px.shape == (0, 4)


def test_missing_package_is_told_with_the_command(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(EngineUnavailable, match="pip install mtcnn"):
        ENGINE.load(Settings())


def test_changed_weights_are_refused(monkeypatch):
    monkeypatch.setitem(__import__("models.detect_mtcnn").detect_mtcnn.CHECKSUMS, "pnet", "0" * 64)
    with pytest.raises(EngineUnavailable, match="sha256"):
        ENGINE.load(Settings())


def test_three_faces_side_by_side_in_a_clip_are_all_found():
    frame = next(iter(clip_frames("head_pose_male.mp4"))).image
    assert len(detect(np.hstack([frame] * 3)).scores) == 3
