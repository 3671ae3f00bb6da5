"""How the face file is measured: what is judged, both ways round, and the sidecar."""

from __future__ import annotations

import numpy as np
import pytest

from core.types import EMOTIONS
from models.training.evaluate_face import JUDGED, judge_head, predict_both_ways, read_facts
from models.training.export_face import OUTPUTS, WEIGHTS


def test_sidecar_names_the_heads_that_are_judged() -> None:
    facts = read_facts()
    assert facts["live_head"] in OUTPUTS
    assert set(JUDGED) == set(OUTPUTS) == set(facts["temperature"])


def test_pictures_without_a_target_are_left_out_and_contempt_is_wrong() -> None:
    logits = 9 * np.eye(len(EMOTIONS), dtype=np.float32)[[1, 2, 3, 4] * 5]
    told = judge_head(logits, logits, np.array([1, -1, 7, 4] * 5), 1.0)
    assert told["plain"]["pictures"] == 15
    assert told["plain"]["accuracy"] == pytest.approx(2 / 3)
    assert told["with_flip"] == told["plain"]


def test_flip_asks_a_picture_and_its_mirror() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (3, 48, 48), dtype=np.uint8)
    plain, mirrored = predict_both_ways(pictures, WEIGHTS)
    of_mirror, back = predict_both_ways(np.ascontiguousarray(pictures[:, :, ::-1]), WEIGHTS)
    for head in OUTPUTS:
        np.testing.assert_allclose(mirrored[head], of_mirror[head], atol=1e-4)
        np.testing.assert_allclose(plain[head], back[head], atol=1e-4)
