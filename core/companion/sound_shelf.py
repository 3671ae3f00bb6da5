"""The companion's sentences as sound, for a minute, under addresses nobody can guess. In memory alone."""

from __future__ import annotations

import io
import secrets
import time
import wave
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.engines.requests import Sound

KEPT_S = 60.0
"""repeatable for so long, then gone"""
MOST_BYTES = 64 * 1024 * 1024
"""of all sessions together: about 25 minutes of speech; the oldest goes first"""


@dataclass(frozen=True, slots=True)
class _Shelved:
    owner: str
    wav: bytes
    until_s: float


class SoundShelf:
    """One per app. What is on it belongs to a session and goes with it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sounds: OrderedDict[str, _Shelved] = OrderedDict()
        self._bytes = 0

    def put(self, owner: str, sound: Sound) -> str:
        """Shelve it for this session; the name under which it can be fetched."""
        name, wav = secrets.token_urlsafe(24), as_wav(sound)
        self._sounds[name] = _Shelved(owner, wav, self._clock() + KEPT_S)
        self._bytes += len(wav)
        self._tidy()
        return name

    def get(self, owner: str, name: str) -> bytes | None:
        """The WAV file, or None when there is none any more, or none of this session."""
        self._tidy()
        shelved = self._sounds.get(name)
        return None if shelved is None or shelved.owner != owner else shelved.wav

    def clear(self, owner: str) -> None:
        """The session has ended."""
        for name in [name for name, shelved in self._sounds.items() if shelved.owner == owner]:
            self._drop(name)

    def _tidy(self) -> None:
        """The oldest are first and expire first."""
        while self._sounds:
            name, oldest = next(iter(self._sounds.items()))
            if oldest.until_s > self._clock() and self._bytes <= MOST_BYTES:
                return
            self._drop(name)

    def _drop(self, name: str) -> None:
        self._bytes -= len(self._sounds.pop(name).wav)


def as_wav(sound: Sound) -> bytes:
    """Mono PCM16."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(sound.rate_hz)
        out.writeframes((np.clip(sound.samples, -1.0, 1.0) * 32767).astype("<i2").tobytes())
    return file.getvalue()
