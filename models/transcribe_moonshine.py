"""Transcription of English: Moonshine's tiny nets (MIT), run on one thread, a fortieth of the sound's length.

They invent words where there are none. Four things stand against that: only what the speech detector took for speech
comes here; no more tokens than can be said in that time are written; what the decoder was not sure of is dropped, and
so are a word or two for a long stretch of sound, and signs that are no letters (it writes notes for music).

The confidence of a transcript is the mean probability of its tokens. On validation speakers (RAVDESS 15-16, TESS OAF;
clean and in white noise of 20, 10 and 5 dB; 880 utterances) the share of wrong words was, by confidence: under 0.65
58 %, to 0.75 38 %, to 0.85 22 %, to 0.9 6 %, above 1 %; on test speakers 36, 20, 8 and 3 % from 0.65 on. So under about
0.75 it was badly heard.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.engines.requests import TranscribeSpeech, Transcript
from core.engines.spec import EngineSpec
from core.estimation.words import has_words
from core.settings import Settings
from core.types import SOUND_RATE_HZ, FloatArray
from models._moonshine_nets import (
    CHECKSUMS,
    INSTALL,
    SHORTEST,
    Decoder,
    Encoder,
    Heard,
    levelled,
    most_tokens,
    read_files,
)

NAME = "transcribe_moonshine"
LONGEST = 25 * SOUND_RATE_HZ
"""samples; speech is cut at pauses before that (`core/estimation/endpointing.py`), longer than in training it errs"""
LEAST_CONFIDENCE = 0.65
"""Mean token probability under which nothing is told, found on the same recordings: it drops none of the clean ones
(3.3 and 6.5 % of words wrong with or without it), and of 100 Polish utterances (nEMO's validation speaker), heard twice
as below, it lets 3 pass as English. 0.60 lets 9 pass; 0.70 lets 1, but that drops clean words."""


SPARSEST = 1.0
"""Tokens a second, the end among them, that speech must exceed: on noise and claps of six seconds it is sure of "You"
(0.3) and "Thank you for watching" (1.0); the slowest speech on the same recordings has 1.4."""

SURE = 0.85
"""Mean token probability under which an utterance that has ended, or may have, is heard once more, louder and with
silence around it, and the surer of the two counts. On 150 recordings of RAVDESS 1-14 and TESS OAF this takes the wrong
words from 5.7 to 4.7 and from 4.0 to 3.5 %, in white noise of 10 dB from 21.7 to 15.7 %; a quarter of clean utterances
cost twice."""
BESIDE = round(0.4 * SOUND_RATE_HZ)
"""samples of that silence"""


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
        heard = self._hear(samples, samples)
        if not request.gives_way and heard.confidence < SURE:
            again = self._hear(_louder(samples), samples)
            # what was no English the first time must be plain the second: else other languages pass as it
            least = heard.confidence if heard.confidence >= LEAST_CONFIDENCE else SURE
            heard = again if again.confidence > least else heard
        is_speech = heard.confidence >= LEAST_CONFIDENCE and heard.tokens > len(samples) / SOUND_RATE_HZ * SPARSEST
        text = heard.text if is_speech and has_words(heard.text) else ""
        return Transcript(text, round(heard.confidence, 3), NAME, round(heard.closing, 3) if text else 0.0)

    def _hear(self, sound: FloatArray, samples: FloatArray) -> Heard:
        """What is in `sound`, made of these samples, in no more tokens than they have time for."""
        return self._decoder.decode(self._encoder.encode(sound), most_tokens(samples))


def _louder(samples: FloatArray) -> FloatArray:
    """(n,) at the level LOUD, with BESIDE samples of silence on either side."""
    return np.pad(levelled(samples), BESIDE)


ENGINE = Moonshine()
