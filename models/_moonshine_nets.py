"""Moonshine's two nets and its list of tokens: sound to a row of numbers, and those to words. Each can be used alone.

Jeffries et al., "Moonshine: Speech Recognition for Live Transcription and Voice Commands", 2024, arXiv 2410.15608. The
files are those of the `moonshine-voice` package (tiny, English, int8), opened by ONNX Runtime; the package is located,
never imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakValueDictionary

import numpy as np

from core.errors import EngineUnavailable
from core.types import SOUND_RATE_HZ, FloatArray
from models._onnx import open_session
from models._ort_file import with_outputs

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

INSTALL = "pip install -r requirements.txt (moonshine-voice carries the nets; there is none for Intel Macs)"
CHECKSUMS = {
    "encoder_model.ort": "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
    "decoder_model_merged.ort": "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
    "tokenizer.bin": "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
}
"""sha256 of each file in moonshine-voice 0.0.73; checked before it is opened."""
INNER = tuple(f"/layers.{number}/Add_1_output_0" for number in range(3))
"""what the encoder's first layers give, by the names in its graph: how something was said is lost towards the last"""
LOUD = 0.08
"""root mean square at which a sound is heard well, whatever the microphone's level"""
SHORTEST = 1600
"""samples, 0.1 s: the encoder's three convolutions need 895 for one row"""
TOKENS_PER_S = 6.5
"""what is ever said in a second of English; its authors cap there, because on noise the decoder runs on"""
LEAST_TOKENS = 4
"""a short word and its end may take this many however short the sound"""
HEADS, HEAD_SIZE = 8, 36
START, END = 1, 2
"""tokens; those up to END are marks, no words"""
SPACE = "\u2581"
"""how the list of tokens writes the space before a word"""
CLOSING_MARKS = ".?!"
ENDING_MARKS = CLOSING_MARKS + ","
"""that may stand last; what is not closed mostly ends with a comma"""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the decoder made of one stretch of sound."""

    text: str
    confidence: float
    """0 to 1: mean probability of its tokens, the end among them"""
    tokens: int
    """how many those are"""
    is_whole: bool
    """it came to its end by itself; else the cap cut it off"""
    closing: float
    """0 to 1: probability that a mark that closes a sentence stands at the end, before the end itself"""


class Encoder:
    """Sound to 288 numbers, 41.7 rows of them a second; of inner layers, where some of INNER are named, to 288 of each.

    Whoever opens it with as many threads shares one session: it is 26 MB, and always runs through all its layers.
    """

    _open: ClassVar[WeakValueDictionary[int, InferenceSession]] = WeakValueDictionary()
    """by its threads"""

    def __init__(self, model: bytes, threads: int, inner: Sequence[str] = ()) -> None:
        self._outputs = list(inner) or ["last_hidden_state"]
        shared = self._open.get(threads)
        self._session = open_session(with_outputs(model, INNER), threads) if shared is None else shared
        self._open[threads] = self._session

    def encode(self, samples: FloatArray) -> FloatArray:
        """(n,) float32 mono 16 kHz -1..1, SHORTEST to 25 s, to (n / 384 or a little less, 288 of each output)."""
        sound = np.ascontiguousarray(samples[None], dtype=np.float32)
        mask = np.ones(sound.shape, np.int64)
        layers = self._session.run(self._outputs, {"input_values": sound, "attention_mask": mask})
        return np.concatenate([layer[0] for layer in layers], axis=1).astype(np.float32, copy=False)


class Decoder:
    """Rows of the encoder to words, one token after the other, always the likeliest."""

    def __init__(self, model: bytes, tokenizer: bytes, threads: int) -> None:
        self._session = open_session(model, threads)
        self._tokens = read_tokens(tokenizer)
        self._marks = marks_of(self._tokens, ENDING_MARKS)
        self._closing = marks_of(self._tokens, CLOSING_MARKS)
        self._memory = [put.name for put in self._session.get_inputs() if put.name.startswith("past_key_values")]

    def decode(self, rows: FloatArray, most_tokens: int) -> Heard:
        """(n, 288) to at most so many tokens."""
        feed = self._fresh(rows)
        tokens: list[int] = []
        likely: list[float] = []
        closing = before = 0.0
        newest = START
        while newest != END and len(tokens) < most_tokens:
            feed["input_ids"] = np.array([[newest]], np.int64)
            logits = self._next(feed)
            newest = int(logits.argmax())
            odds = np.exp(logits - logits[newest])
            likely.append(1.0 / float(odds.sum()))
            before, closing = closing, float(odds[self._closing].sum()) * likely[-1]
            tokens.append(newest)
        confidence = sum(likely) / len(likely) if likely else 0.0
        is_whole = newest == END
        if is_whole and len(tokens) > 1 and tokens[-2] in self._marks:  # the mark was chosen before the end
            closing = before
        return Heard(self._written(tokens), confidence, len(tokens), is_whole, closing if tokens else 0.0)

    def _fresh(self, rows: FloatArray) -> dict[str, Any]:
        nothing = np.zeros((1, HEADS, 0, HEAD_SIZE), np.float32)
        feed: dict[str, Any] = dict.fromkeys(self._memory, nothing)
        feed["encoder_hidden_states"] = rows[None]
        # the graph takes every 384th of a mask of samples; one that holds everywhere is as good, and of any length
        feed["encoder_attention_mask"] = np.ones((1, 1), np.int64)
        feed["use_cache_branch"] = np.array([False])
        return feed

    def _next(self, feed: dict[str, Any]) -> FloatArray:
        """Logits (32768,) of the next token; the feed then remembers this one."""
        is_first = not feed["use_cache_branch"][0]
        logits, *memory = self._session.run(None, feed)
        for name, numbers in zip(self._memory, memory, strict=True):
            if is_first or ".decoder." in name:  # what it keeps of the encoder is told once, then left empty
                feed[name] = numbers
        feed["use_cache_branch"] = np.array([True])
        return np.asarray(logits[0, -1], dtype=np.float32)

    def _written(self, tokens: list[int]) -> str:
        said = b"".join(self._tokens[token] for token in tokens if token > END)
        return said.decode("utf-8", "replace").replace(SPACE, " ").strip()


def levelled(samples: FloatArray) -> FloatArray:
    """(n,) at the level LOUD; silence stays."""
    gain = LOUD / max(1e-6, float(np.sqrt((samples**2).mean())))
    return np.asarray(np.clip(samples * gain, -1, 1), dtype=np.float32)


def marks_of(tokens: Sequence[bytes], marks: str) -> list[int]:
    """Numbers of the tokens that are one of these marks, with a space before it or without."""
    written = {mark.encode() for mark in marks}
    return [number for number, token in enumerate(tokens) if token.removeprefix(SPACE.encode()) in written]


def most_tokens(samples: FloatArray) -> int:
    """How many tokens can have been said in this sound (n,)."""
    return max(LEAST_TOKENS, math.ceil(len(samples) / SOUND_RATE_HZ * TOKENS_PER_S))


def read_tokens(tokenizer: bytes) -> list[bytes]:
    """The bytes of each token: a length (one byte, or two from 128 on), then so many of them."""
    tokens, at = [], 0
    while at < len(tokenizer):
        length, at = tokenizer[at], at + 1
        if length >= 128:
            length, at = tokenizer[at] * 128 + length - 128, at + 1
        tokens.append(tokenizer[at : at + length])
        at += length
    return tokens


def read_files(names: Iterable[str] = CHECKSUMS) -> dict[str, bytes]:
    """Each of these files by its name, checked. Raises EngineUnavailable."""
    found = importlib.util.find_spec("moonshine_voice")
    if found is None or not found.submodule_search_locations:
        raise EngineUnavailable(f"transcription needs the nets in the package moonshine-voice; run: {INSTALL}")
    folder = Path(found.submodule_search_locations[0]) / "assets" / "tiny-en"
    return {name: _checked(folder / name, CHECKSUMS[name]) for name in names}


def _checked(path: Path, checksum: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EngineUnavailable(f"expected Moonshine's {path.name} in its package: {error}; run: {INSTALL}") from error
    if hashlib.sha256(content).hexdigest() != checksum:
        raise EngineUnavailable(f"{path} is not the file of moonshine-voice 0.0.73 (sha256 differs); run: {INSTALL}")
    return content
