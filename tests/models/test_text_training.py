"""The text trainer: what never trains, one way of reading for training and serving, resuming, the written file."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models._text_features import WIDTH, read_text
from models.training.export_text import LIVE, SEVERAL, Shipped, open_session, run_file, write_graph
from models.training.face_data import datasets_folder
from models.training.text_data import TextSet, batches, draw_pass, key, load_training, number_words, read_split
from models.training.text_net import TextNet
from models.training.train_text import Plan, f1_at, fit_thresholds, learning_rate, predict, start_run, train_epoch

pytestmark = pytest.mark.slow

TINY = Plan(epochs=2, batch=4, size=8, hidden=4)
TEXTS = ["I am happy", "so sad!", "what is this", "you make me angry", "boo", "yuck, gross"]
needs_texts = pytest.mark.skipif(
    not (datasets_folder() / "text" / "goemotions.parquet").exists(),
    reason=f"no text tables in {datasets_folder()}; set ATTUNE_DATASETS",
)


def made_up_texts() -> TextSet:
    texts = TEXTS * 4
    targets = np.eye(7, dtype=np.float32)[np.arange(len(texts)) % 7]
    return TextSet(texts, targets, np.arange(len(texts)) % 2, np.array(["en"] * len(texts), object))


@needs_texts
def test_no_held_out_text_trains() -> None:
    training = load_training()
    test = read_split("goemotions", "test")
    mine = {key(text) for text, corpus in zip(training.texts, training.corpus, strict=True) if corpus == 0}
    assert not mine & {key(text) for text in test.texts}
    assert len(training) > 150_000


def test_training_and_serving_read_a_text_alike() -> None:
    words = number_words(TEXTS)
    for text, row in zip(TEXTS, words.rows, strict=True):
        np.testing.assert_array_equal(words.places[row], read_text(text))


def test_batches_hold_every_drawn_text_once() -> None:
    texts, random = made_up_texts(), np.random.default_rng(0)
    drawn = draw_pass(texts, random)
    parts = [part for part, _ in batches(number_words(texts.texts), drawn, 4, random)]
    assert sorted(np.concatenate(parts)) == sorted(drawn)


def test_schedule_rises_then_falls_to_nothing() -> None:
    rates = [learning_rate(done, Plan()) for done in np.linspace(0, 1, 101)]
    assert max(rates) <= Plan().peak_rate
    assert rates[-1] == pytest.approx(0, abs=1e-9)


def test_resumed_run_equals_one_that_never_stopped(tmp_path) -> None:
    texts = made_up_texts()
    words = number_words(texts.texts)
    whole = start_run(TINY)
    train_epoch(whole, texts, words, TINY)
    whole.save(tmp_path / "last.pt", TINY)
    train_epoch(whole, texts, words, TINY)
    resumed = start_run(Plan(**{**vars(TINY), "seed": 5}))
    resumed.load(tmp_path / "last.pt")
    train_epoch(resumed, texts, words, TINY)
    for name, value in whole.net.state_dict().items():
        assert torch.equal(value, resumed.net.state_dict()[name]), name


def test_written_file_reads_like_the_net(tmp_path) -> None:
    torch.manual_seed(0)
    net = TextNet(8, 4).eval()
    write_graph(Shipped(net), tmp_path / "net.onnx")
    found = run_file(open_session(tmp_path / "net.onnx"), TEXTS)
    several, one = predict(net, number_words(TEXTS), size=1)
    np.testing.assert_allclose(found[SEVERAL], several, atol=0.05)
    np.testing.assert_allclose(found[LIVE], one, atol=0.05)


def test_lost_places_change_a_token_and_none_lost_does_not() -> None:
    net, places = TextNet(8, 4), torch.from_numpy(read_text("wonderful"))
    assert places.shape[1] == WIDTH
    assert torch.equal(net.token_vectors(places), net.token_vectors(places))
    assert not torch.equal(net.token_vectors(places, 0.9), net.token_vectors(places))


def test_thresholds_find_where_a_label_begins() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 1.5, (500, 7)).astype(np.float32)
    targets = (logits > -0.55).astype(np.float32)
    thresholds = fit_thresholds(logits, targets)
    assert np.allclose(thresholds, -0.55, atol=0.15)
    assert f1_at(logits, targets, thresholds) > 0.97
