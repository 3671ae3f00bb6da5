"""The voice model's second leg as the shipped file: `python -m models.training.export_voice_rows CHECKPOINT`.

Writes voice_rows.onnx, .sha256 and .json into models/weights. The second leg's share and the temperature of both legs
together are fitted on windows of the validation speakers with the shipped files; nothing of the test speakers is read.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from core.types import EMOTIONS
from models import encode_moonshine
from models.training.export_voice import NAME as FIRST
from models.training.export_voice import OPSET, window_logits
from models.training.exported import export_from_shell, write_facts
from models.training.figures import fit_temperature, mean_log_loss
from models.training.voice_data import TRAINED_ON, Recording, read_corpus
from models.training.voice_rows import Encode, live_rows, load_encoder
from models.training.voice_rows_net import WIDTH, VoiceRowsNet

NAME = "voice_rows"
SHARES = tuple(round(step / 20, 2) for step in range(20))
"""of the second leg's logits in the mean of both, that are tried"""


@dataclass(frozen=True)
class Legs:
    """What either leg makes of the windows that the live lane would read."""

    first: NDArray[np.float32]
    """(k, 7) logits"""
    second: NDArray[np.float32]
    """(k, 7) logits"""
    targets: NDArray[np.int64]
    owners: NDArray[np.int64]
    """(k,) which recording each is of"""

    def both(self, share: float) -> NDArray[np.float32]:
        """(k, 7) logits, averaged."""
        return ((1 - share) * self.first + share * self.second).astype(np.float32)


def write_graph(net: VoiceRowsNet, path: Path) -> None:
    """The net as ONNX: rows float32 (n, t, WIDTH) to logits (n, 7)."""
    with warnings.catch_warnings():
        # The old exporter, as for the face.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net.eval(),
            (torch.rand(2, 40, WIDTH),),
            str(path),
            input_names=["rows"],
            output_names=["logits"],
            dynamic_axes={"rows": {0: "n", 1: "t"}, "logits": {0: "n"}},
            opset_version=OPSET,
            dynamo=False,
        )


def open_leg(folder: Path, name: str) -> onnxruntime.InferenceSession:
    """One of the two written files."""
    return onnxruntime.InferenceSession(folder / f"{name}.onnx", providers=["CPUExecutionProvider"])


def legs_of(recordings: Sequence[Recording], folder: Path, encode: Encode) -> Legs:
    """Both written files over all windows of these recordings."""
    first, targets, owners = window_logits(open_leg(folder, FIRST), list(recordings))
    rows, second = live_rows(recordings, encode), open_leg(folder, NAME)
    logits = [second.run(["logits"], {"rows": rows.of(k)[None]})[0] for k in range(len(rows.lengths))]
    return Legs(first, np.concatenate(logits), targets, owners)


def fit_share(sets: Sequence[Legs]) -> tuple[float, float]:
    """The second leg's share and the temperature with the least log loss, either corpus as much as the other."""

    def loss(share: float) -> float:
        temperature = temperature_of(sets, share)
        return float(np.mean([mean_log_loss(legs.both(share), legs.targets, temperature) for legs in sets]))

    share = min(SHARES, key=loss)
    return share, temperature_of(sets, share)


def temperature_of(sets: Sequence[Legs], share: float) -> float:
    """Fitted on the windows of all sets."""
    logits = np.concatenate([legs.both(share) for legs in sets])
    return fit_temperature(logits, np.concatenate([legs.targets for legs in sets]))


def describe(path: Path, state: dict[str, Any]) -> dict[str, Any]:
    """All that serving and the model card need to know about the file."""
    encode = load_encoder()
    sets = [legs_of(read_corpus(corpus, "valid"), path.parent, encode) for corpus in TRAINED_ON]
    share, temperature = fit_share(sets)
    return {
        "name": NAME,
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "labels": list(EMOTIONS),
        "encoder": encode_moonshine.NAME,
        "encoder_sha256": encode_moonshine.ENGINE.spec.checksum,
        "width": WIDTH,
        "input": {"name": "rows", "shape": ["n", "t", WIDTH], "dtype": "float32", "note": "models/encode_moonshine.py"},
        "share": share,
        "temperature": round(temperature, 4),
        "share_note": f"in the mean with the logits of {FIRST}, then divided by temperature; fitted on windows of the "
        "validation speakers",
        "beside_sha256": hashlib.sha256((path.parent / f"{FIRST}.onnx").read_bytes()).hexdigest(),
        "training": {
            "data": "RAVDESS actors 1-14 and six speakers of nEMO; TESS never",
            "epochs": state["epochs"],
            "minutes": round(state["minutes"], 1),
            "seed": state["seed"],
            "command": f"python -m models.training.train_voice_rows --out FOLDER --epochs {state['epochs']} "
            f"--seed {state['seed']}",
        },
    }


def export(checkpoint: Path, folder: Path) -> Path:
    """Averaged weights of a checkpoint to the three files, beside the first leg's; returns the ONNX file's path."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=False)
    net = VoiceRowsNet()
    net.load_state_dict(saved["net"])
    folder.mkdir(parents=True, exist_ok=True)
    fresh, path = folder / f"{NAME}.new.onnx", folder / f"{NAME}.onnx"
    write_graph(net, fresh)
    fresh.replace(path)
    facts = describe(path, saved["state"])
    write_facts(path, facts)
    return path


def main() -> None:
    """Exports the checkpoint named on the command line and prints its sidecar."""
    export_from_shell(__doc__, export)


if __name__ == "__main__":
    main()
