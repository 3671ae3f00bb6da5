"""The shelf of the companion's sounds: a minute, an owner, a limit."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest

from core.companion import sound_shelf as sounds
from core.companion.sound_shelf import KEPT_S, SoundShelf, as_wav
from core.engines.requests import Sound


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def sound(seconds: float = 0.1) -> Sound:
    return Sound(np.full(int(22_050 * seconds), 0.5, np.float32), 22_050, (), "voice")


def test_sound_is_a_wav_of_its_samples() -> None:
    with wave.open(io.BytesIO(as_wav(sound()))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22_050)
        assert file.getnframes() == 2205
        assert np.frombuffer(file.readframes(1), "<i2")[0] == pytest.approx(16383, abs=2)


def test_sound_can_be_fetched_again_for_a_minute() -> None:
    clock = Clock()
    shelf = SoundShelf(clock)
    name = shelf.put("s1", sound())
    assert shelf.get("s1", name) is not None
    assert shelf.get("s1", name) is not None
    clock.now_s += KEPT_S + 0.1
    assert shelf.get("s1", name) is None


def test_names_cannot_be_guessed() -> None:
    shelf = SoundShelf()
    names = {shelf.put("s1", sound()) for _ in range(50)}
    assert len(names) == 50
    assert min(map(len, names)) >= 32
    assert shelf.get("s1", "s1") is None


def test_sounds_of_an_ended_session_are_gone_and_no_others() -> None:
    shelf = SoundShelf()
    mine, other = shelf.put("s1", sound()), shelf.put("s2", sound())
    shelf.clear("s1")
    assert shelf.get("s1", mine) is None
    assert shelf.get("s2", other) is not None


def test_shelf_is_bounded_and_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sounds, "MOST_BYTES", 20_000)
    shelf = SoundShelf()
    names = [shelf.put("s1", sound()) for _ in range(10)]
    assert shelf.get("s1", names[0]) is None
    assert shelf.get("s1", names[-1]) is not None


def test_sound_of_another_session_is_not_there() -> None:
    shelf = SoundShelf()
    name = shelf.put("s1", sound())
    assert shelf.get("s2", name) is None
    assert shelf.get("s1", name) is not None
