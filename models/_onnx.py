"""How every ONNX file of ours is opened: few threads, no spinning, no memory held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnxruntime


def open_session(model: bytes, threads: int) -> onnxruntime.InferenceSession:
    """A CPU session over the bytes of one ONNX file.

    The memory arena is off: it keeps the largest run of every shape for ever, and our nets are so small that
    asking the allocator costs less than 2 % of a run.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
