"""The written face file is the trained net, and can be read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.training.export_face import (
    HIDDEN,
    OUTPUTS,
    Shipped,
    halve_weights,
    net_of,
    open_session,
    read_back,
    run_file,
    write_graph,
)
from models.training.face_data import as_face_set, read_table
from models.training.face_lesson import prior_offsets
from models.training.face_net import FaceNet, Outputs
from tests.models.training.made_up_faces import TINY, lived_in_net, made_up_faces, needs_faces, tiny_net

pytestmark = pytest.mark.slow

FREQUENCY = torch.tensor([3.0, 2, 2, 2, 2, 2, 2])


def said(net: FaceNet, pictures: torch.Tensor) -> Outputs:
    with torch.no_grad():
        outputs: Outputs = net.eval()(pictures)
    return outputs


def test_written_file_equals_the_net(tmp_path: Path) -> None:
    net, path = tiny_net(), tmp_path / "net.onnx"
    offsets = prior_offsets(FREQUENCY, 0.5)
    write_graph(Shipped(net, offsets), path)
    whole_bytes = path.stat().st_size
    halve_weights(path)
    pictures = np.random.default_rng(0).uniform(0, 255, (5, 48, 48)).astype(np.float32)
    outputs = run_file(open_session(path), pictures, batch=3)
    wanted = said(net, torch.from_numpy(pictures)[:, None])
    assert tuple(outputs) == (*OUTPUTS, HIDDEN)
    wanted = wanted._replace(live=wanted.live + offsets)
    for found, right in zip(outputs.values(), wanted, strict=True):
        np.testing.assert_allclose(found, right.numpy(), atol=5e-3)
    assert path.stat().st_size < whole_bytes


def test_net_read_back_from_a_file_computes_the_same(tmp_path: Path) -> None:
    path, pictures = tmp_path / "net.onnx", made_up_faces().pictures
    write_graph(Shipped(lived_in_net(), torch.zeros(7)), path)
    halve_weights(path)
    outputs = run_file(open_session(path), pictures.numpy().astype(np.float32))
    net = read_back(FaceNet(TINY.stem, TINY.widths), path, pictures[:, None].float())
    for found, right in zip(said(net, pictures[:, None].float()), outputs.values(), strict=True):
        np.testing.assert_allclose(found.numpy(), right, atol=1e-3)


def test_two_heads_that_are_the_same_are_read_back_as_two(tmp_path: Path) -> None:
    net, path, pictures = lived_in_net(), tmp_path / "net.onnx", made_up_faces().pictures
    net.live.load_state_dict(net.votes.state_dict())
    write_graph(Shipped(net, prior_offsets(FREQUENCY, 0.5)), path)
    back = read_back(FaceNet(TINY.stem, TINY.widths), path, pictures[:, None].float())
    told = said(back, pictures[:, None].float())
    assert torch.equal(told.live, told.votes)
    assert back.live.weight is not back.votes.weight


def test_read_back_norms_know_the_pictures_they_were_shown(tmp_path: Path) -> None:
    path, pictures = tmp_path / "net.onnx", made_up_faces(96).pictures[:, None].float()
    write_graph(Shipped(lived_in_net(), torch.zeros(7)), path)
    net = read_back(FaceNet(TINY.stem, TINY.widths, dropout=0.0), path, pictures)
    stem = net.stem
    with torch.no_grad():
        maps = torch.nn.functional.pixel_unshuffle(net.standardise(pictures), 2)
        calm, stirred = stem.eval()(maps), stem.train()(maps)
    assert torch.allclose(calm, stirred, atol=1e-3)


def test_file_of_another_shape_is_not_read_back(tmp_path: Path) -> None:
    write_graph(Shipped(lived_in_net(), torch.zeros(7)), tmp_path / "net.onnx")
    with pytest.raises((ValueError, RuntimeError)):
        read_back(FaceNet(4, (8, 16)), tmp_path / "net.onnx", torch.zeros(1, 1, 48, 48))


@needs_faces
def test_shipped_net_read_back_gives_the_shipped_outputs() -> None:
    path = Path("models/weights/face_compact.onnx")
    pictures = as_face_set(read_table("publictest").head(256)).pictures
    net = read_back(FaceNet(), path, pictures[:, None].float())
    outputs = run_file(open_session(path), pictures.numpy().astype(np.float32))
    for name, found in zip(("logits", "logits_votes"), said(net, pictures[:, None].float()), strict=False):
        np.testing.assert_allclose(found.numpy(), outputs[name], atol=1e-3)


def test_students_half_weights_make_the_net_whole_again() -> None:
    net = lived_in_net()
    halved = {name: one.half() if one.is_floating_point() else one for name, one in net.state_dict().items()}
    state = {"averaged": halved, "plan": {"stem": TINY.stem, "widths": list(TINY.widths)}}
    back = net_of(state)
    assert all(one.dtype in (torch.float32, torch.int64) for one in back.state_dict().values())
    pictures = made_up_faces().pictures[:, None].float()
    for found, right in zip(said(back, pictures), said(net, pictures), strict=True):
        np.testing.assert_allclose(found.numpy(), right.numpy(), atol=0.05)
