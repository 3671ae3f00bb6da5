"""How every ONNX file here is opened: few threads, no spinning, no memory held back; an inner value as an output."""

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
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    session._model_bytes = None  # it would keep the file beside the weights, to open it anew for another provider
    return session


def with_output(net: bytes, name: str) -> bytes:
    """The same ONNX file with one more of its inner values as an output.

    A message inside a message may be given in parts, which are merged (protobuf's encoding, "Last One Wins"): so a
    second `graph` (field 7) that holds one `output` (12) with a `name` (1) is put behind it.
    """
    value = b"\x0a" + bytes([len(name)]) + name.encode()
    output = b"\x62" + bytes([len(value)]) + value
    return net + b"\x3a" + bytes([len(output)]) + output
