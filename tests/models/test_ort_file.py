"""Inner values of a net in ONNX Runtime's own format as outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from models._onnx import open_session
from models._ort_file import with_outputs


@pytest.fixture
def net(tmp_path: Path) -> bytes:
    """y = -(round(x) + x), as ONNX Runtime writes it."""
    value, out = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in ("x", "y"))
    nodes = [
        helper.make_node("Round", ["x"], ["/rounded"]),
        helper.make_node("Add", ["/rounded", "x"], ["/sum of both"]),
        helper.make_node("Neg", ["/sum of both"], ["y"]),
    ]
    graph = helper.make_graph(nodes, "g", [value], [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "net.ort")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return (tmp_path / "net.ort").read_bytes()


def test_inner_values_become_outputs_behind_those_that_were_there(net) -> None:
    session = open_session(with_outputs(net, ["/sum of both", "/rounded"]), 1)
    assert [output.name for output in session.get_outputs()] == ["y", "/sum of both", "/rounded"]
    x = np.array([0.4, 1.6], np.float32)
    y, both, rounded = session.run(None, {"x": x})
    np.testing.assert_allclose(rounded, [0, 2])
    np.testing.assert_allclose(both, rounded + x)
    np.testing.assert_allclose(y, -both)


def test_without_names_the_net_is_the_same(net) -> None:
    (y,) = open_session(with_outputs(net, []), 1).run(None, {"x": np.array([1.0], np.float32)})
    assert y == -2.0


def test_a_file_of_another_format_is_refused() -> None:
    model = helper.make_model(helper.make_graph([], "g", [], []))
    with pytest.raises(ValueError, match="ONNX Runtime's format"):
        with_outputs(onnx.ModelProto.SerializeToString(model), ["x"])
