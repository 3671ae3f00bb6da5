"""eSpeak NG in its own process: every language, both voices, times of the phonemes, and a process that dies."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from core.errors import EngineFailed, EngineUnavailable
from core.estimation.visemes import track
from core.live.speaking import Sound, SpeakText
from core.settings import Settings
from models.speak_espeak import LONGEST, REGIONS, VOICES, Espeak, spoken_text

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


def test_regions_are_understood(espeak: Espeak) -> None:
    assert say(espeak, "water", "en-GB").phonemes != say(espeak, "water", "en-US").phonemes
    for region in (*REGIONS, "de-AT"):
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


def test_markup_is_not_a_command() -> None:
    assert spoken_text("<speak><prosody rate='x-slow'>hi</prosody></speak> [[h@'loU]]") == (
        "speak prosody rate='x-slow' hi /prosody /speak h@'loU"
    )


def test_endless_text_is_cut_at_a_word() -> None:
    cut = spoken_text("word " * 2_000)
    assert len(cut) <= LONGEST
    assert cut.endswith("word")
    assert len(spoken_text("x" * 10_000)) <= LONGEST


def test_killed_process_is_told_and_replaced(espeak: Espeak) -> None:
    os.kill(espeak.worker.process.pid, signal.SIGKILL)
    espeak.worker.process.join(timeout=5)
    (answer,) = espeak.infer([SpeakText("hello", "en")])
    assert isinstance(answer, EngineFailed)
    assert say(espeak, "hello").duration_s > 0.1


def test_closing_leaves_no_process() -> None:
    engine = Espeak()
    engine.load(Settings())
    process = engine.worker.process
    engine.close()
    assert not process.is_alive()
    engine.close()


@pytest.mark.parametrize("word", ["mama", "papa", "baby bumblebee"])
def test_lips_close_with_the_sound_of_m_b_and_p(espeak: Espeak, word: str) -> None:
    """Within 80 ms of the phoneme's own time."""
    sound = say(espeak, word)
    frames = track(sound.phonemes, sound.duration_s)
    for number, phoneme in enumerate(sound.phonemes[:-1]):
        if phoneme.symbol not in {"m", "b", "p"} or phoneme.start_s < 0.05:
            continue
        end_s = sound.phonemes[number + 1].start_s
        near = [f for f in frames if phoneme.start_s - 0.08 <= f.time_s <= max(end_s, phoneme.start_s + 0.08)]
        assert min(f.blend.get("jawOpen", 0.0) for f in near) < 0.2, phoneme
        assert max(f.blend.get("viseme_PP", 0.0) for f in near) > 0.5, phoneme
