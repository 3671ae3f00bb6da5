"""How every ONNX file is opened: on the CPU, with the threads asked for, keeping no memory."""

from __future__ import annotations

import sys

import onnx
import pytest

from models._onnx import open_session, with_output
from models._sidecar import WEIGHTS

FACE = (WEIGHTS / "face_compact.onnx").read_bytes()


def test_session_runs_on_the_cpu_with_the_threads_asked_for() -> None:
    session = open_session(FACE, 2)
    options = session.get_session_options()
    assert session.get_providers() == ["CPUExecutionProvider"]
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (2, 1)
    assert not options.enable_cpu_mem_arena


def test_the_file_is_not_kept_beside_the_weights() -> None:
    file = bytes(bytearray(FACE))  # of nobody else
    held = sys.getrefcount(file)
    session = open_session(file, 1)
    assert session.get_inputs()
    assert sys.getrefcount(file) == held


def test_bytes_that_are_no_net_are_refused() -> None:
    from onnxruntime.capi.onnxruntime_pybind11_state import InvalidProtobuf

    with pytest.raises(InvalidProtobuf):
        open_session(b"nothing", 1)


def test_an_inner_value_of_a_graph_becomes_an_output() -> None:
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    inner = onnx.helper.make_node("Round", ["x"], ["/inner"]), onnx.helper.make_node("Neg", ["/inner"], ["y"])
    out = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    model = onnx.helper.make_model(onnx.helper.make_graph(list(inner), "g", [value], [out]))
    made = onnx.load_from_string(with_output(model.SerializeToString(), "/inner"))
    assert [output.name for output in made.graph.output] == ["y", "/inner"]
    assert made.graph.node == model.graph.node
