"""Crops: what lands where, at every angle, size and edge."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.estimation.crops import CROP_SCALE, MOST_ROLL_DEG, crop_square, face_patch, net_crop, roll_deg

SIDE = st.floats(1, 600)


def eyes(angle_deg, centre=(100.0, 100.0), reach=20.0):
    """Landmarks of an upright face turned clockwise by an angle."""
    angle = math.radians(angle_deg)
    points = [(-reach, -10), (reach, -10), (0, 5), (-15, 25), (15, 25)]
    return tuple(
        (
            centre[0] + x * math.cos(angle) - y * math.sin(angle),
            centre[1] + x * math.sin(angle) + y * math.cos(angle),
        )
        for x, y in points
    )


def picture_with_dots(landmarks, shape=(200, 200)):
    image = np.zeros((*shape, 3), np.uint8)
    for x, y in landmarks[:2]:
        cv2.circle(image, (round(x - 0.5), round(y - 0.5)), 4, (255, 255, 255), -1)
    return image


@pytest.mark.parametrize("angle", [-50, -20, 0, 20, 50])
def test_roll_is_the_angle_of_the_eye_line(angle):
    assert roll_deg(eyes(angle)) == pytest.approx(angle, abs=1e-6)


@given(st.floats(-180, 180))
def test_roll_stays_within_its_bounds(angle):
    assert abs(roll_deg(eyes(angle))) <= MOST_ROLL_DEG


@pytest.mark.parametrize("angle", [-45, -20, 0, 20, 45])
def test_eyes_of_a_tilted_head_land_level_in_the_crop(angle):
    landmarks = eyes(angle)
    patch = face_patch(picture_with_dots(landmarks), (50, 50, 150, 150), landmarks)
    rows = np.nonzero(patch > 128)[0]
    height = patch.shape[0]
    expected = height * (0.5 - 10 / (100 * CROP_SCALE))
    assert rows.mean() == pytest.approx(expected, abs=0.03 * height)
    assert np.ptp(rows) < 0.15 * height


def test_square_has_the_centre_of_the_box_and_a_share_of_its_longer_side():
    assert crop_square((10, 20, 30, 60), scale=0.5) == (20, 40, 20)


def test_patch_without_landmarks_is_the_square_itself():
    image = np.random.default_rng(0).integers(0, 256, (100, 100, 3), dtype=np.uint8)
    patch = face_patch(image, (26, 26, 74, 74), scale=1.0)
    assert np.array_equal(patch, cv2.cvtColor(image[26:74, 26:74], cv2.COLOR_RGB2GRAY))


def test_fine_stripes_in_a_large_face_average_to_grey_instead_of_aliasing():
    image = np.zeros((400, 400, 3), np.uint8)
    image[:, ::2] = 255
    crop = net_crop(face_patch(image, (50, 50, 340, 340), scale=1.0))
    assert crop.std() < 12
    assert crop.mean() == pytest.approx(127, abs=5)


def test_outside_of_the_picture_repeats_its_edge():
    image = np.full((100, 100, 3), 90, np.uint8)
    assert np.unique(face_patch(image, (60, 60, 160, 160), eyes(30, (110, 110)))).tolist() == [90]


@settings(max_examples=40)
@given(st.floats(-300, 500), st.floats(-300, 500), SIDE, SIDE, st.floats(-90, 90))
def test_every_box_gives_a_crop_the_net_can_eat(x, y, width, height, angle):
    image = np.full((120, 160, 3), 77, np.uint8)
    patch = face_patch(image, (x, y, x + width, y + height), eyes(angle, (x, y)))
    crop = net_crop(patch)
    assert patch.shape[0] % 48 == 0
    assert 48 <= patch.shape[0] <= 288
    assert crop.shape == (48, 48)
    assert crop.dtype == np.float32
    assert crop.min() == crop.max() == 77
