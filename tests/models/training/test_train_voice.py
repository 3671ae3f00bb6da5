"""The voice trainer: even draws, what a corpus cannot teach, resuming."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.estimation.log_mel import WINDOW, log_mel
from models.training import export_voice, train_voice
from models.training.train_voice import draw, follow, known_labels, loss_of
from models.training.voice_data import TRAINED_ON, window_of
from tests.models.training.made_up_voices import DISGUST, NEMO, RAVDESS, made_up, sound, tiny_net


def test_training_and_serving_see_the_same_features() -> None:
    assert train_voice.log_mel is export_voice.log_mel is log_mel


def test_epoch_holds_either_corpus_and_each_class_evenly() -> None:
    recordings = [r for r in made_up(280) if r.label == 0 or int(r.speaker.split("_")[1]) < 140]  # neutral is commoner
    drawn = draw(recordings, np.random.default_rng(0))
    for corpus in TRAINED_ON:
        own = [r.label for r in drawn if r.corpus == corpus]
        assert len(own) == train_voice.EPOCH // 2
        counts = np.bincount(own)
        counts = counts[counts > 0]
        assert counts.min() > 0.75 * counts.mean()
        assert counts.max() < 1.25 * counts.mean()


def test_nemo_teaches_nothing_about_disgust() -> None:
    recordings = made_up()
    known = known_labels(recordings)
    pictures = torch.from_numpy(log_mel(np.stack([window_of(sound(2.0), WINDOW)] * 2)))

    def gradient(corpus: str) -> float:
        net = tiny_net()
        part = [r for r in recordings if r.corpus == corpus][:2]
        loss_of(net, pictures, part, known, mix=0.123).backward()
        return float(net.tell.weight.grad[DISGUST].abs().max())

    assert gradient(NEMO) == pytest.approx(0, abs=1e-6)
    assert gradient(RAVDESS) > 1e-3


def test_average_follows_the_net() -> None:
    slow, net = tiny_net(), tiny_net()
    before = slow.tell.bias.detach().clone()
    with torch.no_grad():
        net.tell.bias += 1
    follow(slow, net, 0.9)
    assert torch.allclose(slow.tell.bias, before + 0.1, atol=1e-5)


@pytest.mark.slow
def test_resumed_training_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recordings = made_up(16)
    monkeypatch.setattr(train_voice, "read_corpus", lambda corpus, split: [r for r in recordings if r.corpus == corpus])
    monkeypatch.setattr(train_voice, "EPOCH", 8)
    monkeypatch.setattr(train_voice, "BATCH", 4)
    train_voice.train(tmp_path, epochs=1, seed=1, resume=False)
    first = torch.load(tmp_path / "last.pt", weights_only=False)["state"]
    saved = torch.load(tmp_path / "last.pt", weights_only=False)
    saved["state"]["epochs"] = 2
    torch.save(saved, tmp_path / "last.pt")
    train_voice.train(tmp_path, epochs=2, seed=1, resume=True)
    state = torch.load(tmp_path / "last.pt", weights_only=False)["state"]
    assert (first["epoch"], state["epoch"]) == (1, 2)
    assert state["minutes"] > first["minutes"]
