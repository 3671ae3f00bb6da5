"""The text engine on its shipped weights: meaning, odd texts, one answer each; and that changed files are refused."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from core.engines.requests import ClassifyText
from core.errors import EngineUnavailable
from core.settings import Settings
from core.types import EMOTIONS
from models._sidecar import WEIGHTS
from models.text_compact import ENGINE, CompactTextNet


@pytest.fixture(scope="module")
def engine():
    ENGINE.load(Settings())
    return ENGINE


def read(engine, *texts):
    (scores,) = engine.infer([ClassifyText(texts, "en")])
    return scores


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I love this, thank you so much", "happy"),
        ("i miss her so much i just want to cry", "sad"),
        ("How dare you! I hate you, you make me furious", "angry"),
        ("I'm so scared, I am terrified of what might happen", "fear"),
        ("That is disgusting, it makes me sick", "disgust"),
        ("Wow! Oh my god, I can't believe it, what a surprise!", "surprise"),
        ("The meeting is on the second floor.", "neutral"),
    ],
)
def test_plain_sentence_is_read_as_a_person_would(engine, text, label):
    assert EMOTIONS[read(engine, text).logits[0].argmax()] == label


def test_case_and_closing_mark_do_not_turn_a_reading(engine):
    rows = read(engine, "I am so sad today.", "i am so sad today", "I AM SO SAD TODAY").logits
    assert {EMOTIONS[row.argmax()] for row in rows} == {"sad"}


@pytest.mark.parametrize(
    "text",
    ["", "   ", "😭😭", "...", "今日はとても悲しい", "мне грустно", "a" * 100_000, "so sad " * 15_000, "\x00\ud83d"],
)
def test_odd_text_gives_finite_numbers(engine, text):
    logits = read(engine, text).logits
    assert logits.shape == (1, 7)
    assert np.isfinite(logits).all()


def test_requests_are_answered_apart_and_in_order(engine):
    first, second = engine.infer([ClassifyText(("I love it", "so sad"), "en"), ClassifyText(("so sad",), "en")])
    assert first.logits.shape == (2, 7)
    np.testing.assert_array_equal(first.logits[1], second.logits[0])
    assert first.engine == "text_compact"
    assert engine.infer([ClassifyText((), "en")])[0].logits.shape == (0, 7)


def test_only_the_first_characters_are_read(engine):
    text = "I am happy. " * 400
    np.testing.assert_array_equal(read(engine, text).logits, read(engine, text + "I hate it").logits)


def test_missing_weights_are_told_with_the_command(tmp_path):
    with pytest.raises(EngineUnavailable, match="git checkout models/weights"):
        CompactTextNet(tmp_path).load(Settings())


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"sha256": "0"}, "sha256"), ({"temperature": None}, "text_compact.json"), ({"labels": None}, "json")],
)
def test_garbled_sidecar_is_refused(tmp_path, changes, told):
    facts = json.loads((WEIGHTS / "text_compact.json").read_text())
    (tmp_path / "text_compact.json").write_text(json.dumps(facts | changes))
    shutil.copy(WEIGHTS / "text_compact.onnx", tmp_path)
    with pytest.raises(EngineUnavailable, match=told):
        CompactTextNet(tmp_path).load(Settings())


def test_shipped_file_stays_within_ten_megabytes():
    assert (WEIGHTS / "text_compact.onnx").stat().st_size <= 10_000_000
