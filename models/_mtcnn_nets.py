"""MTCNN's three nets as ONNX graphs, built from the Keras weights that the `mtcnn` package carries.

Zhang et al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks",
IEEE Signal Processing Letters 23(10), 2016. Layer order follows mtcnn 1.0.0, `mtcnn/network/{p,r,o}net.py` (MIT).
Every graph takes uint8 RGB (n, height, width, 3); the package's (x - 127.5) / 128 is folded into the first convolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

Weights = list[NDArray[np.float32]]

OPSET = 17
IR_VERSION = 8
MEAN, SCALE = 127.5, 128.0

Pool = tuple[int, str]
"""window side in px (stride is always 2) and "SAME_UPPER" or "VALID" """


@dataclass
class _Graph:
    """Collects the nodes of one net; each method appends a layer and moves `last` to its output."""

    weights: Weights
    last: str = "pictures"
    nodes: list[NodeProto] = field(default_factory=list)
    tensors: list[TensorProto] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)

    def take(self) -> NDArray[np.float32]:
        """The next array in Keras order."""
        return self.weights.pop(0)

    def node(
        self, kind: str, inputs: Sequence[str], output: str | None = None, **attributes: int | str | list[int]
    ) -> str:
        from onnx import helper

        name = output or f"{kind.lower()}_{len(self.nodes)}"
        node = helper.make_node(kind, list(inputs), [name])
        node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(attributes.items()))
        self.nodes.append(node)
        return name

    def tensor(self, values: NDArray[np.float32]) -> str:
        from onnx import numpy_helper

        name = f"weight_{len(self.tensors)}"
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype=np.float32), name))
        return name

    def pictures_to_maps(self) -> None:
        """uint8 (n, height, width, 3) to float (n, 3, height, width)."""
        floats = self.node("Cast", [self.last], to=1)
        self.last = self.node("Transpose", [floats], perm=[0, 3, 1, 2])

    def convolution(self, is_first: bool = False) -> str:
        """Keras (height, width, in, out) to ONNX (out, in, height, width); no padding, so the folding is exact."""
        kernel, bias = self.take(), self.take()
        if is_first:
            bias = bias - kernel.sum(axis=(0, 1, 2)) * (MEAN / SCALE)
            kernel = kernel / SCALE
        return self.node("Conv", [self.last, self.tensor(kernel.transpose(3, 2, 0, 1)), self.tensor(bias)])

    def block(self, pool: Pool | None = None, is_first: bool = False) -> None:
        """Convolution, PReLU and, where given, max pooling."""
        convolved = self.convolution(is_first)
        slope = self.take().reshape(-1, 1, 1)
        self.last = self.node("PRelu", [convolved, self.tensor(slope)])
        if pool is not None:
            side, padding = pool
            self.last = self.node("MaxPool", [self.last], kernel_shape=[side, side], strides=[2, 2], auto_pad=padding)

    def flat_dense(self, side: int) -> None:
        """Dense with PReLU on maps (n, c, side, side).

        Keras permutes to (width, height, channels) before flattening; the rows of the matrix are put into
        ONNX's (channels, height, width) here instead, which saves the transpose at run time.
        """
        matrix, bias = self.take(), self.take()
        channels = matrix.shape[0] // (side * side)
        matrix = matrix.reshape(side, side, channels, -1).transpose(2, 1, 0, 3).reshape(matrix.shape)
        flat = self.node("Flatten", [self.last])
        dense = self.node("Gemm", [flat, self.tensor(matrix), self.tensor(bias)])
        self.last = self.node("PRelu", [dense, self.tensor(self.take())])

    def head(self, name: str) -> None:
        matrix, bias = self.take(), self.take()
        self.outputs.append(self.node("Gemm", [self.last, self.tensor(matrix), self.tensor(bias)], name))

    def score_head(self) -> None:
        """Two logits (not face, face), as probabilities under the name "scores"."""
        matrix, bias = self.take(), self.take()
        logits = self.node("Gemm", [self.last, self.tensor(matrix), self.tensor(bias)])
        self.outputs.append(self.node("Softmax", [logits], "scores", axis=1))

    def serialise(self, name: str, shape: Sequence[int | str]) -> bytes:
        """The finished model; complains when weights are left, which means another version of the package."""
        from onnx import TensorProto, helper

        if self.weights:
            raise ValueError(f"{name}: {len(self.weights)} weight arrays left over; expected those of mtcnn 1.0.0")
        graph = helper.make_graph(
            self.nodes,
            name,
            [helper.make_tensor_value_info("pictures", TensorProto.UINT8, shape)],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, None) for output in self.outputs],
            self.tensors,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        return bytes(model.SerializeToString())


def proposal_net(weights: Weights) -> bytes:
    """Any picture of 12 px or more: "offsets" (n, 4, h, w) and "scores" (n, 2, h, w), one cell each 2 px."""
    graph = _Graph(list(weights))
    graph.pictures_to_maps()
    graph.block((2, "SAME_UPPER"), is_first=True)
    graph.block()
    graph.block()
    graph.outputs.append(graph.node("Identity", [graph.convolution()], "offsets"))
    graph.outputs.append(graph.node("Softmax", [graph.convolution()], "scores", axis=1))
    return graph.serialise("pnet", ["n", "height", "width", 3])


def refine_net(weights: Weights) -> bytes:
    """Patches of 24 px: "offsets" (n, 4) and "scores" (n, 2)."""
    graph = _Graph(list(weights))
    graph.pictures_to_maps()
    graph.block((3, "SAME_UPPER"), is_first=True)
    graph.block((3, "VALID"))
    graph.block()
    graph.flat_dense(side=3)
    graph.head("offsets")
    graph.score_head()
    return graph.serialise("rnet", ["n", 24, 24, 3])


def output_net(weights: Weights) -> bytes:
    """Patches of 48 px: "offsets" (n, 4), "landmarks" (n, 10: five x, then five y) and "scores" (n, 2)."""
    graph = _Graph(list(weights))
    graph.pictures_to_maps()
    graph.block((3, "SAME_UPPER"), is_first=True)
    graph.block((3, "VALID"))
    graph.block((2, "SAME_UPPER"))
    graph.block()
    graph.flat_dense(side=3)
    graph.head("offsets")
    graph.head("landmarks")
    graph.score_head()
    return graph.serialise("onet", ["n", 48, 48, 3])


def build_nets(folder: Path) -> dict[str, bytes]:
    """The three graphs from `folder`/{pnet,rnet,onet}.lz4. Raises FileNotFoundError or ValueError."""
    import joblib

    builders = {"pnet": proposal_net, "rnet": refine_net, "onet": output_net}
    return {name: build(joblib.load(folder / f"{name}.lz4")) for name, build in builders.items()}
