"""The written text file reads like the net."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.training.export_text import LIVE, SEVERAL, Shipped, open_session, run_file, write_graph
from models.training.text_data import number_words
from models.training.text_net import TextNet
from models.training.train_text import predict
from tests.models.training.made_up_texts import TEXTS

pytestmark = pytest.mark.slow


def test_written_file_reads_like_the_net(tmp_path) -> None:
    torch.manual_seed(0)
    net = TextNet(8, 4).eval()
    write_graph(Shipped(net), tmp_path / "net.onnx")
    found = run_file(open_session(tmp_path / "net.onnx"), TEXTS)
    several, one = predict(net, number_words(TEXTS), size=1)
    np.testing.assert_allclose(found[SEVERAL], several, atol=0.05)
    np.testing.assert_allclose(found[LIVE], one, atol=0.05)
