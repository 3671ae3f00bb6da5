"""The written file of the second leg is the net, and how much it counts is fitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from core.engines.requests import ClassifyVoice, EncodeSpeech
from core.settings import Settings
from core.types import EMOTIONS
from models._sidecar import WEIGHTS
from models.encode_moonshine import ENGINE as ENCODER
from models.training.evaluate_voice import read_facts
from models.training.export_voice_rows import NAME, Legs, fit_share, legs_of, open_leg, write_graph
from models.training.voice_data import Recording, live_windows
from models.training.voice_rows import load_encoder
from models.training.voice_rows_net import WIDTH, VoiceRowsNet
from models.voice_compact import ENGINE
from tests.models.training.made_up_voices import sound


def test_written_file_equals_the_net_whatever_the_length(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = VoiceRowsNet().eval()
    write_graph(net, tmp_path / f"{NAME}.onnx")
    session = open_leg(tmp_path, NAME)
    for count in (1, 6, 27):
        rows = np.random.default_rng(count).normal(0, 1, (1, count, WIDTH)).astype(np.float32)
        with torch.no_grad():
            wanted = net(torch.from_numpy(rows)).numpy()
        np.testing.assert_allclose(session.run(["logits"], {"rows": rows})[0], wanted, atol=1e-3)


def test_figures_are_made_with_what_the_engines_answer() -> None:
    for engine in (ENCODER, ENGINE):
        engine.load(Settings())
    samples = sound(1.2)  # each of its windows has rows of its own
    windows = live_windows(samples)
    (encoded,) = ENCODER.infer([EncodeSpeech(windows)])
    (answer,) = ENGINE.infer([ClassifyVoice(windows, encoded)])
    facts = read_facts(name=NAME)
    legs = legs_of([Recording(samples, 0, "a", "RAVDESS")], WEIGHTS, load_encoder())
    np.testing.assert_allclose(legs.both(facts["share"]), answer.logits, atol=0.05)
    assert answer.temperature == facts["temperature"]


def legs(sure: float, seed: int) -> Legs:
    """A first leg that knows nothing, and a second that is right as far as it is sure."""
    random = np.random.default_rng(seed)
    targets = random.integers(0, len(EMOTIONS), 300)
    noise = random.normal(0, 1, (2, 300, len(EMOTIONS))).astype(np.float32)
    return Legs(noise[0], noise[1] + sure * np.eye(len(EMOTIONS), dtype=np.float32)[targets], targets, targets)


def test_a_leg_that_is_right_counts_and_one_that_knows_nothing_does_not() -> None:
    right, _ = fit_share([legs(4.0, 1), legs(4.0, 2)])
    useless = Legs(legs(4.0, 1).second, legs(0.0, 3).first, legs(4.0, 1).targets, legs(4.0, 1).owners)
    none, temperature = fit_share([useless])
    assert right >= 0.6
    assert none <= 0.2
    assert temperature > 0
