"""Moonshine's files as the package ships them, and each of its nets alone."""

from __future__ import annotations

import hashlib
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest

from core.errors import EngineUnavailable
from core.types import SOUND_RATE_HZ
from models import _moonshine_nets
from models._moonshine_nets import (
    CHECKSUMS,
    INNER,
    LEAST_TOKENS,
    SHORTEST,
    Decoder,
    Encoder,
    marks_of,
    most_tokens,
    read_files,
    read_tokens,
)
from models._onnx import open_session
from tests.benchmarks.sounds import _read


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return read_files()


@pytest.fixture(scope="module")
def encoder(files) -> Encoder:
    return Encoder(files["encoder_model.ort"], 1)


@pytest.fixture(scope="module")
def decoder(files) -> Decoder:
    return Decoder(files["decoder_model_merged.ort"], files["tokenizer.bin"], 1)


def package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of that name, elsewhere; its assets' folder."""
    found = ModuleSpec("moonshine_voice", None, is_package=True)
    found.submodule_search_locations = [str(folder)]
    monkeypatch.setattr(_moonshine_nets.importlib.util, "find_spec", lambda _name: found)
    (folder / "assets" / "tiny-en").mkdir(parents=True)
    return folder / "assets" / "tiny-en"


def test_the_packages_files_are_those_that_were_measured(files) -> None:
    assert {name: hashlib.sha256(content).hexdigest() for name, content in files.items()} == CHECKSUMS


def test_the_package_is_found_but_never_imported(files) -> None:
    import sys

    assert files
    assert "moonshine_voice" not in sys.modules


def test_another_file_under_the_name_is_refused(tmp_path, monkeypatch, files) -> None:
    folder = package(tmp_path, monkeypatch)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    assert read_files() == files
    (folder / "tokenizer.bin").write_bytes(files["tokenizer.bin"][:-1])
    with pytest.raises(EngineUnavailable, match="sha256"):
        read_files()


def test_a_package_without_the_nets_says_what_brings_them(tmp_path, monkeypatch) -> None:
    package(tmp_path, monkeypatch)
    with pytest.raises(EngineUnavailable, match=r"pip install -r requirements\.txt"):
        read_files()


def test_no_package_says_what_brings_it(monkeypatch) -> None:
    monkeypatch.setattr(_moonshine_nets.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(EngineUnavailable, match=r"pip install -r requirements\.txt"):
        read_files()


@pytest.mark.parametrize("samples", [SHORTEST, SOUND_RATE_HZ, 25 * SOUND_RATE_HZ])
def test_a_second_of_sound_is_41_rows_of_288_numbers(encoder, samples) -> None:
    rows = encoder.encode(np.zeros(samples, np.float32))
    assert rows.shape[1] == 288
    assert 0 <= samples / 384 - len(rows) <= 3
    assert np.isfinite(rows).all()


def test_words_come_of_the_encoders_rows_alone(encoder, decoder, datasets) -> None:
    rows = encoder.encode(_read(datasets / "asr" / "cards_003.flac"))
    heard = decoder.decode(rows, 12)
    assert heard.text == "Seven of clubs."
    assert heard.is_whole
    assert 0.8 < heard.confidence <= 1


def test_the_cap_ends_what_would_go_on(encoder, decoder, datasets) -> None:
    rows = encoder.encode(_read(datasets / "asr" / "librivox_sense_0930.flac"))
    heard = decoder.decode(rows, 4)
    assert not heard.is_whole
    assert len(heard.text.split()) <= 4
    assert decoder.decode(rows, 0).text == ""


def test_one_stretch_leaves_nothing_for_the_next(encoder, decoder, datasets) -> None:
    rows = [encoder.encode(_read(datasets / "asr" / name)) for name in ("cards_003.flac", "goforward.flac")]
    before = decoder.decode(rows[0], 20)
    decoder.decode(rows[1], 20)
    assert decoder.decode(rows[0], 20) == before


def test_tokens_may_be_said_as_fast_as_english_is() -> None:
    assert most_tokens(np.zeros(10 * SOUND_RATE_HZ, np.float32)) == 65
    assert most_tokens(np.zeros(SHORTEST, np.float32)) == LEAST_TOKENS


def test_lengths_of_tokens_are_one_byte_or_two() -> None:
    long = b"x" * 300
    assert read_tokens(b"\x02hi" + b"\x00" + bytes([300 % 128 + 128, 300 // 128]) + long) == [b"hi", b"", long]


def test_a_mark_is_found_with_a_space_before_it_and_without() -> None:
    assert marks_of([b"<s>", b".", "\u2581?".encode(), b"a.", b",", b"!"], ".?!") == [1, 2, 5]


def test_whoever_opens_the_encoder_shares_it_and_hears_the_same(files) -> None:
    words, layers = Encoder(files["encoder_model.ort"], 1), Encoder(files["encoder_model.ort"], 1, INNER)
    assert words._session is layers._session
    assert Encoder(files["encoder_model.ort"], 2)._session is not words._session
    sound = np.random.default_rng(1).normal(0, 0.05, SOUND_RATE_HZ).astype(np.float32)
    alone = open_session(files["encoder_model.ort"], 1)
    (rows,) = alone.run(None, {"input_values": sound[None], "attention_mask": np.ones((1, len(sound)), np.int64)})
    assert np.array_equal(words.encode(sound), rows[0])
    assert layers.encode(sound).shape == (len(rows[0]), 3 * 288)
