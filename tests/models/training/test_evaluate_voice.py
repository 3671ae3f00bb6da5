"""How the voice files are measured: by leg, by window and by recording, each speaker and sex by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.types import EMOTIONS
from models.training.evaluate_voice import judge_set, read_facts, voice_table
from models.training.export_voice_rows import Legs
from tests.models.training.made_up_voices import NEMO, RAVDESS, made_up

COUNT = 14
FACTS, BOTH = {"temperature": 1.5}, {"share": 1.0, "temperature": 2.0}


@pytest.fixture(scope="module")
def judged() -> dict:
    """Two windows a recording; the second leg is right, the first has nothing to say."""
    recordings = [replace(r, sex="female" if k < 7 else "male") for k, r in enumerate(made_up(COUNT))]
    owners = np.repeat(np.arange(COUNT), 2)
    targets = np.array([r.label for r in recordings])[owners]
    right = 8 * np.eye(len(EMOTIONS), dtype=np.float32)[targets]
    return judge_set(Legs(np.zeros_like(right), right, targets, owners), recordings, FACTS, BOTH)


def test_recordings_and_their_windows_are_counted_apart(judged: dict) -> None:
    assert judged["recordings"]["pictures"] == COUNT
    assert judged["windows"]["pictures"] == 2 * COUNT


def test_each_leg_has_figures_of_its_own(judged: dict) -> None:
    told = [part["recordings"]["accuracy"] for part in (judged, judged["first"], judged["second"])]
    assert told[0] == told[2] == 1.0
    assert told[1] < 0.5


def test_each_speaker_and_sex_has_a_figure(judged: dict) -> None:
    assert sorted(judged["by_speaker"]) == sorted(recording.speaker for recording in made_up(COUNT))
    assert judged["by_sex"] == {"female": 1.0, "male": 1.0}


def test_table_names_every_set_the_sexes_and_the_temperature(judged: dict) -> None:
    sets = {RAVDESS: judged, NEMO: judged, "RAVDESS at 0 dB": judged}
    told = {"sets": sets, "share": 1.0, "temperature": 2.0, "pooled_confidence": judged["windows_confidence"]}
    text = "\n".join(voice_table(told))
    assert all(f"| {name} |" in text for name in sets)
    assert "nEMO female 1.00, male 1.00" in text
    assert text.endswith("temperature 2.0")


def test_the_sidecars_of_both_legs_hold_what_they_are_added_by() -> None:
    assert read_facts()["temperature"] > 0
    assert read_facts(name="voice_rows")["share"] > 0
