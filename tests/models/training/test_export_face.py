"""The written face file is the trained net, and can be read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.training import train_face
from models.training.export_face import (
    OUTPUTS,
    Shipped,
    halve_weights,
    open_session,
    prior_offsets,
    read_back,
    run_file,
    write_graph,
)
from models.training.face_data import as_face_set, read_table
from models.training.face_net import FaceNet
from models.training.train_face import Plan, start_run
from tests.models.training.made_up_faces import CPU, TINY, lived_in_net, made_up_faces, needs_faces, tiny_net

pytestmark = pytest.mark.slow


def test_written_file_equals_the_net(tmp_path: Path) -> None:
    net, path = tiny_net(), tmp_path / "net.onnx"
    offsets = prior_offsets(made_up_faces(), 0.5)
    write_graph(Shipped(net, offsets), path)
    whole_bytes = path.stat().st_size
    halve_weights(path)
    pictures = np.random.default_rng(0).uniform(0, 255, (5, 48, 48)).astype(np.float32)
    outputs = run_file(open_session(path), pictures, batch=3)
    with torch.no_grad():
        original, votes = net(torch.from_numpy(pictures)[:, None])
    assert tuple(outputs) == OUTPUTS
    for head, wanted in zip(OUTPUTS, (original, votes, votes + offsets), strict=True):
        np.testing.assert_allclose(outputs[head], wanted.numpy(), atol=5e-3)
    assert path.stat().st_size < whole_bytes


def test_net_read_back_from_a_file_computes_the_same(tmp_path: Path) -> None:
    path, faces = tmp_path / "net.onnx", made_up_faces()
    write_graph(Shipped(lived_in_net(), torch.zeros(7)), path)
    halve_weights(path)
    run = start_run(Plan(**{**vars(TINY), "start_from": str(path)}), CPU, faces)
    outputs = run_file(open_session(path), faces.pictures.numpy().astype(np.float32))
    for net in (run.net.eval(), run.averaged):
        with torch.no_grad():
            original, votes = net(faces.pictures[:, None].float())
        np.testing.assert_allclose(original.numpy(), outputs["logits"], atol=1e-3)
        np.testing.assert_allclose(votes.numpy(), outputs["logits_votes"], atol=1e-3)


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
    for head, found in zip(OUTPUTS, train_face.predict(net, pictures, CPU), strict=False):
        np.testing.assert_allclose(found.numpy(), outputs[head], atol=1e-3)


def test_prior_offsets_favour_the_rare() -> None:
    faces = made_up_faces(15)  # 0 stands there three times, the others twice
    offsets = prior_offsets(faces, 0.5)
    assert offsets.argmin() == 0
    assert offsets.mean() == pytest.approx(0, abs=1e-6)
    assert torch.equal(prior_offsets(faces, 0.0), torch.zeros(7))
