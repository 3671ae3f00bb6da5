"""How the voice file is measured: by window and by recording, each speaker by itself."""

from __future__ import annotations

import onnxruntime
import pytest

from models.training.evaluate_voice import NAME, WEIGHTS, judge_set, read_facts, voice_table
from tests.models.training.made_up_voices import NEMO, RAVDESS, made_up


@pytest.fixture(scope="module")
def judged() -> dict:
    session = onnxruntime.InferenceSession(WEIGHTS / f"{NAME}.onnx", providers=["CPUExecutionProvider"])
    return judge_set(session, made_up(8), read_facts()["temperature"])


def test_recordings_and_their_windows_are_counted_apart(judged: dict) -> None:
    assert judged["recordings"]["pictures"] == 8
    assert judged["windows"]["pictures"] > 8
    assert 0 <= judged["recordings"]["accuracy"] <= 1


def test_each_speaker_has_a_figure(judged: dict) -> None:
    assert sorted(judged["by_speaker"]) == sorted(recording.speaker for recording in made_up(8))


def test_table_names_every_set_and_the_temperature(judged: dict) -> None:
    sets = {RAVDESS: judged, NEMO: judged, "RAVDESS at 0 dB": judged}
    told = {"sets": sets, "temperature": 1.5, "pooled_confidence": judged["windows_confidence"]}
    text = "\n".join(voice_table(told))
    assert all(f"| {name} |" in text for name in sets)
    assert text.endswith("temperature 1.5")
