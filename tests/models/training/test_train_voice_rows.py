"""The trainer of the second leg: even draws, hidden stretches, what a corpus cannot teach, and that it learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.training import train_voice_rows
from models.training.train_voice import known_labels
from models.training.train_voice_rows import LEAST_ROWS, Corpus, corpus_of, draw, filled, fit, hide, loss_of, rate_at
from models.training.voice_data import TRAINED_ON
from models.training.voice_rows import together
from models.training.voice_rows_net import WIDTH, VoiceRowsNet
from tests.models.training.made_up_voices import DISGUST, NEMO, RAVDESS, made_up


def corpora(count: int = 56) -> list[Corpus]:
    """Rows in which the label can be heard: it is the number that stands out."""
    recordings, random = made_up(count), np.random.default_rng(0)
    told = []
    for name in TRAINED_ON:
        own = [r for r in recordings if r.corpus == name]
        parts = [random.normal(0, 1, (8 + k % 20, WIDTH)).astype(np.float32) for k in range(len(own))]
        for part, recording in zip(parts, own, strict=True):
            part[:, recording.label * 20 : recording.label * 20 + 20] += 2.0
        told.append(corpus_of(together(parts, list(range(len(own)))), own, known_labels(recordings)[name]))
    return told


def test_half_of_a_batch_is_of_either_corpus_and_what_it_lacks_is_no_target() -> None:
    batch = draw(corpora(), np.random.default_rng(3))
    assert batch.rows.shape == (train_voice_rows.BATCH, train_voice_rows.LONGEST, WIDTH)
    lacks = batch.known[:, DISGUST] < 0
    assert int(lacks.sum()) == train_voice_rows.BATCH // 2
    assert float(batch.targets[lacks, DISGUST].max()) == 0
    assert torch.allclose(batch.targets.sum(dim=1), torch.ones(train_voice_rows.BATCH))


def test_classes_are_drawn_evenly() -> None:
    odds = corpora(200)[0]
    by_class = np.bincount(odds.labels, odds.odds)
    assert by_class == pytest.approx(np.full(7, 1 / 7), abs=1e-6)


def test_hidden_stretches_leave_enough_of_each_window() -> None:
    _, is_there = filled([np.ones((count, 4), np.float32) for count in (2, 6, 27)])
    before = is_there.sum(dim=1)
    for seed in range(20):
        hidden = is_there.clone()
        hide(hidden, np.random.default_rng(seed))
        left = hidden.sum(dim=1)
        assert bool((left <= before).all())
        assert bool((left >= torch.minimum(before, torch.tensor(LEAST_ROWS))).all())


def test_nemo_teaches_nothing_about_disgust() -> None:
    made = dict(zip(TRAINED_ON, corpora(), strict=True))

    def gradient(name: str) -> float:
        torch.manual_seed(0)
        net = VoiceRowsNet().eval()
        loss_of(net, draw([made[name]], np.random.default_rng(3))).backward()
        return float(net.tell.weight.grad[DISGUST].abs().max())

    assert gradient(NEMO) == pytest.approx(0, abs=1e-6)
    assert gradient(RAVDESS) > 1e-3


def test_the_rate_rises_shortly_and_falls_to_nothing() -> None:
    rates = [rate_at(done / 100) for done in range(101)]
    assert rates[0] == 0
    assert max(rates) == pytest.approx(train_voice_rows.PEAK_RATE, rel=0.01)
    assert rates[100] == pytest.approx(0, abs=1e-9)


@pytest.mark.slow
def test_what_can_be_heard_is_learned_and_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = corpora()
    monkeypatch.setattr(train_voice_rows, "STEPS", 30)
    monkeypatch.setattr(train_voice_rows, "read_training", lambda _folder: made)
    saved = torch.load(train_voice_rows.train(tmp_path, epochs=2, seed=1), weights_only=False)
    net = fit(made, 2, 1).eval()
    rows, is_there = filled([made[0].rows.of(k) for k in range(len(made[0].labels))])
    with torch.no_grad():
        guesses = net(rows, is_there).argmax(dim=1).numpy()
    assert (guesses == made[0].labels).mean() > 0.9
    assert saved["state"]["epochs"] == 2
    assert all(torch.allclose(saved["net"][name], value) for name, value in net.state_dict().items())
