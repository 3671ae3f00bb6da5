"""The written voice file is the net, and the engine answers what the figures are made with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import torch

from core.engines.requests import ClassifyVoice
from core.estimation.log_mel import log_mel
from core.settings import Settings
from core.types import EMOTIONS
from models.training.export_face import halve_weights
from models.training.export_voice import run_file, write_graph
from models.training.voice_data import live_windows
from models.voice_compact import ENGINE
from tests.models.training.made_up_voices import sound, tiny_net


def test_figures_are_made_with_what_the_engine_answers() -> None:
    ENGINE.load(Settings())
    session = onnxruntime.InferenceSession(ENGINE._folder / "voice_compact.onnx", providers=["CPUExecutionProvider"])
    windows = live_windows(sound())
    (answer,) = ENGINE.infer([ClassifyVoice(windows)])
    np.testing.assert_allclose(run_file(session, windows), answer.logits, atol=1e-3)


def test_written_file_equals_the_net(tmp_path: Path) -> None:
    net, path = tiny_net(), tmp_path / "net.onnx"
    write_graph(net, path)
    whole_bytes = path.stat().st_size
    halve_weights(path)
    windows = live_windows(sound())
    found = run_file(onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]), windows)
    with torch.no_grad():
        wanted = net(torch.from_numpy(log_mel(windows))).numpy()
    assert found.shape == (len(windows), len(EMOTIONS))
    np.testing.assert_allclose(found, wanted, atol=5e-3)
    assert path.stat().st_size < whole_bytes
