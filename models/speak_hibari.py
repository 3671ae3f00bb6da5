"""A pleasant English voice without a download: Hibari's voice "heart" (Apache-2.0), in a process of its own.

Its front-end is regular expressions and tables in Python, which hold the interpreter's lock; beside the server it
stops nobody, and where it hangs it is replaced. Its other voices would be downloaded, so there is this one alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np

from core.engines.requests import Sound, SpeakText
from core.engines.spec import EngineSpec
from core.errors import EngineFailed, EngineUnavailable
from core.settings import Settings
from models import _hibari_worker
from models._hibari_worker import NET, RATE_HZ, assets_of_package
from models._spoken_text import spoken_text
from models._voice_process import ask_for_sound, share_of
from models._worker import Worker

NAME = "speak_hibari"
INSTALL = "pip install hibari-tts==0.2.1"
WEIGHTS: Final = {
    NET: "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
    "oov.onnx": "d3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76",
}
"""sha256 of the voice, and of what reads words that are in no list"""
ANSWER_S = 15.0
"""after so long it hangs and is replaced; on a machine with far too much to do, a tenth of a second of work took 4"""


class Hibari:
    """Answers SpeakText with Sound; the worker process holds the voice."""

    name = NAME
    spec = EngineSpec(
        name=NAME,
        kind="speak",
        version="0.2.1",
        licence="Apache-2.0",
        description="Hibari, a pleasant American voice (female), in a process of its own",
        packages=("hibari", "onnxruntime"),
        install=INSTALL,
        checksum=WEIGHTS[NET],
        input="text, up to 600 characters at a time",
        languages=("en",),
        voices=("female",),
        scripts=("LATIN",),
        runs_in="process",
    )

    def __init__(self) -> None:
        self.worker = Worker(_hibari_worker.work, "pleasant voice", "another voice speaks")

    def load(self, _settings: Settings) -> None:
        """Look that the weights are the known ones and start the worker. Raises EngineUnavailable."""
        folder = assets_of_package()
        for name, known in WEIGHTS.items():
            try:
                found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            except OSError as error:
                raise EngineUnavailable(f"the voice needs {name} of hibari-tts ({error}); run: {INSTALL}") from error
            if found != known:
                raise EngineUnavailable(f"{folder / name} has sha256 {found[:12]}…, not {known[:12]}…; run: {INSTALL}")
        self.worker.start()

    def close(self) -> None:
        """End the worker; nothing is left behind."""
        self.worker.close()

    def infer(self, requests: Sequence[SpeakText]) -> list[Sound | EngineFailed | EngineUnavailable]:
        """One after another."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: SpeakText) -> Sound | EngineFailed | EngineUnavailable:
        text = spoken_text(request.text)
        if not text:
            return Sound(np.zeros(0, dtype=np.float32), RATE_HZ, (), NAME)
        message = (text, share_of(request.rate), share_of(request.pitch))
        return ask_for_sound(self.worker, message, ANSWER_S, self.spec)


ENGINE = Hibari()
