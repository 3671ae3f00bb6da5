"""Facts beside the weights: a checksum that must fit, and columns put into the order of EMOTIONS."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import EngineUnavailable
from core.types import EMOTIONS
from models._sidecar import arranged, columns_of, read_weights


def write(folder: Path, facts: object, weights: bytes = b"weights") -> None:
    (folder / "net.onnx").write_bytes(weights)
    (folder / "net.json").write_text(facts if isinstance(facts, str) else json.dumps(facts))


def test_weights_come_with_their_facts(tmp_path: Path) -> None:
    facts = {"sha256": hashlib.sha256(b"weights").hexdigest(), "labels": ["happy"]}
    write(tmp_path, facts)
    assert read_weights(tmp_path, "net", "make train") == (facts, b"weights")


@pytest.mark.parametrize("facts", [{"sha256": "0" * 64}, {}, [], "{"])
def test_facts_that_do_not_fit_name_the_file_and_the_command(tmp_path: Path, facts: object) -> None:
    write(tmp_path, facts)
    with pytest.raises(EngineUnavailable, match=r"net\.onnx.*run: make train"):
        read_weights(tmp_path, "net", "make train")


def test_missing_files_name_the_command(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="run: make train"):
        read_weights(tmp_path, "net", "make train")


@given(st.permutations([*EMOTIONS, "contempt"]))
def test_outputs_are_put_into_the_order_of_emotions(labels: list[str]) -> None:
    outputs = np.array([[EMOTIONS.index(name) if name in EMOTIONS else 99 for name in labels]], np.float32)
    assert arranged(outputs, columns_of(labels))[0].tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_class_the_net_does_not_know_is_impossible() -> None:
    assert columns_of(["sad", "happy"]) == (None, 1, 0, None, None, None, None)
    logits = arranged(np.array([[1.0, 2.0]], np.float32), columns_of(["sad", "happy"]))[0]
    assert logits[[1, 2]].tolist() == [2.0, 1.0]
    assert np.isneginf(logits[[0, 3, 4, 5, 6]]).all()
