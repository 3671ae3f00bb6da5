"""The pleasant voice: bad input, style, mouth and sound within 25 ms of each other, and a process that hangs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from core.companion.sentences import take_sentences
from core.companion.speaking_style import emotion_speech
from core.companion.visemes import track
from core.engines.requests import Sound, SpeakText
from core.errors import EngineFailed, EngineUnavailable
from core.settings import Settings
from core.types import VisemeFrame
from models import speak_hibari
from models.speak_hibari import ENGINE, INSTALL, NET, Hibari

KEYS = "You lost your keys at work and found them again."


@pytest.fixture(scope="module")
def hibari() -> Iterator[Hibari]:
    engine = Hibari()
    engine.load(Settings())
    yield engine
    engine.close()


def say(engine: Hibari, text: str, **changes: float) -> Sound:
    (sound,) = engine.infer([SpeakText(text, "en", **changes)])
    assert isinstance(sound, Sound), sound
    return sound


def test_a_sentence_sounds_and_tells_its_phonemes(hibari: Hibari) -> None:
    sound = say(hibari, KEYS)
    assert sound.rate_hz == 24_000
    assert 2 < sound.duration_s < 5
    assert 0.1 < np.abs(sound.samples).max() < 1
    times = [phoneme.start_s for phoneme in sound.phonemes]
    assert len(times) > 25
    assert times == sorted(times)
    assert times[-1] <= sound.duration_s


@pytest.mark.parametrize("text", ["", "  ", "😀👍🏽", "...", "\x00", "***", "!?"])
def test_nothing_to_say_is_silence(hibari: Hibari, text: str) -> None:
    assert len(say(hibari, text).samples) == 0


def test_emoji_are_not_read_aloud(hibari: Hibari) -> None:
    assert say(hibari, "I hear you 😔 friend").phonemes == say(hibari, "I hear you friend").phonemes


def test_five_thousand_characters_are_said_part_by_part(hibari: Hibari) -> None:
    """As a reply comes: nothing is lost, and no part takes long to make."""
    text = ("and then I walked on, because nobody had told me where the road would end " * 67)[:5_000]
    parts = take_sentences(text, is_over=True)[0]
    assert " ".join(parts).split() == text.split()
    longest = max((say(hibari, part) for part in parts[:6]), key=lambda sound: sound.duration_s)
    assert 3 < longest.duration_s < 15


def test_five_thousand_characters_at_once_end_and_the_next_is_whole(hibari: Hibari) -> None:
    before = say(hibari, "Hello.")
    assert 10 < say(hibari, "word " * 1_000).duration_s <= 60
    assert np.array_equal(say(hibari, "Hello.").samples, before.samples)


def test_what_it_cannot_read_is_declared() -> None:
    assert not SpeakText("Привет, 你好", "en").fits(ENGINE.spec)
    assert not SpeakText("hello", "nl").fits(ENGINE.spec)
    assert not SpeakText("hello", "en", "male").fits(ENGINE.spec)
    assert SpeakText("Hello, café №5!", "en-GB").fits(ENGINE.spec)


def test_only_the_voice_that_is_inside_is_used_and_nothing_heavy_comes_into_this_process(hibari: Hibari) -> None:
    say(hibari, "Hello.")
    assert not Path("/proc/self/maps").read_text().count("hibari")


def pitch_hz(samples: np.ndarray, rate_hz: int) -> float:
    """Median of the voiced 40 ms frames, by their autocorrelation between 80 and 400 Hz."""
    size, found = round(0.04 * rate_hz), []
    for start in range(0, len(samples) - size, size // 2):
        frame = samples[start : start + size] - samples[start : start + size].mean()
        if np.square(frame).mean() < 1e-4:
            continue
        same = np.correlate(frame, frame, "full")[size - 1 :]
        lags = slice(rate_hz // 400, rate_hz // 80)
        lag = int(np.argmax(same[lags])) + lags.start
        found += [rate_hz / lag] if same[lag] > 0.5 * same[0] else []
    return float(np.median(found))


@pytest.mark.parametrize("pitch", [0.88, 1.12])
def test_pitch_moves_the_voice_by_what_was_asked(hibari: Hibari, pitch: float) -> None:
    usual, moved = (say(hibari, KEYS, pitch=share) for share in (1.0, pitch))
    assert moved.duration_s == usual.duration_s, "the pace stays"
    found = pitch_hz(moved.samples, 24_000) / pitch_hz(usual.samples, 24_000)
    assert found == pytest.approx(pitch, abs=0.03)


@pytest.mark.parametrize("rate", [0.88, 1.12])
def test_rate_moves_the_pace_by_what_was_asked(hibari: Hibari, rate: float) -> None:
    usual, moved = (say(hibari, KEYS, rate=share) for share in (1.0, rate))
    assert usual.duration_s / moved.duration_s == pytest.approx(rate, abs=0.06)


def test_sad_is_slower_and_lower_and_happy_quicker_and_higher(hibari: Hibari) -> None:
    sounds = {name: emotion_speech(name, 1.0) for name in ("sad", "happy")}
    sad, happy = (say(hibari, KEYS, rate=rate, pitch=pitch) for rate, pitch in sounds.values())
    assert sad.duration_s > happy.duration_s
    assert pitch_hz(sad.samples, 24_000) < pitch_hz(happy.samples, 24_000)


def quietest_s(sound: Sound, after_s: float, before_s: float) -> float:
    """The middle of the quietest 20 ms between two times, by the samples."""
    inner = np.square(sound.samples[int(after_s * sound.rate_hz) : int(before_s * sound.rate_hz)])
    size = sound.rate_hz // 50
    power = np.convolve(inner, np.ones(size) / size, "valid")
    return after_s + (int(np.argmin(power)) + size / 2) / sound.rate_hz


LABIALS = ["Papa put a happy puppy up.", "A baby is about to be above.", "I hope the copy is open to people."]


@pytest.mark.parametrize("rate", [0.88, 1.0, 1.12])
@pytest.mark.parametrize("text", LABIALS)
def test_lips_are_shut_when_the_sound_is_quietest(hibari: Hibari, text: str, rate: float) -> None:
    """By the samples, not by what the net says of them: "p" and "b" are silent while the lips are shut."""
    sound = say(hibari, text, rate=rate)
    vowels, away = set("aeiouæɑɐəɛɜɪʊʌɔ"), []
    inner = zip(sound.phonemes, sound.phonemes[1:], sound.phonemes[2:], sound.phonemes[3:], strict=False)
    shut = shut_times(track(sound.phonemes, sound.duration_s))
    for before, closed, after, end in inner:
        if closed.symbol in "pb" and {before.symbol.strip("ˈˌ")[0], after.symbol.strip("ˈˌ")[0]} <= vowels:
            around = (before.start_s + closed.start_s) / 2, (after.start_s + end.start_s) / 2
            here = shut[(around[0] < shut) & (shut < around[1])]
            assert len(here), f"{closed.symbol} at {closed.start_s} does not shut the lips"
            away.append(np.abs(here - quietest_s(sound, *around)).min())
    assert len(away) >= 2
    assert max(away) <= 0.025


def shut_times(frames: Sequence[VisemeFrame]) -> np.ndarray:
    """Every millisecond in which the lips are shut, as the page draws it: evenly from frame to frame."""
    times = np.arange(0, frames[-1].time_s, 0.001)
    closed = [frame.blend.get("viseme_PP", 0.0) for frame in frames]
    return times[np.interp(times, [frame.time_s for frame in frames], closed) > 0.8]


def test_hung_process_is_told_and_replaced(hibari: Hibari, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speak_hibari, "ANSWER_S", 0.3)
    hung = hibari.worker.process
    os.kill(hung.pid, signal.SIGSTOP)
    (answer,) = hibari.infer([SpeakText("hello", "en")])
    assert isinstance(answer, EngineFailed)
    monkeypatch.undo()
    assert say(hibari, "hello").duration_s > 0.1
    assert hung.poll() is not None


@pytest.mark.parametrize("weights", [{NET: "0" * 64}, {"other.onnx": "0" * 64}])
def test_other_weights_are_refused_with_the_command_that_brings_the_known(
    weights: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speak_hibari, "WEIGHTS", weights)
    with pytest.raises(EngineUnavailable, match=INSTALL):
        Hibari().load(Settings())


def test_without_its_package_the_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speak_hibari, "assets_of_package", lambda: Path("nowhere"))
    with pytest.raises(EngineUnavailable, match=INSTALL):
        Hibari().load(Settings())


def test_the_command_installs_what_is_pinned() -> None:
    pinned = (Path(__file__).parents[2] / "requirements.txt").read_text()
    assert f"\n{INSTALL.removeprefix('pip install ')} " in pinned
