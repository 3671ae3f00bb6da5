"""Composed triples: the same each time, spoilt one part at a time."""

from __future__ import annotations

import numpy as np
import pytest

from core.types import MODALITIES
from models.training import evaluate_fusion as measured
from models.training.triples import SPOILT, compose, read_all


@pytest.fixture(scope="module")
def triples(datasets):
    return compose("valid", 14)


@pytest.fixture(scope="module")
def answer():
    return measured.load_engines()


@pytest.mark.slow
def test_triples_are_the_same_each_time_and_cover_each_label_evenly(triples, datasets) -> None:
    again = compose("valid", 14)
    assert [t.text for t in again] == [t.text for t in triples]
    assert np.bincount([t.label for t in triples]).tolist() == [2] * 7
    assert all(t.face.shape == (48, 48) and len(t.text) > 0 for t in triples)


@pytest.mark.slow
def test_spoiling_touches_its_own_part_only(triples) -> None:
    random = np.random.default_rng(1)
    for modality, spoil in SPOILT.items():
        spoilt = spoil(triples[0], random)
        same = {
            "face": np.array_equal(spoilt.face, triples[0].face),
            "voice": np.array_equal(spoilt.voice.samples, triples[0].voice.samples),
            "text": spoilt.text == triples[0].text,
        }
        assert [m for m, is_same in same.items() if not is_same] == [modality]
    assert spoilt.text == " ".join(triples[0].text.split()[:2])


@pytest.mark.slow
def test_spoilt_input_has_less_quality(triples, answer) -> None:
    random = np.random.default_rng(1)
    clean = read_all(triples, answer)
    for modality, spoil in SPOILT.items():
        spoilt = read_all([spoil(t, random) for t in triples], answer, is_noisy=modality == "voice")
        mean = [np.mean([r[modality].quality.score for r in rs]) for rs in (clean, spoilt)]
        assert mean[1] < mean[0], modality
        assert all(r[m].probs.sum() == pytest.approx(1.0, abs=1e-4) for r in spoilt for m in MODALITIES)
