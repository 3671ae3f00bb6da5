"""Transcription of English: Moonshine's tiny nets (MIT), run on one thread, a fortieth of the sound's length.

They invent words where there are none. Three things stand against that: only what the speech detector took for speech
comes here, no more tokens than can be said in that time are written, and what the decoder was not sure of is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.engines.requests import TranscribeSpeech, Transcript
from core.engines.spec import EngineSpec
from core.settings import Settings
from core.types import SOUND_RATE_HZ
from models._moonshine_nets import CHECKSUMS, INSTALL, SHORTEST, Decoder, Encoder, most_tokens, read_files

NAME = "transcribe_moonshine"
LONGEST = 25 * SOUND_RATE_HZ
"""samples; speech is cut at pauses before that (`core/estimation/endpointing.py`), longer than in training it errs"""
LEAST_CONFIDENCE = 0.6
"""mean token probability under which nothing was said"""


class Moonshine:
    """Answers TranscribeSpeech with Transcript, whose confidence is the mean probability of its tokens."""

    name = NAME
    spec = EngineSpec(
        name=NAME,
        kind="transcribe",
        version="tiny, in moonshine-voice 0.0.73",
        licence="MIT",
        description="Moonshine tiny, English",
        packages=("moonshine_voice", "onnxruntime"),
        install=INSTALL,
        checksum=CHECKSUMS["decoder_model_merged.ort"],
        input="float32 (n,) mono 16 kHz -1..1, an utterance so far",
        languages=("en",),
        is_default=True,
    )

    _encoder: Encoder
    _decoder: Decoder
    """from `load` on"""

    def load(self, settings: Settings) -> None:
        """Raises EngineUnavailable where the package's files are missing or others."""
        files = read_files()
        self._encoder = Encoder(files["encoder_model.ort"], settings.engine_threads)
        self._decoder = Decoder(files["decoder_model_merged.ort"], files["tokenizer.bin"], settings.engine_threads)

    def infer(self, requests: Sequence[TranscribeSpeech]) -> list[Transcript]:
        """One after another."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: TranscribeSpeech) -> Transcript:
        samples = request.samples[:LONGEST]
        if len(samples) < SHORTEST:
            return Transcript("", 0.0, NAME)
        heard = self._decoder.decode(self._encoder.encode(samples), most_tokens(samples))
        confidence = round(heard.confidence, 3)
        return Transcript(heard.text if confidence >= LEAST_CONFIDENCE else "", confidence, NAME)


ENGINE = Moonshine()
