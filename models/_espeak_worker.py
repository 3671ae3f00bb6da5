"""What runs in eSpeak NG's own process: text in, samples and phonemes out. Imports nothing of ours.

eSpeak NG is GPL-3 and keeps one voice for the whole process, hence a process of its own; pykakasi, which gives the
readings of Japanese (eSpeak spells kanji out as "Chinese letter"), is GPL-3 too and lives here as well. The interface:
espeak-ng/speak_lib.h; numbers below are from there.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pykakasi import kakasi

SYNCHRONOUS, PHONEME_EVENTS, PHONEMES_AS_IPA = 2, 1, 2
UTF8, CHARACTERS = 1, 1
AS_IPA = 2
"""of the phonemes of a text, without its sound"""
RATE, PITCH = 1, 3
PHONEME_EVENT, LAST_EVENT = 7, 0
ORDINARY_RATE, ORDINARY_PITCH = 160, 50
"""words a minute (its own default of 175 sounds hurried); 0 to 100"""
PITCH_SPAN = 100
"""so that a share of 1.1 is 10 of its units, about a semitone"""
LONGEST_S = 60
"""of one answer: 300 ideographs would be over two minutes; what comes after is not spoken"""
LANGUAGE_MARK = "("
"""eSpeak tells "(en)" where it changes language within a sentence; that is no sound"""
CHANGED_LANGUAGE = re.compile(r"\([a-z-]+\)")
TOPIC = re.compile("(?<!^は)は$")
"""the particle at the end of a word is said "wa"; only "haha", mother, is not"""


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    ]


if TYPE_CHECKING:
    Samples = ctypes._Pointer[ctypes.c_short]
    Events = ctypes._Pointer[_Event]

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class _Missing(Exception):
    """A voice or a package that is not there; its text says which."""


class _Speaker:
    def __init__(self) -> None:
        import espeakng_loader

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate_hz = int(self._library.espeak_Initialize(SYNCHRONOUS, 0, data, PHONEME_EVENTS | PHONEMES_AS_IPA))
        if self.rate_hz <= 0:
            raise RuntimeError("eSpeak NG did not start")
        self._readings: kakasi | None = None
        self._sound: list[bytes] = []
        self._phonemes: list[tuple[str, float]] = []
        self._samples = 0
        self._callback = _Callback(self._take)  # kept: the library holds only its address
        self._library.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: Samples, count: int, events: Events) -> int:
        """eSpeak hands over a buffer; 1 makes it stop."""
        if samples and count > 0:
            self._sound.append(ctypes.string_at(samples, count * 2))
            self._samples += count
        place = 0
        while events[place].type != LAST_EVENT:
            event = events[place]
            if event.type == PHONEME_EVENT:
                symbol = event.id.string.decode("utf-8", "ignore")
                if not symbol.startswith(LANGUAGE_MARK):
                    self._phonemes.append((symbol, event.audio_position / 1000))
            place += 1
        return int(self._samples >= LONGEST_S * self.rate_hz)

    def _in_kana(self, text: str) -> str:
        """The readings take 0.5 s and 120 MB, so they come with the first Japanese sentence. Raises _Missing."""
        if self._readings is None:
            try:
                import pykakasi
            except ImportError:
                raise _Missing("reading Japanese needs the package pykakasi") from None
            self._readings = pykakasi.kakasi()
        return "".join(_said(part["orig"], part["hira"]) for part in self._readings.convert(text))

    def say(self, text: str, voice: str, rate: float, pitch: float) -> tuple[bytes, int, list[tuple[str, float]]]:
        """PCM16, its rate in Hz, phonemes with seconds. Raises _Missing saying what is not there."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:  # it would keep the former voice
            raise _Missing(f"eSpeak NG has no voice {voice}")
        self._library.espeak_SetParameter(RATE, round(ORDINARY_RATE * rate), 0)
        self._library.espeak_SetParameter(PITCH, round(ORDINARY_PITCH + PITCH_SPAN * (pitch - 1)), 0)
        self._sound, self._phonemes, self._samples = [], [], 0
        text = self._in_kana(text) if voice.startswith("ja") else text
        spoken = text.encode("utf-8", "ignore") + b"\0"
        self._library.espeak_Synth(spoken, len(spoken), 0, CHARACTERS, 0, UTF8, None, None)
        self._library.espeak_Synchronize()
        pcm = b"".join(self._sound)[: LONGEST_S * self.rate_hz * 2]
        return pcm, self.rate_hz, [(symbol, start_s) for symbol, start_s in self._phonemes if start_s <= LONGEST_S]

    def phonemes_of(self, text: str, voice: str) -> str:
        """IPA with stress, a space between words; stops are not in it. Raises _Missing."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise _Missing(f"eSpeak NG has no voice {voice}")
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        rest = ctypes.c_char_p(text.encode("utf-8", "ignore"))
        found = []
        while rest.value:
            found.append(self._library.espeak_TextToPhonemes(ctypes.byref(rest), UTF8, AS_IPA) or b"")
        return CHANGED_LANGUAGE.sub("", " ".join(part.decode("utf-8", "ignore") for part in found))


def _said(written: str, kana: str) -> str:
    """Particles as they are said: は is "wa" at the end of a word, へ alone is "e"."""
    if written == "へ":
        return "え"
    return TOPIC.sub("わ", kana) if written.endswith("は") else kana


def work(connection: Connection) -> None:
    """Answer (text, voice, rate, pitch) until the other side is gone; a str says what is not there."""
    _serve(connection, lambda speaker, asked: speaker.say(*asked))


def work_on_phonemes(connection: Connection) -> None:
    """The same for (text, voice), answered with its IPA in a tuple: the front-end of voices that have none."""
    _serve(connection, lambda speaker, asked: (speaker.phonemes_of(*asked),))


def _serve(connection: Connection, answer: Callable[[_Speaker, tuple[Any, ...]], object]) -> None:
    speaker = _Speaker()
    connection.send("ready")
    while True:
        try:
            asked = connection.recv()
        except (EOFError, OSError):
            return
        try:
            connection.send(answer(speaker, asked))
        except _Missing as missing:
            connection.send(str(missing))
