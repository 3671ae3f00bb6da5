"""A sentence becomes sound under an address, and the movement of a mouth; where nothing can speak it stays text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.companion.sound_shelf import SoundShelf
from core.companion.speaking_style import emotion_speech
from core.companion.visemes import track, track_from_loudness
from core.engines.engine import EngineDoor
from core.engines.requests import SpeakText, VoiceName
from core.errors import AppError
from core.types import Reply

URL = "/api/replies/{owner}/{name}.wav"
CHARACTERS_A_SECOND = 14.0
"""of reading along, where nothing can be heard"""


class Speaker:
    """One per conversation; `complain(code, message)` tells the person what cannot be heard."""

    def __init__(
        self, engine: EngineDoor, sounds: SoundShelf, owner: str, complain: Callable[[str, str], None]
    ) -> None:
        self._engine = engine
        self._sounds = sounds
        self._owner = owner
        self._complain = complain

    async def say(self, part: Reply, language: str, voice: VoiceName) -> Reply:
        """The part with its sound, or with the time it takes to read it."""
        rate, pitch = emotion_speech(part.emotion, part.intensity)
        try:
            sound = await self._engine.ask(SpeakText(part.text, language, voice, rate, pitch))
        except AppError as error:
            self._complain(f"silent_{error.code}", f"the reply is shown, not spoken ({error.message})")
            return _read_along(part)
        if not len(sound.samples):
            return _read_along(part)
        visemes = (
            track(sound.phonemes, sound.duration_s)
            if sound.phonemes
            else track_from_loudness(part.text, sound.samples, sound.rate_hz)
        )
        url = URL.format(owner=self._owner, name=self._sounds.put(self._owner, sound))
        return replace(part, audio_url=url, visemes=visemes, duration_s=sound.duration_s)


def _read_along(part: Reply) -> Reply:
    return replace(part, duration_s=len(part.text) / CHARACTERS_A_SECOND)
