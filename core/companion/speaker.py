"""A sentence becomes sound under an address, and the movement of a mouth; where nothing can speak it stays text."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol

from core.companion.loudness import levelled
from core.companion.sound_shelf import SoundShelf
from core.companion.speaking_style import emotion_speech
from core.companion.visemes import track, track_from_loudness
from core.companion.voices import Complain
from core.engines.requests import Sound, SpeakText, VoiceName
from core.errors import AppError
from core.types import Reply, VisemeFrame

URL = "/api/replies/{owner}/{name}.wav"
CHARACTERS_A_SECOND = 14.0
"""of reading along, where nothing can be heard"""


class Voice(Protocol):
    """Who says it: `Voices`, or a scripted one in a test."""

    async def say(self, request: SpeakText, complain: Complain) -> Sound:
        """Its sound. Raises AppError."""


class Speaker:
    """One per conversation; `complain(code, message)` tells the person what cannot be heard."""

    def __init__(self, voice: Voice, sounds: SoundShelf, owner: str, complain: Complain) -> None:
        self._voice = voice
        self._sounds = sounds
        self._owner = owner
        self._complain = complain

    async def say(self, part: Reply, language: str, voice: VoiceName) -> Reply:
        """The part with its sound, or with the time it takes to read it."""
        rate, pitch = emotion_speech(part.emotion, part.intensity)
        try:
            sound = await self._voice.say(SpeakText(part.text, language, voice, rate, pitch), self._complain)
        except AppError as error:
            self._complain(f"silent_{error.code}", f"the reply is shown, not spoken ({error.message})")
            return _read_along(part)
        if not len(sound.samples):
            return _read_along(part)
        sound, visemes = await asyncio.to_thread(_finished, sound, part.text)  # 20 ms for 10 s of sound
        url = URL.format(owner=self._owner, name=self._sounds.put(self._owner, sound))
        return replace(part, audio_url=url, visemes=visemes, duration_s=sound.duration_s)


def _finished(sound: Sound, text: str) -> tuple[Sound, tuple[VisemeFrame, ...]]:
    """As loud as every voice, and the mouth that goes with it."""
    sound = levelled(sound)
    if sound.phonemes:
        return sound, track(sound.phonemes, sound.duration_s)
    return sound, track_from_loudness(text, sound.samples, sound.rate_hz)


def _read_along(part: Reply) -> Reply:
    return replace(part, duration_s=len(part.text) / CHARACTERS_A_SECOND)
