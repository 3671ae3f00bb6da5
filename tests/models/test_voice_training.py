"""The voice trainer: one set of features, what trains, live windows, augmentation; the written file is the net."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from core.engines.requests import ClassifyVoice
from core.estimation.log_mel import BANDS, FRAMES, WINDOW, log_mel, mel_bank
from core.settings import Settings
from core.types import EMOTIONS
from models.training import train_voice, voice_data
from models.training.export_face import halve_weights
from models.training.export_voice import run_file, write_graph
from models.training.train_voice import draw, follow, known_labels, loss_of
from models.training.voice_data import (
    DATASETS,
    TRAINED_ON,
    Recording,
    add_noise,
    add_noise_to,
    coded,
    equalise,
    live_windows,
    random_pictures,
    random_windows,
    read_corpus,
    reverberate,
    trim,
    window_of,
)
from models.training.voice_net import VoiceNet
from models.voice_compact import ENGINE

RAVDESS, NEMO = TRAINED_ON
DISGUST = EMOTIONS.index("disgust")
needs_speech = pytest.mark.skipif(
    not (DATASETS / "speech").exists(), reason=f"no recordings in {DATASETS}; set ATTUNE_DATASETS"
)


def sound(seconds: float = 2.5, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, int(seconds * 16_000)).astype(np.float32)


def made_up(count: int = 28) -> list[Recording]:
    """Both corpora by turns; nEMO without disgust."""
    told = []
    for place in range(count):
        corpus, label = TRAINED_ON[place % 2], place // 2 % 7
        label = 0 if corpus == NEMO and label == DISGUST else label
        told.append(Recording(sound(1.0 + place % 3, place), label, f"{corpus}_{place}", corpus))
    return told


def tiny_net() -> VoiceNet:
    torch.manual_seed(0)
    return VoiceNet().eval()


def test_training_pictures_are_serving_pictures_when_nothing_is_varied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_data, "_BANKS", [mel_bank()])
    monkeypatch.setattr(voice_data, "_mask", lambda picture, random: None)
    windows = live_windows(sound())
    np.testing.assert_array_equal(random_pictures(windows, np.random.default_rng(0)), log_mel(windows))


def test_figures_are_made_with_what_the_engine_answers() -> None:
    ENGINE.load(Settings())
    session = onnxruntime.InferenceSession(ENGINE._folder / "voice_compact.onnx", providers=["CPUExecutionProvider"])
    windows = live_windows(sound())
    (answer,) = ENGINE.infer([ClassifyVoice(windows)])
    np.testing.assert_allclose(run_file(session, windows), answer.logits, atol=1e-3)


def test_written_file_equals_the_net(tmp_path: Path) -> None:
    net, path = tiny_net(), tmp_path / "net.onnx"
    write_graph(net, path)
    whole_bytes = path.stat().st_size
    halve_weights(path)
    windows = live_windows(sound())
    found = run_file(onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]), windows)
    with torch.no_grad():
        wanted = net(torch.from_numpy(log_mel(windows))).numpy()
    assert found.shape == (len(windows), len(EMOTIONS))
    np.testing.assert_allclose(found, wanted, atol=5e-3)
    assert path.stat().st_size < whole_bytes


def test_tess_never_trains() -> None:
    assert "TESS" not in TRAINED_ON


@needs_speech
def test_no_held_out_speaker_trains_and_calm_is_neutral() -> None:
    sets = {split: read_corpus(RAVDESS, split) for split in ("train", "valid", "test")}
    speakers = {split: {recording.speaker for recording in own} for split, own in sets.items()}
    assert [len(speakers[split]) for split in ("train", "valid", "test")] == [14, 2, 4]
    assert not speakers["train"] & (speakers["valid"] | speakers["test"])
    assert not speakers["valid"] & speakers["test"]
    labels = [recording.label for recording in sets["test"]]
    assert labels.count(EMOTIONS.index("neutral")) == 16 + 32


@needs_speech
def test_silence_around_real_speech_is_cut_off() -> None:
    recordings = read_corpus(RAVDESS, "valid")
    seconds = [len(recording.samples) / 16_000 for recording in recordings]
    assert 0.8 < np.median(seconds) < 2.8  # of 3.7 s with a second of silence on either side


def test_trim_keeps_the_speech_and_its_pauses() -> None:
    quiet, loud = np.zeros(16_000, np.float32), sound(1.0)
    trimmed = trim(np.concatenate([quiet, loud, quiet, loud, quiet]))
    assert len(trimmed) == 3 * 16_000


def test_live_windows_end_every_half_second_with_zeros_before_short_speech() -> None:
    speech = sound(2.5)
    windows = live_windows(speech)
    assert windows.shape == (5, WINDOW)
    assert not windows[0, : WINDOW - 8_000].any()
    np.testing.assert_array_equal(windows[0, -8_000:], speech[:8_000])
    np.testing.assert_array_equal(windows[-1], speech[-WINDOW:])


@pytest.mark.parametrize("seconds", [0.3, 0.5, 0.8, 6.1])
def test_live_windows_reach_the_end_of_any_speech(seconds: float) -> None:
    windows = live_windows(sound(seconds))
    assert windows.dtype == np.float32
    assert (windows[-1, -100:] != 0).any()
    assert len(windows) >= 1


def test_random_windows_and_pictures_repeat_with_their_seed() -> None:
    recordings = made_up(4)

    def made(seed: int) -> np.ndarray:
        random = np.random.default_rng(seed)
        return random_pictures(random_windows(recordings, random), random)

    assert made(1).shape == (4, BANDS, FRAMES)
    np.testing.assert_array_equal(made(1), made(1))
    assert not np.array_equal(made(1), made(2))


def test_augmentation_keeps_length_finite_numbers_and_its_input() -> None:
    recording = made_up(1)[0]
    before = recording.samples.copy()
    windows = random_windows([recording] * 40, np.random.default_rng(3))
    assert windows.shape == (40, WINDOW)
    assert windows.dtype == np.float32
    assert np.isfinite(windows).all()
    np.testing.assert_array_equal(recording.samples, before)


@pytest.mark.parametrize("ratio_db", [20.0, 10.0, 0.0])
def test_noise_has_the_ratio_asked_for(ratio_db: float) -> None:
    clean = Recording(sound(2.0), 0, "a", RAVDESS)
    random = np.random.default_rng(1)
    noisy = add_noise_to(clean, ratio_db, random).samples
    trained = add_noise(window_of(clean.samples, WINDOW), ratio_db, random)
    for heard in (noisy, trained):
        noise = heard - clean.samples
        assert 10 * np.log10((clean.samples**2).mean() / (noise**2).mean()) == pytest.approx(ratio_db, abs=0.3)


def test_telephone_carries_nothing_high() -> None:
    spectrum = np.abs(np.fft.rfft(coded(sound(2.0), np.random.default_rng(0)))) ** 2
    hz = np.fft.rfftfreq(WINDOW, 1 / 16_000)
    assert spectrum[hz > 4_500].mean() < 0.01 * spectrum[hz < 3_000].mean()


@pytest.mark.parametrize("change", [equalise, lambda window, random: reverberate(window, 0.3, random)])
def test_room_and_microphone_change_the_window_and_keep_it_whole(change) -> None:
    window = sound(2.0)
    heard = change(window, np.random.default_rng(0))
    assert heard.shape == window.shape
    assert not np.allclose(heard, window, atol=0.01)
    assert np.corrcoef(heard, window)[0, 1] > 0.5


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
