"""A checkpoint of the compact voice net to the shipped file: `python -m models.training.export_voice CHECKPOINT`.

Writes voice_compact.onnx, .sha256 and .json into models/weights. The temperature is fitted on windows of the validation
speakers with the written file; nothing of the test speakers is read here.
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
from torch import nn

from core.estimation.log_mel import BANDS, FRAMES, log_mel
from core.types import EMOTIONS
from models.training.export_face import halve_weights
from models.training.exported import export_from_shell, write_facts
from models.training.figures import fit_temperature
from models.training.voice_data import TRAINED_ON, Recording, live_windows, read_corpus
from models.training.voice_net import VoiceNet

WEIGHTS = Path("models/weights")
NAME = "voice_compact"
OPSET = 17


def write_graph(net: nn.Module, path: Path) -> None:
    """The net as ONNX: pictures float32 (n, BANDS, FRAMES) to logits (n, 7)."""
    with warnings.catch_warnings():
        # The old exporter, as for the face.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net.eval(),
            (torch.rand(2, BANDS, FRAMES),),
            str(path),
            input_names=["pictures"],
            output_names=["logits"],
            dynamic_axes={"pictures": {0: "n"}, "logits": {0: "n"}},
            opset_version=OPSET,
            dynamo=False,
        )


def run_file(session: onnxruntime.InferenceSession, windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Windows (n, 32000) to logits (n, 7)."""
    parts = [windows[start : start + 32] for start in range(0, len(windows), 32)]
    return np.concatenate([session.run(["logits"], {"pictures": log_mel(part)})[0] for part in parts])


def window_logits(
    session: onnxruntime.InferenceSession, recordings: list[Recording]
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Logits (k, 7) of all windows the live lane would read, their labels and which recording each is of."""
    logits, targets, owners = [], [], []
    for place, recording in enumerate(recordings):
        rows = run_file(session, live_windows(recording.samples))
        logits.append(rows)
        targets += [recording.label] * len(rows)
        owners += [place] * len(rows)
    return np.concatenate(logits), np.array(targets), np.array(owners)


def describe(path: Path, state: dict[str, Any]) -> dict[str, Any]:
    """All that serving and the model card need to know about the file."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    valid = [recording for corpus in TRAINED_ON for recording in read_corpus(corpus, "valid")]
    logits, targets, _ = window_logits(session, valid)
    return {
        "name": NAME,
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "labels": list(EMOTIONS),
        "input": {
            "name": "pictures",
            "shape": ["n", BANDS, FRAMES],
            "dtype": "float32",
            "note": "core/estimation/log_mel.py of a window of 2 s at 16 kHz",
        },
        "temperature": round(fit_temperature(logits, targets), 4),
        "temperature_note": "divide logits by it before softmax; fitted on windows of the validation speakers",
        "training": {
            "data": "RAVDESS actors 1-14 and six speakers of nEMO; TESS never",
            "epochs": state["epoch"],
            "minutes": round(state["minutes"], 1),
            "seed": state["seed"],
            "command": f"python -m models.training.train_voice --out FOLDER --epochs {state['epochs']} "
            f"--seed {state['seed']}",
        },
    }


def export(checkpoint: Path, folder: Path) -> Path:
    """Averaged weights of a checkpoint to the three files; returns the path of the ONNX file."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=False)
    net = VoiceNet()
    net.load_state_dict(saved["slow"])
    folder.mkdir(parents=True, exist_ok=True)
    fresh, path = folder / f"{NAME}.new.onnx", folder / f"{NAME}.onnx"
    write_graph(nn.utils.convert_conv2d_weight_memory_format(net, torch.contiguous_format), fresh)
    halve_weights(fresh)
    fresh.replace(path)
    facts = describe(path, saved["state"])
    write_facts(path, facts)
    return path


def main() -> None:
    """Exports the checkpoint named on the command line and prints its sidecar."""
    export_from_shell(__doc__, export)


if __name__ == "__main__":
    main()
