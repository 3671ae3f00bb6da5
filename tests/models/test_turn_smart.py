"""End of turn by its sound: what the wheel carries, what is refused, and that it hears whether a sentence is over."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from core.engines.requests import DetectEndOfTurn
from core.errors import EngineUnavailable
from core.settings import Settings
from models import turn_smart
from models.training.pauses import read_recording
from models.turn_smart import NAME, WINDOW, SmartTurn, levelled

RATE = 16_000


@pytest.fixture(scope="module")
def engine() -> SmartTurn:
    one = SmartTurn()
    one.load(Settings())
    return one


def asked(samples: np.ndarray) -> DetectEndOfTurn:
    return DetectEndOfTurn(samples.astype(np.float32), "en", 0.5)


@pytest.mark.parametrize("seconds", [0.0, 0.1, 3.0, 8.0, 20.0])
def test_any_length_of_sound_is_answered_with_a_probability(engine, seconds) -> None:
    sound = np.random.default_rng(1).normal(0, 0.1, round(seconds * RATE))
    (answer,) = engine.infer([asked(sound)])
    assert 0 <= answer.probability <= 1
    assert answer.engine == NAME


def test_silence_and_hostile_numbers_are_answered_too(engine) -> None:
    told = engine.infer([asked(np.zeros(RATE)), asked(np.full(RATE, 1.0)), asked(np.full(RATE, 1e-30))])
    assert all(0 <= answer.probability <= 1 for answer in told)


def test_the_newest_eight_seconds_count_behind_zeros() -> None:
    short = levelled(np.full(100, 0.5, np.float32))
    assert short.shape == (WINDOW,)
    assert np.ptp(short[:-100]) == 0
    assert short[-1] > short[0]
    ramp = np.arange(WINDOW + 5, dtype=np.float32)
    assert np.array_equal(levelled(ramp), levelled(ramp[5:]))
    assert levelled(ramp).mean() == pytest.approx(0, abs=1e-3)
    assert levelled(ramp).std() == pytest.approx(1, abs=1e-3)


def test_how_loud_it_was_recorded_makes_no_difference() -> None:
    sound = np.random.default_rng(2).normal(0, 0.1, 3 * RATE).astype(np.float32)
    assert np.abs(levelled(0.2 * sound) - levelled(sound)).max() < 0.02


def test_without_the_wheel_the_command_that_brings_it_is_told(monkeypatch) -> None:
    monkeypatch.setattr(turn_smart.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(EngineUnavailable, match="make run TURNS=1"):
        SmartTurn().load(Settings())


def test_another_net_is_never_opened(monkeypatch, tmp_path: Path) -> None:
    other = tmp_path / "net.onnx"
    other.write_bytes(b"not the published one")
    monkeypatch.setattr(turn_smart, "_path", lambda: other)
    with pytest.raises(EngineUnavailable, match="sha256"):
        SmartTurn().load(Settings())


def test_the_wheels_code_is_not_imported(engine) -> None:
    assert not [name for name in sys.modules if name.split(".")[0] == "pipecat"]


def test_a_sentence_that_is_over_sounds_so_and_one_that_goes_on_does_not(engine, datasets) -> None:
    over, going = (
        read_recording("asr/cards_001.flac"),
        read_recording("asr/librivox_sense_0880.flac")[: round(0.75 * RATE)],
    )
    said, more = engine.infer([asked(over), asked(going)])
    assert said.probability > 0.5 > more.probability
