"""A student of a face run to the shipped file: `python -m models.training.export_face OUT/student.pt`.

Writes face_compact.onnx, face_compact.sha256 and face_compact.json (what serving must know) into models/weights.
The weights are stored as float16 and widened when the file is loaded, so every figure is measured on the file itself.
"""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from core.types import EMOTIONS
from models.training.evaluate_folds import Answers, judge_folds, read_answers
from models.training.exported import options_of, write_facts
from models.training.face_data import SIDE_PX, FaceSet, as_face_set, read_table
from models.training.face_lesson import prior_offsets
from models.training.face_net import FaceNet
from models.training.figures import fit_temperature

WEIGHTS = Path("models/weights")
NAME = "face_compact"
OPSET = 17
HEADS = ("logits", "logits_votes")
LIVE = "logits_live"
OUTPUTS = (*HEADS, LIVE)
"""of expressions, (n, 7) each"""
HIDDEN = "hidden"
"""logit (n,) of eyes or mouth being covered"""
PRIOR_REMOVED = 0.5
REASON = (
    "cleaner labels (ten annotators a picture); best mean of accuracy and mean recall on PublicTest and muxspace train"
)
FILTER_NORM = 1.0
"""Norm of a filter of a read-back convolution: what the convolutions keep that were written unfolded (0.9 to 1.3)."""
MAY_LACK = frozenset(f"{head}.{kind}" for head in ("live", "hidden") for kind in ("weight", "bias"))
"""Files of before 2026-11-27 have no such heads; and where live and votes learnt the same, they are written once."""
SMALL = 256
"""Arrays with fewer numbers stay float32: norms and biases weigh nothing."""


class Shipped(nn.Module):
    """The net with a part of the training's log frequencies taken off its live head.

    FER2013 holds few fearful or disgusted faces, and a person before a webcam is no web search: the part that is taken
    off is logit adjustment (Menon et al. 2021, arXiv 2007.07314), chosen on PublicTest and muxspace's train split.
    """

    def __init__(self, net: FaceNet, offsets: Tensor) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("offsets", offsets)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        outputs = self.net(pictures)
        return outputs.original, outputs.votes, outputs.live + self.offsets, outputs.hidden


def net_of(state: dict[str, Any]) -> FaceNet:
    """The averaged net of a student.pt, in full precision."""
    net = FaceNet(state["plan"]["stem"], tuple(state["plan"]["widths"]))
    arrays = {name: array.float() if array.is_floating_point() else array for name, array in state["averaged"].items()}
    net.load_state_dict(arrays)
    return net


def write_graph(net: nn.Module, path: Path) -> None:
    """A Shipped net as ONNX: pictures float32 (n, 1, 48, 48) in 0..255 to OUTPUTS, (n, 7) each, and HIDDEN, (n,)."""
    example = torch.rand(2, 1, SIDE_PX, SIDE_PX) * 255
    outputs = [*OUTPUTS, HIDDEN]
    with warnings.catch_warnings():
        # The new exporter needs one more package (onnxscript) and gains nothing for a net as plain as this.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            net.eval(),
            (example,),
            str(path),
            input_names=["pictures"],
            output_names=outputs,
            dynamic_axes={name: {0: "n"} for name in ("pictures", *outputs)},
            opset_version=OPSET,
            dynamo=False,
        )


def halve_weights(path: Path) -> None:
    """Stores the large arrays of an ONNX file as float16, each followed by a cast that runs once at loading."""
    model = onnx.load(path)
    graph, casts = model.graph, []
    for array in graph.initializer:
        name, values = array.name, numpy_helper.to_array(array)
        if values.dtype != np.float32 or values.size < SMALL:
            continue
        array.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def module_name(node: str) -> str:
    """A node's name in the graph to the net's own: "/net/stages/stages.0/first/first.0/Conv" to "stages.0.first.0"."""
    parts = node.split("/")[2:-1]
    followed = zip(parts, [*parts[1:], ""], strict=True)
    return ".".join(part for part, after in followed if not after.startswith(f"{part}."))


