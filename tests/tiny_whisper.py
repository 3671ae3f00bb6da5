"""A Whisper of a few thousand random weights in CTranslate2's own format: it says nothing of sense, by the real path.

faster-whisper loads it as it loads any other, so the test of our engine needs neither a download nor a mock.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

WIDTH, HEADS, MELS = 16, 2, 80
FRAMES, POSITIONS = 1500, 448
WORDS = ("one", "two", "three", "four", "five")
SPECIAL = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|nl|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
)
STAMPS = tuple(f"<|{0.02 * i:.2f}|>" for i in range(1501))


def write_tiny_whisper(folder: Path) -> Path:
    """The model folder, with its tokenizer."""
    from ctranslate2.specs import WhisperSpec

    tokens = [*WORDS, *SPECIAL, *STAMPS]
    spec, random = WhisperSpec(1, HEADS, 1, HEADS), np.random.default_rng(3)
    encoder, decoder = spec.encoder, spec.decoder
    _set(encoder.conv1, random, WIDTH, MELS, 3)
    _set(encoder.conv2, random, WIDTH, WIDTH, 3)
    encoder.position_encodings.encodings = _drawn(random, FRAMES, WIDTH)
    decoder.position_encodings.encodings = _drawn(random, POSITIONS, WIDTH)
    decoder.embeddings.weight = _drawn(random, len(tokens), WIDTH)
    _set(decoder.projection, random, len(tokens), WIDTH)
    decoder.projection.bias[len(WORDS) :] = -50.0  # it speaks words only, and does not stop by itself
    for part in (encoder, decoder):
        _norm(part.layer_norm)
        for layer in part.layer:
            _attend(layer.self_attention, random, [3 * WIDTH, WIDTH])
            _feed(layer.ffn, random)
    for layer in decoder.layer:
        _attend(layer.attention, random, [WIDTH, 2 * WIDTH, WIDTH])
    spec.config.suppress_ids = spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [tokens.index("<|en|>"), tokens.index("<|nl|>")]
    spec.config.alignment_heads = [(0, 0)]
    spec.register_vocabulary(tokens)
    spec.validate()
    spec.optimize(quantization=None)
    spec.save(str(folder))
    _write_tokenizer(tokens, folder)
    return folder


def _drawn(random: np.random.Generator, *shape: int) -> Any:
    return random.normal(0, 0.5, shape).astype(np.float32)


def _set(spec: Any, random: np.random.Generator, *shape: int) -> None:
    spec.weight, spec.bias = _drawn(random, *shape), np.zeros(shape[0], dtype=np.float32)


def _norm(spec: Any) -> None:
    spec.gamma, spec.beta = np.ones(WIDTH, dtype=np.float32), np.zeros(WIDTH, dtype=np.float32)


def _attend(spec: Any, random: np.random.Generator, widths: list[int]) -> None:
    _norm(spec.layer_norm)
    for linear, width in zip(spec.linear, widths, strict=True):
        _set(linear, random, width, WIDTH)


def _feed(spec: Any, random: np.random.Generator) -> None:
    _norm(spec.layer_norm)
    _set(spec.linear_0, random, 4 * WIDTH, WIDTH)
    _set(spec.linear_1, random, WIDTH, 4 * WIDTH)


def _write_tokenizer(tokens: list[str], folder: Path) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({token: place for place, token in enumerate(tokens)}, unk_token=WORDS[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    tokenizer.save(str(folder / "tokenizer.json"))
