"""A sentence becomes sound and movement; where nothing can speak it stays text for the time it takes to read."""

from __future__ import annotations

import numpy as np
import pytest

from core.companion.sound_shelf import SoundShelf
from core.companion.speaker import CHARACTERS_A_SECOND, Speaker
from core.companion.voices import Complain
from core.engines.requests import Sound, SpeakText
from core.errors import EngineUnavailable
from core.types import Phoneme, Reply

PART = Reply(1, 0, False, "I hear you, and I wonder.", "sad", 0.8, None, (), "scripted", 0.0)
MUMBLED = (Phoneme("m", 0.0), Phoneme("a", 0.3))


class Voice:
    """Answers with this sound, or with this error."""

    def __init__(self, answer: Sound | EngineUnavailable) -> None:
        self.answer = answer
        self.asked: list[SpeakText] = []

    async def say(self, request: SpeakText, _complain: Complain) -> Sound:
        self.asked.append(request)
        if isinstance(self.answer, EngineUnavailable):
            raise self.answer
        return self.answer


def sound(seconds: float = 1.0, phonemes: tuple[Phoneme, ...] = MUMBLED) -> Sound:
    times = np.arange(round(22_050 * seconds)) / 22_050
    return Sound(np.sin(2 * np.pi * 200 * times).astype(np.float32), 22_050, phonemes, "voice")


def speaker(answer: Sound | EngineUnavailable, told: list[str]) -> tuple[Speaker, Voice, SoundShelf]:
    voice, shelf = Voice(answer), SoundShelf()
    return Speaker(voice, shelf, "s1", lambda code, message: told.append(f"{code}: {message}")), voice, shelf


@pytest.mark.parametrize("phonemes", [MUMBLED, ()])
async def test_part_gets_an_address_a_duration_and_a_moving_mouth(phonemes: tuple[Phoneme, ...]) -> None:
    here, voice, shelf = speaker(sound(phonemes=phonemes), told := [])
    said = await here.say(PART, "en", "male")
    owner, name = said.audio_url.removeprefix("/api/replies/").removesuffix(".wav").split("/")
    assert owner == "s1"
    assert shelf.get(owner, name)
    assert said.duration_s == pytest.approx(1.0)
    assert max(frame.blend.get("jawOpen", 0.0) for frame in said.visemes) > 0.1
    assert (voice.asked[0].text, voice.asked[0].language, voice.asked[0].voice) == (PART.text, "en", "male")
    assert told == []


async def test_sad_sentence_is_said_slower_and_lower() -> None:
    here, voice, _ = speaker(sound(), [])
    await here.say(PART, "en", "female")
    assert voice.asked[0].rate < 1
    assert voice.asked[0].pitch < 1


async def test_voice_that_fails_leaves_the_words_and_says_so() -> None:
    here, _, _ = speaker(EngineUnavailable("no voice here"), told := [])
    said = await here.say(PART, "en", "female")
    assert (said.audio_url, said.visemes) == (None, ())
    assert said.duration_s == pytest.approx(len(PART.text) / CHARACTERS_A_SECOND)
    assert told == ["silent_engine_unavailable: the reply is shown, not spoken (no voice here)"]


async def test_silence_is_read_along_without_a_complaint() -> None:
    here, _, _ = speaker(Sound(np.zeros(0, np.float32), 22_050, (), "voice"), told := [])
    assert (await here.say(PART, "en", "female")).audio_url is None
    assert told == []
