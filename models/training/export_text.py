"""A checkpoint of the compact text net to the shipped file: `python -m models.training.export_text CHECKPOINT`.

Writes text_compact.onnx, .sha256 and .json (what serving must know) into models/weights. The table is stored as int8
with one scale a row; every figure is measured on the file itself. Thresholds and temperature come from valid splits.
"""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.types import EMOTIONS
from models._text_features import MAX_CHARS, WIDTH, read_text
from models.training.exported import export_from_shell, write_facts
from models.training.figures import fit_temperature
from models.training.text_data import read_split
from models.training.text_net import TextNet
from models.training.train_text import fit_thresholds

WEIGHTS = Path("models/weights")
NAME = "text_compact"
OPSET = 17
SEVERAL, LIVE = "logits_several", "logits_live"
POOLED = ("goemotions", "dailydialog", "emorynlp", "xed")
POOL_EACH = 600
"""Texts drawn of each; so many that EmoryNLP, the smallest, still has them."""


class Shipped(nn.Module):
    """One text, places int64 (t, WIDTH), to both heads' logits (1, 7)."""

    table: Tensor
    scale: Tensor
    bias: Tensor

    def __init__(self, net: TextNet) -> None:
        super().__init__()
        table = net.table.weight.detach()
        scale = table.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("table", torch.round(table / scale).to(torch.int8))
        self.register_buffer("scale", scale)
        self.register_buffer("bias", net.live_bias().detach().clone())
        self.trunk = net.trunk

    def forward(self, places: Tensor) -> tuple[Tensor, Tensor]:
        there = (places > 0).float()
        groups = there[:, 1:] / there[:, 1:].sum(1, keepdim=True).clamp(min=1)
        weights = torch.cat([there[:, :1], groups], dim=1)[:, :, None]
        vectors = (self.table[places].float() * self.scale[places] * weights).sum(1)[None]
        several, one = self.trunk(vectors, torch.ones_like(vectors[:, :, 0]))
        return several, one + self.bias


def write_graph(net: nn.Module, path: Path) -> None:
    """A Shipped net as ONNX."""
    with warnings.catch_warnings():
        # The old exporter, as for the face; its warnings about batches do not matter at one text a run.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net.eval(),
            (torch.from_numpy(read_text("an example of some words")),),
            str(path),
            input_names=["places"],
            output_names=[SEVERAL, LIVE],
            dynamic_axes={"places": {0: "t"}},
            opset_version=OPSET,
            dynamo=False,
        )


def open_session(path: Path) -> onnxruntime.InferenceSession:
    """The file on the plain CPU, one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def run_file(session: onnxruntime.InferenceSession, texts: list[str]) -> dict[str, NDArray[np.float32]]:
    """Texts to the logits (n, 7) of each output, one text a run as it is served."""
    rows = [session.run([SEVERAL, LIVE], {"places": read_text(text)}) for text in texts]
    return {name: np.concatenate([row[place] for row in rows]) for place, name in enumerate((SEVERAL, LIVE))}


def pooled(split: str, seed: int = 1) -> tuple[list[str], NDArray[np.int64]]:
    """POOL_EACH texts with a single label of each of POOLED (XED's English part), and their labels."""
    random, texts, targets = np.random.default_rng(seed), [], []
    for name in POOLED:
        rows = read_split(name, split)
        single = np.flatnonzero((rows.targets.sum(1) == 1) & (rows.language == "en"))
        for place in random.choice(single, min(POOL_EACH, len(single)), replace=False):
            texts.append(rows.texts[place])
            targets.append(int(rows.targets[place].argmax()))
    return texts, np.array(targets)


def describe(path: Path, state: dict[str, Any]) -> dict[str, Any]:
    """All that serving and the model card need to know about the file."""
    session, valid = open_session(path), read_split("goemotions", "valid")
    thresholds = fit_thresholds(run_file(session, valid.texts)[SEVERAL], valid.targets)
    texts, targets = pooled("valid")
    temperature = fit_temperature(run_file(session, texts)[LIVE], targets)
    progress, plan = state["progress"], state["plan"]
    return {
        "name": NAME,
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "labels": list(EMOTIONS),
        "input": {
            "name": "places",
            "shape": ["t", WIDTH],
            "dtype": "int64",
            "note": f"one text; models/_text_features.py makes it of the first {MAX_CHARS} characters",
        },
        "outputs": {SEVERAL: "GoEmotions, any number of the seven (sigmoid)", LIVE: "one of the seven (softmax)"},
        "live_head": LIVE,
        "live_head_reason": "the product shows one distribution; learned on every corpus with a bias for each",
        "temperature": round(temperature, 4),
        "temperature_note": f"divide {LIVE} by it before softmax; fitted on valid, {POOL_EACH} each of {POOLED}",
        "thresholds": {label: round(float(value), 2) for label, value in zip(EMOTIONS, thresholds, strict=True)},
        "thresholds_note": f"{SEVERAL} names what reaches its threshold; fitted on GoEmotions valid",
        "training": {
            "data": "train splits of GoEmotions, XED, CARER, ISEAR, DailyDialog, MELD, EmoryNLP; nothing else",
            "epochs": progress["epoch"],
            "minutes": round(progress["elapsed_s"] / 60, 1),
            "seed": plan["seed"],
            "weights": sum(array.numel() for array in state["averaged"].values()),
            "command": f"python -m models.training.train_text --out FOLDER --epochs {plan['epochs']} "
            f"--minutes {plan['minutes']:g} --seed {plan['seed']}",
        },
    }


def export(checkpoint: Path, folder: Path) -> Path:
    """Averaged weights of a checkpoint to the three files; returns the path of the ONNX file."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    net = TextNet(state["plan"]["size"], state["plan"]["hidden"])
    net.load_state_dict(state["averaged"])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}.onnx"
    write_graph(Shipped(net), path)
    facts = describe(path, state)
    write_facts(path, facts)
    return path


def main() -> None:
    """Exports the checkpoint named on the command line and prints its sidecar."""
    export_from_shell(__doc__, export)


if __name__ == "__main__":
    main()
