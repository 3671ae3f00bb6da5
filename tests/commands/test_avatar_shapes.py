"""The head as numbers: colours, smooth steps, nets of triangles, and shapes put together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commands.avatar_shapes import (
    NECK_Y,
    SIDES,
    Shape,
    bump,
    eye_centre,
    front,
    grid,
    joined,
    linear,
    make_body,
    make_eye,
    make_head,
    painted,
    skull,
    step,
)


@pytest.fixture(scope="module")
def shapes() -> dict[str, Shape]:
    return {**make_head(), "Eye": make_eye(), "Body": make_body()}


def test_colours_are_linear_light() -> None:
    assert linear("#000000").tolist() == [0, 0, 0]
    assert linear("#ffffff").tolist() == pytest.approx([1, 1, 1])
    assert linear("#808080")[0] == pytest.approx(0.2159, abs=1e-3)


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(-3, 3))
def test_step_goes_from_nothing_to_all_and_never_beyond(low: float, high: float, x: float) -> None:
    if abs(high - low) < 1e-3:
        high = low + 1
    assert step(low, high, np.array([low, high])).tolist() == [0, 1]
    assert 0 <= step(low, high, np.array([x]))[0] <= 1


def test_bump_is_on_the_front_alone() -> None:
    there, behind, beside = bump(np.array([[0.1, 0.2, 0.8], [0.1, 0.2, -0.8], [0.9, 0.2, 0.8]]), 0.1, 0.2, 0.1, 0.1)
    assert there == pytest.approx(1)
    assert behind == 0
    assert beside < 1e-6


@pytest.mark.parametrize(("is_closed", "count"), [(True, 2 * 3 * 5), (False, 2 * 3 * 4)])
def test_net_of_points_has_two_triangles_a_cell(is_closed: bool, count: int) -> None:
    triangles = grid(4, 5, is_closed)
    assert len(triangles) == count
    assert set(triangles.ravel()) == set(range(20))
    assert all(len(set(triangle)) == 3 for triangle in triangles.tolist())


def test_point_on_the_face_is_where_it_is_looked_for() -> None:
    x, y = np.array([0.0, 0.2, -0.3]), np.array([0.1, -0.2, 0.3])
    found = front(x, y)
    np.testing.assert_allclose(found[:, 0], x, atol=0.01)
    np.testing.assert_allclose(found[:, 1], y, atol=0.01)
    assert (found[:, 2] > 0.3).all()


def test_skull_is_the_same_on_both_sides() -> None:
    directions = np.random.default_rng(0).normal(size=(50, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    mirror = np.array([-1, 1, 1])
    np.testing.assert_allclose(skull(directions * mirror), skull(directions) * mirror)


def test_joined_shapes_keep_their_triangles_and_their_moves() -> None:
    points = np.eye(3)
    one = Shape(points, painted(points, "#ffffff"), np.array([[0, 1, 2]]), {"jawOpen": np.ones((3, 3))})
    both = joined(one, Shape(points, painted(points, "#000000"), np.array([[0, 1, 2]])))
    assert both.triangles.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert both.moves["jawOpen"][:3].all()
    assert not both.moves["jawOpen"][3:].any()


def test_every_shape_is_whole(shapes: dict[str, Shape]) -> None:
    for name, shape in shapes.items():
        assert np.isfinite(shape.points).all(), name
        assert shape.colours.shape == shape.points.shape
        assert 0 <= shape.colours.min() <= shape.colours.max() <= 1
        assert 0 <= shape.triangles.min() <= shape.triangles.max() < len(shape.points)
        assert all(move.shape == shape.points.shape for move in shape.moves.values())


def test_eyes_lie_on_either_side_above_the_neck() -> None:
    left, right = (eye_centre(sign) for _, sign in SIDES)
    np.testing.assert_allclose(left, right * [-1, 1, 1], atol=1e-6)
    assert left[0] > 0
    assert left[1] > NECK_Y
