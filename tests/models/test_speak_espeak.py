"""eSpeak NG in its own process: every language, both voices, times of the phonemes, and a process that dies."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from core.companion.visemes import track
from core.engines.requests import Sound, SpeakText
from core.errors import EngineFailed, EngineUnavailable
from core.settings import Settings
from models import speak_espeak
from models.speak_espeak import REGIONS, VOICES, Espeak

SENTENCES = {
    "en": "You lost your keys at work.",
    "nl": "Dat klinkt zwaar voor je.",
    "fr": "Cela a l'air difficile.",
    "de": "Das klingt schwer für dich.",
    "es": "Eso suena difícil.",
    "it": "Sembra difficile.",
    "ja": "それは大変でしたね。",
    "zh": "这听起来很难。",
    "pt": "Isso parece difícil.",
    "pl": "To brzmi ciężko.",
    "tr": "Bu zor görünüyor.",
    "ru": "Это звучит тяжело.",
    "cs": "To zní těžce.",
    "ar": "هذا يبدو صعبا",
    "hu": "Ez nehéznek hangzik.",
    "ko": "정말 힘드셨겠어요.",
}


@pytest.fixture(scope="module")
def espeak():
    engine = Espeak()
    engine.load(Settings())
    yield engine
    engine.close()


def say(engine: Espeak, text: str, language: str = "en", **changes) -> Sound:
    (sound,) = engine.infer([SpeakText(text, language, **changes)])
    assert isinstance(sound, Sound), sound
    return sound


def symbols(sound: Sound) -> list[str]:
    """What is said; samples and milliseconds differ a little from time to time."""
    return [phoneme.symbol for phoneme in sound.phonemes]


def test_sixteen_languages_are_there() -> None:
    assert set(SENTENCES) == set(VOICES)


@pytest.mark.parametrize("language", list(SENTENCES))
def test_each_language_sounds_in_both_voices(espeak: Espeak, language: str) -> None:
    female, male = (say(espeak, SENTENCES[language], language, voice=voice) for voice in ("female", "male"))
    for sound in (female, male):
        assert sound.rate_hz == 22_050
        assert 0.3 < sound.duration_s < 8
        assert 0.1 < np.abs(sound.samples).max() <= 1
        assert len(sound.phonemes) >= 4
        times = [phoneme.start_s for phoneme in sound.phonemes]
        assert times == sorted(times)
        assert times[-1] <= sound.duration_s + 0.01
    assert len(female.samples) != len(male.samples) or not np.array_equal(female.samples, male.samples)


def test_japanese_is_read_and_not_spelled_out(espeak: Espeak) -> None:
    assert say(espeak, "大変", "ja").duration_s < 1.5


@pytest.mark.parametrize(
    ("text", "said"), [("私は", "wä"), ("これは", "wä"), ("母は", "wä"), ("学校へ", "e̞"), ("はい", "häi")]
)
def test_japanese_particles_are_said_as_spoken(espeak: Espeak, text: str, said: str) -> None:
    heard = "".join(phoneme.symbol.strip("ˈˌ") for phoneme in say(espeak, text, "ja").phonemes)
    assert heard.endswith(said)
    assert not heard.endswith("h" + said)


def test_without_its_readings_only_japanese_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pykakasi.py").write_text("raise ImportError('as if it were not installed')")
    monkeypatch.syspath_prepend(str(tmp_path))
    engine = Espeak()
    engine.load(Settings())
    (answer,) = engine.infer([SpeakText("大変", "ja")])
    assert isinstance(answer, EngineUnavailable)
    assert "pip install" in answer.message
    assert say(engine, "hello").duration_s > 0.1
    engine.close()


def test_what_is_gpl_stays_out_of_this_process(espeak: Espeak) -> None:
    say(espeak, "大変", "ja")
    assert not {"espeakng_loader", "pykakasi"} & set(sys.modules)
    assert "espeak" not in Path("/proc/self/maps").read_text()


def test_a_change_of_language_within_a_sentence_is_no_phoneme(espeak: Espeak) -> None:
    assert not [p.symbol for p in say(espeak, "我喜欢 coffee。", "zh").phonemes if "(" in p.symbol]


def test_regions_are_understood(espeak: Espeak) -> None:
    assert symbols(say(espeak, "water", "en-GB")) != symbols(say(espeak, "water", "en-US"))
    assert symbols(say(espeak, "water", "en_GB")) == symbols(say(espeak, "water", "en-GB"))
    for region in (*REGIONS, "de-AT", "zh-Hant-TW"):
        assert say(espeak, "radio", region).duration_s > 0.2, region


def test_rate_and_pitch_change_the_sound(espeak: Espeak) -> None:
    text = "You lost your keys at work and found them again."
    slow, usual, fast = (say(espeak, text, rate=rate).duration_s for rate in (0.8, 1.0, 1.2))
    assert slow > usual > fast
    high, low = (say(espeak, text, pitch=pitch).samples for pitch in (1.2, 0.8))
    assert zero_crossings(high) != zero_crossings(low)


def zero_crossings(samples: np.ndarray) -> int:
    return int(np.sum(np.diff(np.sign(samples)) != 0))


def test_unknown_language_names_those_that_are_spoken(espeak: Espeak) -> None:
    (answer,) = espeak.infer([SpeakText("hello", "tlh")])
    assert isinstance(answer, EngineUnavailable)
    assert "nl" in answer.message
    assert say(espeak, "hello").duration_s > 0.1, "the voice before is not kept"


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01", "***", "<>"])
def test_nothing_to_say_is_silence(espeak: Espeak, text: str) -> None:
    assert len(say(espeak, text).samples) == 0


def test_endless_sound_is_cut_and_the_next_is_whole(espeak: Espeak) -> None:
    before = say(espeak, "你好", "zh")
    assert say(espeak, "听" * 10_000, "zh", rate=0.7).duration_s == 60
    after = say(espeak, "你好", "zh")
    assert len(after.samples) == len(before.samples)


def test_markup_is_spoken_as_words(espeak: Espeak) -> None:
    marked = say(espeak, "<speak><prosody rate='x-slow'>hello</prosody></speak>")
    assert symbols(marked) == symbols(say(espeak, "speak prosody rate='x-slow' hello /prosody /speak"))


def test_process_killed_in_mid_sentence_is_told_and_replaced(espeak: Espeak) -> None:
    os.kill(espeak.worker.process.pid, signal.SIGSTOP)  # so that it is surely in the middle of it
    threading.Timer(0.2, os.kill, (espeak.worker.process.pid, signal.SIGKILL)).start()
    (answer,) = espeak.infer([SpeakText("hello", "en")])
    assert isinstance(answer, EngineFailed)
    assert say(espeak, "hello").duration_s > 0.1


def test_hung_process_is_told_and_replaced(espeak: Espeak, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speak_espeak, "ANSWER_S", 0.3)
    hung = espeak.worker.process
    os.kill(hung.pid, signal.SIGSTOP)
    (answer,) = espeak.infer([SpeakText("hello", "en")])
    assert isinstance(answer, EngineFailed)
    monkeypatch.undo()
    assert say(espeak, "hello").duration_s > 0.1
    assert hung.poll() is not None


def test_killed_process_is_told_and_replaced(espeak: Espeak) -> None:
    os.kill(espeak.worker.process.pid, signal.SIGKILL)
    espeak.worker.process.wait(5)
    (answer,) = espeak.infer([SpeakText("hello", "en")])
    assert isinstance(answer, EngineFailed)
    assert say(espeak, "hello").duration_s > 0.1


def test_closed_by_another_app_of_this_process_it_starts_again() -> None:
    engine = Espeak()
    engine.load(Settings())
    engine.close()
    assert say(engine, "hello").duration_s > 0.1
    engine.close()


def test_closing_leaves_no_process() -> None:
    engine = Espeak()
    engine.load(Settings())
    process = engine.worker.process
    engine.close()
    assert process.poll() is not None
    engine.close()


SAID = [("mama", "en"), ("papa", "en"), ("mama", "it"), ("papa", "es"), ("папа", "ru"), ("パパ", "ja"), ("baba", "tr")]


@pytest.mark.parametrize(("word", "language"), SAID)
@pytest.mark.parametrize("rate", [0.7, 1.0, 1.3])
def test_lips_close_with_the_second_consonant(espeak: Espeak, word: str, language: str, rate: float) -> None:
    """The peak of the closure, or the nearest of its frames where it lasts, within 80 ms of the phoneme's own time."""
    sound = say(espeak, word, language, rate=rate)
    frames = track(sound.phonemes, sound.duration_s)
    (_, first, second) = [p.start_s for p in sound.phonemes if p.symbol.lstrip("ˈˌ")[:1] in "mpbaäɑɐə"][:3]
    middle = [frame for frame in frames if first + 0.03 < frame.time_s < second + 0.15]
    most = max(frame.blend.get("viseme_PP", 0.0) for frame in middle)
    peak = [frame for frame in middle if frame.blend.get("viseme_PP", 0.0) > most - 0.02]
    nearest = min(peak, key=lambda frame: abs(frame.time_s - second))
    assert abs(nearest.time_s - second) <= 0.08
    assert nearest.blend["viseme_PP"] > 0.8
    assert nearest.blend["mouthPressLeft"] > 0.45
    assert nearest.blend.get("jawOpen", 0.0) < 0.1
    assert max(frame.blend.get("jawOpen", 0.0) for frame in frames if first < frame.time_s < second) > 0.4


def test_lips_are_shut_where_the_sound_itself_is_quietest(espeak: Espeak) -> None:
    """By the samples, not by what eSpeak says of them: a "p" is silent while the lips are shut."""
    sound = say(espeak, "papa", "es")
    frames = [frame for frame in track(sound.phonemes, sound.duration_s) if 0.12 < frame.time_s < 0.33]
    shut_s = max(frames, key=lambda frame: frame.blend.get("viseme_PP", 0.0)).time_s
    inner = sound.samples[int(0.12 * 22_050) : int(0.33 * 22_050)]
    loud = [float(np.square(inner[n : n + 220]).mean()) for n in range(0, len(inner) - 220, 110)]
    assert abs(0.12 + (int(np.argmin(loud)) * 110 + 110) / 22_050 - shut_s) <= 0.08
