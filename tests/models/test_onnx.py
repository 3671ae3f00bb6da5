"""How every ONNX file is opened: on the CPU, with the threads asked for, keeping no memory."""

from __future__ import annotations

import pytest

from models._onnx import open_session
from models._sidecar import WEIGHTS

FACE = (WEIGHTS / "face_compact.onnx").read_bytes()


def test_session_runs_on_the_cpu_with_the_threads_asked_for() -> None:
    session = open_session(FACE, 2)
    options = session.get_session_options()
    assert session.get_providers() == ["CPUExecutionProvider"]
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (2, 1)
    assert not options.enable_cpu_mem_arena


def test_bytes_that_are_no_net_are_refused() -> None:
    from onnxruntime.capi.onnxruntime_pybind11_state import InvalidProtobuf

    with pytest.raises(InvalidProtobuf):
        open_session(b"nothing", 1)
