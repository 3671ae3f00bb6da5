"""MTCNN's geometry: pyramid, boxes, overlaps, patches."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models._mtcnn_geometry import (
    CELL_PX,
    PAD_GREY,
    PYRAMID_STEP,
    cells_to_boxes,
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


def test_pyramid_work_does_not_grow_with_the_picture():
    def cells(height, width):
        return sum(height * width * scale**2 for scale in pyramid(height, width))

    assert cells(2000, 3000) == pytest.approx(cells(480, 640), rel=0.1)


def test_halved_picture_keeps_one_to_four_times_the_working_area():
    assert halved(np.zeros((1080, 1920, 3), np.uint8)).shape == (270, 480, 3)
    assert halved(np.zeros((200, 200, 3), np.uint8)).shape == (200, 200, 3)


def test_weaker_of_two_overlapping_boxes_is_suppressed():
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]], np.float32)
    assert suppress(boxes, np.array([0.8, 0.9, 0.7], np.float32), 0.5).tolist() == [1, 2]


def test_square_keeps_its_centre_and_grows_around_it():
    square = squared(np.array([[10, 0, 20, 40]], np.float32))
    assert square.tolist() == [[-5, 0, 35, 40]]
    assert grow(square, 1.5).tolist() == [[-15, -10, 45, 50]]


def test_points_turned_there_and_back_are_where_they_were():
    points = np.array([[[1, 2], [3, 4]]], np.float32)
    around, angle = np.array([[5, 5]], np.float32), np.array([0.7], np.float32)
    assert turned(turned(points, around, angle), around, -angle) == pytest.approx(points, abs=1e-5)


def test_smallest_face_wanted_fills_the_window_of_the_first_level():
    scales = pyramid(480, 640)
    assert scales[0] * 60 == pytest.approx(CELL_PX)
    assert all(two / one == pytest.approx(PYRAMID_STEP) for one, two in pairwise(scales))
    assert pyramid(8, 8) == []


def test_cell_above_the_score_becomes_a_box_of_its_own_place():
    scores = np.zeros((5, 5), np.float32)
    scores[2, 3] = 0.9
    (row,) = cells_to_boxes(np.zeros((4, 5, 5), np.float32), scores, 0.5, 0.6)
    assert row.tolist() == pytest.approx([14, 10, 36, 32, 0.9])


def test_box_moved_by_shares_of_its_side_and_landmarks_as_shares_of_it():
    boxes = np.array([[0, 0, 99, 49]], np.float32)
    assert shifted(boxes, np.array([[0.1, 0.1, 0, 0]], np.float32))[0].tolist() == pytest.approx([10, 5, 99, 49])
    points = place(boxes, np.array([[0, 0.5, 0, 0, 1, 0, 0.5, 0, 0, 1]], np.float32))
    assert points.shape == (1, 5, 2)
    assert points[0, 1].tolist() == [50, 25]


def test_roll_is_positive_when_the_eye_on_the_right_is_lower():
    eyes = np.zeros((2, 5, 2), np.float32)
    eyes[0, 1], eyes[1, 1] = (10, 10), (10, 0)
    assert rolls(eyes).tolist() == pytest.approx([np.pi / 4, 0])


def test_patch_beyond_the_picture_is_grey_and_inside_it_is_the_picture():
    image = np.full((40, 40, 3), 200, np.uint8)
    inside, across, outside = patches(image, np.array([[0, 0, 40, 40], [20, 0, 60, 40], [90, 90, 99, 99]], float), 24)
    assert (inside == 200).all()
    assert (across[:, 0], across[:, -1]) == (pytest.approx(200), pytest.approx(PAD_GREY))
    assert (outside == PAD_GREY).all()


def test_patch_cut_out_along_a_quarter_turn_is_the_picture_turned():
    image = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    image = np.kron(image[::12, ::12], np.ones((12, 12, 1), np.uint8))
    upright = turned_patch(image, np.array([0, 0, 48, 48], np.float32), 0.0, 48)
    lying = turned_patch(image, np.array([0, 0, 48, 48], np.float32), np.pi / 2, 48)
    assert np.abs(upright.astype(int) - image).mean() < 4
    assert np.abs(lying.astype(int) - np.rot90(image)).mean() < 4


@given(arrays(np.float32, (6, 4), elements=st.floats(0, 100, width=32)), st.permutations(range(6)))
def test_boxes_kept_are_the_same_in_any_order(boxes, order):
    boxes[:, 2:] += boxes[:, :2] + 1
    scores = np.linspace(0.5, 1, 6, dtype=np.float32)
    kept = {tuple(box) for box in boxes[suppress(boxes, scores, 0.5)]}
    assert kept == {tuple(box) for box in boxes[order][suppress(boxes[order], scores[order], 0.5)]}
    assert tuple(boxes[-1]) in kept
