"""The male voice that one installs: without its package it says the command; with a net of its shape it speaks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from core.engines.requests import Sound, SpeakText
from core.errors import EngineFailed, EngineUnavailable
from core.settings import Settings
from models import speak_piper
from models.speak_piper import ENGINE, INSTALL, NET, RATE_HZ, Piper

IDS = {sign: [n] for n, sign in enumerate("_^$ .,?!ˈˌːabdefhiklmnoprstuvwzæɐɑɔəɚɛɜɪʃʊʌɹð")}
FRAMES = 3.0
"""that the small net gives each id, before the rate"""


def small_net() -> bytes:
    """Of a Piper voice's shape: each id lasts FRAMES of 256 samples times the scale, and sounds as loud as its number.

    Names of inputs, output and inner lengths are those of the real one.
    """
    nodes = [
        helper.make_node("Cast", ["input"], ["ids"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["ids", "zero"], ["nothing"]),
        helper.make_node("Gather", ["scales", "one"], ["scale"]),
        helper.make_node("Mul", ["scale", "frames"], ["wanted"]),
        helper.make_node("Add", ["nothing", "wanted"], ["lengths"]),
        helper.make_node("Ceil", ["lengths"], ["/Ceil_output_0"]),
        helper.make_node("ReduceSum", ["/Ceil_output_0"], ["total"], keepdims=0),
        helper.make_node("Mul", ["total", "hop"], ["count"]),
        helper.make_node("Cast", ["count"], ["size"], to=TensorProto.INT64),
        helper.make_node("Unsqueeze", ["size", "axis"], ["shape"]),
        helper.make_node("Expand", ["loud", "shape"], ["output"]),
    ]
    constants = {"zero": 0.0, "frames": FRAMES, "hop": 256.0, "loud": 0.25}
    held = [helper.make_tensor(name, TensorProto.FLOAT, [], [value]) for name, value in constants.items()]
    held += [
        helper.make_tensor("one", TensorProto.INT64, [], [1]),
        helper.make_tensor("axis", TensorProto.INT64, [1], [0]),
    ]
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, [1, None]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    output = [helper.make_tensor_value_info("output", TensorProto.FLOAT, [None])]
    graph = helper.make_graph(nodes, "voice", inputs, output, held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("voice")
    (made / NET).write_bytes(small_net())
    (made / f"{NET}.json").write_text(json.dumps({"phoneme_id_map": IDS}))
    return made


@pytest.fixture(scope="module")
def piper(folder: Path) -> Iterator[Piper]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speak_piper, "_folder", lambda: folder)
        patch.setattr(speak_piper, "SHA256", hashlib.sha256((folder / NET).read_bytes()).hexdigest())
        engine = Piper()
        engine.load(Settings())
    yield engine
    engine.close()


def say(engine: Piper, text: str, **changes: float) -> Sound:
    (sound,) = engine.infer([SpeakText(text, "en", "male", **changes)])
    assert isinstance(sound, Sound), sound
    return sound


def test_a_sentence_sounds_as_long_as_its_phonemes(piper: Piper) -> None:
    sound = say(piper, "Mama, a red puppy.")
    assert sound.rate_hz == RATE_HZ
    assert sound.samples.max() == pytest.approx(0.25)
    said = [phoneme.symbol.strip("ˈˌ") for phoneme in sound.phonemes]
    assert said[:3] == ["m", "ɑ", "m"]
    assert said.count("_") == 2, "the comma and the end"
    times = [phoneme.start_s for phoneme in sound.phonemes]
    assert times == sorted(times)
    assert times[-1] < sound.duration_s


def test_numbers_and_abbreviations_are_read_as_words(piper: Piper) -> None:
    heard, meant = (say(piper, text).phonemes for text in ("Dr. Lee has 2 dots.", "Doctor Lee has two dots."))
    assert [phoneme.symbol for phoneme in heard] == [phoneme.symbol for phoneme in meant]


def test_rate_moves_the_pace(piper: Piper) -> None:
    slow, quick = (say(piper, "A red puppy.", rate=rate).duration_s for rate in (0.7, 1.3))
    assert slow > quick


@pytest.mark.parametrize("text", ["", "😀", "...", "!?", "\x00"])
def test_nothing_to_say_is_silence(piper: Piper, text: str) -> None:
    assert len(say(piper, text).samples) == 0


def test_five_thousand_characters_end(piper: Piper) -> None:
    assert 1 < say(piper, "ten men " * 625).duration_s < 120


def test_what_it_cannot_say_is_declared() -> None:
    assert not SpeakText("hello", "en").fits(ENGINE.spec)
    assert not SpeakText("hello", "nl", "male").fits(ENGINE.spec)
    assert not SpeakText("Привет", "en", "male").fits(ENGINE.spec)
    assert SpeakText("hello", "en-US", "male").fits(ENGINE.spec)


def test_without_its_package_the_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speak_piper, "_folder", lambda: Path("nowhere"))
    with pytest.raises(EngineUnavailable, match=INSTALL):
        Piper().load(Settings())


def test_other_weights_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speak_piper, "_folder", lambda: folder)
    with pytest.raises(EngineUnavailable, match=f"sha256.*{INSTALL}"):
        Piper().load(Settings())


def test_reader_that_died_is_told_and_replaced(piper: Piper) -> None:
    piper.reader.process.kill()
    piper.reader.process.wait(5)
    (answer,) = piper.infer([SpeakText("hello", "en", "male")])
    assert isinstance(answer, EngineFailed)
    assert np.abs(say(piper, "hello").samples).max() > 0
