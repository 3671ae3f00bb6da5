"""Which voices train, live windows, and what augmentation does and keeps."""

from __future__ import annotations

import numpy as np
import pytest

from core.estimation.log_mel import BANDS, FRAMES, WINDOW, log_mel, mel_bank
from core.types import EMOTIONS
from models.training import voice_data
from models.training.voice_data import (
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
from tests.models.training.made_up_voices import RAVDESS, made_up, needs_speech, sound


def test_training_pictures_are_serving_pictures_when_nothing_is_varied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_data, "_BANKS", [mel_bank()])
    monkeypatch.setattr(voice_data, "_mask", lambda picture, random: None)
    windows = live_windows(sound())
    np.testing.assert_array_equal(random_pictures(windows, np.random.default_rng(0)), log_mel(windows))


def test_tess_never_trains() -> None:
    assert "TESS" not in TRAINED_ON


@pytest.mark.slow
@needs_speech
def test_no_held_out_speaker_trains_and_calm_is_neutral() -> None:
    sets = {split: read_corpus(RAVDESS, split) for split in ("train", "valid", "test")}
    speakers = {split: {recording.speaker for recording in own} for split, own in sets.items()}
    assert [len(speakers[split]) for split in ("train", "valid", "test")] == [14, 2, 4]
    assert not speakers["train"] & (speakers["valid"] | speakers["test"])
    assert not speakers["valid"] & speakers["test"]
    labels = [recording.label for recording in sets["test"]]
    assert labels.count(EMOTIONS.index("neutral")) == 16 + 32


@pytest.mark.slow
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