def read_arrays(path: Path) -> dict[str, Tensor]:
    """The arrays of a written file under the net's own names, widened; a folded norm is its convolution's `bias`."""
    graph = onnx.load(path).graph
    stored = {array.name.removesuffix("_half"): array for array in graph.initializer}
    arrays = {name: torch.tensor(numpy_helper.to_array(array).astype(np.float32)) for name, array in stored.items()}
    named = {name.removeprefix("net."): array for name, array in arrays.items() if name.startswith("net.")}
    for node in graph.node:
        if node.op_type == "Conv" and len(node.input) == 3:
            name = module_name(node.name)
            named |= {f"{name}.weight": arrays[node.input[1]], f"{name}.bias": arrays[node.input[2]]}
    return named


@torch.no_grad()
def unfold_norm(conv: nn.Conv2d, norm: nn.BatchNorm2d, bias: Tensor, maps: Tensor) -> Tensor:
    """Parts a folded convolution into filters of FILTER_NORM and a norm that undoes it for these maps (n, c, h, w).

    What both together compute stays; the norm gets the mean and variance it will meet. Without the common norm the
    filters that a small norm had shrunk would learn many times faster than the others. Returns the norm's output.
    """
    norms = conv.weight.flatten(1).norm(dim=1)
    scale = FILTER_NORM / norms.clamp(min=float(norms.mean()) / 20)
    conv.weight.mul_(scale[:, None, None, None])
    variance, mean = torch.var_mean(conv(maps), dim=(0, 2, 3), correction=0)
    norm.running_mean, norm.running_var = mean, variance
    norm.weight.copy_(torch.sqrt(variance + norm.eps) / scale)
    norm.bias.copy_(mean / scale + bias)
    result: Tensor = norm(conv(maps))
    return result


def read_back(net: FaceNet, path: Path, pictures: Tensor) -> FaceNet:
    """Puts a written file into a net of its shape; pictures float32 (n, 1, h, w) tell its norms what they will see."""
    arrays = read_arrays(path)
    biases = {name.removesuffix(".0.bias"): arrays.pop(name) for name in list(arrays) if name.endswith(".0.bias")}
    missing, unknown = net.load_state_dict(arrays, strict=False)
    folded = {f"{name}.1.{kind}" for name in biases for kind in ("weight", "bias", "running_mean", "running_var")}
    absent = {name for name in missing if not name.endswith("num_batches_tracked")} - folded
    if unknown or not absent <= MAY_LACK:
        raise ValueError(f"expected a file written from a net of this shape, {path} lacks {missing}, adds {unknown}")
    if "live.weight" in absent:
        net.live.load_state_dict(net.votes.state_dict())

    def unfold(name: str) -> Any:
        return lambda pair, given, _: unfold_norm(pair[0], pair[1], biases[name], given[0])

    hooks = [net.get_submodule(name).register_forward_hook(unfold(name)) for name in biases]
    with torch.no_grad():
        net.eval()(pictures)
    for hook in hooks:
        hook.remove()
    return net


