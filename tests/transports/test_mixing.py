"""Channels to one: nothing that is heard on one of them may be lost."""

from __future__ import annotations

import numpy as np
import pytest

from core.transports.mixing import Mixer
from tests.transports.recordings import tone


def _mixed(channels: np.ndarray, run: int = 1600) -> np.ndarray:
    mixer = Mixer()
    return np.concatenate([mixer.mono(channels[:, at : at + run]) for at in range(0, channels.shape[1], run)])


@pytest.mark.parametrize("inverted", [-1.0, -0.8, -1.1])
@pytest.mark.parametrize("run", [37, 1600, 16_000])
def test_inverted_channel_does_not_silence_the_other(inverted, run) -> None:
    voice = tone(1.0)
    heard = _mixed(np.stack([voice, inverted * voice]), run)
    assert np.abs(heard).max() == pytest.approx(0.3 * max(1.0, -inverted), abs=0.02)


def test_equal_channels_are_heard_as_they_are() -> None:
    voice = tone(1.0)
    assert _mixed(np.stack([voice, voice])) == pytest.approx(voice, abs=1e-6)


@pytest.mark.parametrize("count", [2, 6, 8])
def test_one_voice_among_silent_channels_is_the_mean(count) -> None:
    voice = tone(1.0)
    channels = np.zeros((count, len(voice)), np.float32)
    channels[1] = voice
    assert _mixed(channels) == pytest.approx(voice / count, abs=1e-6)


def test_channels_with_nothing_in_common_are_the_mean() -> None:
    channels = np.random.default_rng(1).normal(0, 0.1, (2, 16_000)).astype(np.float32)
    assert _mixed(channels) == pytest.approx(channels.mean(axis=0), abs=1e-6)


def test_speech_that_is_inverted_from_the_middle_on_is_heard_to_its_end() -> None:
    voice = tone(4.0)
    sign = np.where(np.arange(len(voice)) < 32_000, 1.0, -1.0).astype(np.float32)
    heard = _mixed(np.stack([voice, sign * voice]))
    assert np.abs(heard[-16_000:]).max() == pytest.approx(0.3, abs=0.02)


def test_silence_and_nothing_stay_so() -> None:
    assert not _mixed(np.zeros((2, 3200), np.float32)).any()
    assert Mixer().mono(np.zeros((2, 0), np.float32)).shape == (0,)


def test_stream_that_changes_its_number_of_channels_is_mixed_anew() -> None:
    mixer, voice = Mixer(), tone(0.5)
    mixer.mono(np.stack([voice, -voice]))
    assert mixer.mono(voice[None]) == pytest.approx(voice)
    assert mixer.mono(np.stack([voice] * 3)) == pytest.approx(voice, abs=1e-6)
