"""MTCNN's nets as ONNX graphs: what goes in, what comes out, and weights that are not those of the package."""

from __future__ import annotations

import numpy as np
import pytest

from models._mtcnn_nets import build_nets, refine_net
from models._onnx import open_session
from models.detect_mtcnn import _weights_folder

SIDES = {"pnet": 12, "rnet": 24, "onet": 48}
OUTPUTS = {"pnet": {"offsets", "scores"}, "rnet": {"offsets", "scores"}, "onet": {"offsets", "landmarks", "scores"}}


@pytest.fixture(scope="module")
def nets() -> dict[str, bytes]:
    return build_nets(_weights_folder())


@pytest.mark.parametrize("name", SIDES)
def test_net_gives_probabilities_for_each_picture_of_its_side(nets: dict[str, bytes], name: str) -> None:
    session = open_session(nets[name], 1)
    pictures = np.random.default_rng(0).integers(0, 256, (3, SIDES[name], SIDES[name], 3), dtype=np.uint8)
    names = [output.name for output in session.get_outputs()]
    told = dict(zip(names, session.run(None, {"pictures": pictures}), strict=True))
    assert set(told) == OUTPUTS[name]
    assert all(len(rows) == 3 and np.isfinite(rows).all() for rows in told.values())
    np.testing.assert_allclose(told["scores"].sum(axis=1), 1, atol=1e-5)


def test_same_weights_give_the_same_bytes(nets: dict[str, bytes]) -> None:
    assert build_nets(_weights_folder()) == nets


def test_weights_left_over_mean_another_package(nets: dict[str, bytes]) -> None:
    import joblib

    weights = joblib.load(_weights_folder() / "rnet.lz4")
    with pytest.raises(ValueError, match=r"1 weight arrays left over; expected those of mtcnn 1\.0\.0"):
        refine_net([*weights, np.zeros(3, np.float32)])
