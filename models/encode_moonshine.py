"""Encoding of speech for the voice model: what the first layers of Moonshine's tiny encoder (MIT) make of a window.

The encoder was trained to tell words, and its last layer holds little else; in its first ones one still hears how they
were said. The net that reads these rows is ours (`models/voice_compact.py`). Nothing in them depends on the language.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.engines.requests import Encoded, EncodeSpeech
from core.engines.spec import EngineSpec
from core.settings import Settings
from core.types import FloatArray
from models._moonshine_nets import CHECKSUMS, INNER, INSTALL, SHORTEST, Encoder, levelled, read_files

NAME = "encode_moonshine"
NET = "encoder_model.ort"
JOINED = 3
"""of the encoder's rows become one, their mean: 13.9 a second, for a way of speaking does not change in 24 ms"""


class MoonshineEncoder:
    """Answers EncodeSpeech with Encoded, 288 numbers of each layer in INNER, 13.9 rows of them a second."""

    name = NAME
    spec = EngineSpec(
        name=NAME,
        kind="encode",
        version="tiny, in moonshine-voice 0.0.73",
        licence="MIT",
        description="first layers of Moonshine tiny's encoder",
        packages=("moonshine_voice", "onnxruntime"),
        install=INSTALL,
        checksum=CHECKSUMS[NET],
        input="float32 (n, 32000) mono 16 kHz -1..1, zero before the utterance",
        is_default=True,
    )

    _encoder: Encoder
    """from `load` on"""

    def load(self, settings: Settings) -> None:
        """Raises EngineUnavailable where the package's files are missing or others."""
        self._encoder = Encoder(read_files([NET])[NET], settings.engine_threads, INNER)

    def infer(self, requests: Sequence[EncodeSpeech]) -> list[Encoded]:
        """One window after another: they are of different lengths."""
        return [Encoded(tuple(map(self._encode, request.windows)), NAME) for request in requests]

    def _encode(self, window: FloatArray) -> FloatArray:
        return joined(self._encoder.encode(levelled(spoken(window))))


def spoken(window: FloatArray) -> FloatArray:
    """The window from its first sample that is not zero on, at least SHORTEST samples."""
    begin = int(np.argmax(window != 0))
    return window[min(begin, len(window) - SHORTEST) :]


def joined(rows: FloatArray) -> FloatArray:
    """(t, width) to means of JOINED rows (t // JOINED, width), at least one; what is left over is left out."""
    count = len(rows) // JOINED
    if count == 0:
        return np.asarray(rows.mean(axis=0, keepdims=True))
    return np.asarray(rows[: count * JOINED].reshape(count, JOINED, -1).mean(axis=1))


ENGINE = MoonshineEncoder()