def open_session(path: Path, threads: int = 1) -> onnxruntime.InferenceSession:
    """The file on the plain CPU, one thread by default."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def run_file(
    session: onnxruntime.InferenceSession, pictures: NDArray[np.float32], batch: int = 128
) -> dict[str, NDArray[np.float32]]:
    """Pictures (n, 48, 48) in 0..255 to what each output says, by name: (n, 7), HIDDEN (n,)."""
    names = [output.name for output in session.get_outputs()]
    starts = range(0, len(pictures), batch)
    parts = [session.run(names, {"pictures": pictures[start : start + batch, None]}) for start in starts]
    return {name: np.concatenate([part[place] for part in parts]) for place, name in enumerate(names)}


def head_targets(faces: FaceSet) -> dict[str, NDArray[np.int64]]:
    """What each output is judged by: the original label; the FER+ majority (7 contempt, -1 not judged)."""
    return {"logits": faces.labels.numpy(), "logits_votes": faces.majority.numpy(), LIVE: faces.majority.numpy()}


def fit_temperatures(path: Path, answers: Answers | None) -> dict[str, float]:
    """One temperature a head, fitted on PublicTest with the written file; contempt has no output and is left out.

    With `answers` the live head's is fitted on a mixture: beside PublicTest, what each fold's student says of persons
    that it never saw, for the shipped net saw them all. Their offsets are those of the file.
    """
    public = as_face_set(read_table("publictest"))
    outputs = run_file(open_session(path), public.pictures.numpy().astype(np.float32))
    fitted = {}
    for head, targets in head_targets(public).items():
        known = (targets >= 0) & (targets < len(EMOTIONS))
        logits, labels = outputs[head][known], targets[known]
        if head == LIVE and answers is not None:
            logits, labels = np.concatenate((logits, answers.logits)), np.concatenate((labels, answers.labels))
        fitted[head] = round(fit_temperature(logits, labels), 4)
    return fitted


def describe(path: Path, state: dict[str, Any], live: dict[str, Any], answers: Answers | None) -> dict[str, Any]:
    """All that serving and the model card need to know about the file."""
    progress, plan = state["progress"], state["plan"]
    photographs = "" if answers is None else "; muxspace, train and valid (five folds of persons judged it)"
    facts = {
        "name": NAME,
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "labels": list(EMOTIONS),
        "input": {
            "name": "pictures",
            "shape": ["n", 1, SIDE_PX, SIDE_PX],
            "dtype": "float32",
            "range": [0, 255],
            "note": "grey face crop; each picture is standardised inside the graph",
        },
        "outputs": {
            "logits": "original FER2013 labels",
            "logits_votes": "FER+ votes, contempt left out",
            LIVE: "FER+ votes with part of the training frequencies taken off"
            if answers is None
            else "votes and photographs, with part of their frequencies taken off",
            HIDDEN: "logit of eyes or mouth being covered",
        },
        "hidden_output": HIDDEN,
        **live,
        "temperature": fit_temperatures(path, answers),
        "temperature_note": "divide logits by it before softmax; fitted on FER2013 PublicTest"
        + ("" if answers is None else ", the live head's also on persons whose student never saw them"),
        "training": {
            "data": f"FER2013 Training without what PublicTest or PrivateTest also hold; FER+ votes{photographs}",
            "epochs": progress["epoch"],
            "minutes": round(progress["elapsed_s"] / 60, 1),
            "seed": plan["seed"],
            "weights": sum(array.numel() for array in state["averaged"].values()),
        },
    }
    return facts if answers is None else facts | {"strangers": judge_folds(answers)}


def export(checkpoint: Path, folder: Path, strength: float, reason: str, command: str) -> Path:
    """Averaged weights of a student.pt to the three files; returns the path of the ONNX file.

    Where its run left folds.npz beside it, the photographs trained it: the persons of each fold, as a student that
    never saw them reads them, then share in its temperature, and judge it in the sidecar.
    """
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    offsets = prior_offsets(state["live_frequency"], strength)
    has_folds = (checkpoint.parent / "folds.npz").exists()
    answers = read_answers(checkpoint.parent).moved(offsets.numpy()) if has_folds else None
    folder.mkdir(parents=True, exist_ok=True)
    fresh, path = folder / f"{NAME}.new.onnx", folder / f"{NAME}.onnx"
    write_graph(Shipped(net_of(state), offsets), fresh)
    halve_weights(fresh)
    fresh.replace(path)
    live = {"live_head": LIVE, "live_prior_removed": strength, "live_head_reason": reason}
    facts = describe(path, state, live, answers)
    facts["training"]["command"] = command
    write_facts(path, facts)
    return path


def main() -> None:
    """Exports the checkpoint named on the command line and prints its sidecar."""
    parser = options_of(__doc__)
    parser.add_argument("--prior-removed", type=float, default=PRIOR_REMOVED, help="0..1, for the live output")
    parser.add_argument("--reason", default=REASON, help="why this output runs live, for the sidecar")
    parser.add_argument(
        "--command", default="models/training/gpu_run.sh FOLDER OUT", help="what trained it, for the sidecar"
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    path = export(options.checkpoint, options.folder, options.prior_removed, options.reason, options.command)
    print(path.with_suffix(".json").read_text())


if __name__ == "__main__":
    main()
