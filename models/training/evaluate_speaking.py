"""The voices as they are heard: words that a recogniser understands, style, loudness, lips, and the work they take.

Sentences are the first SENTENCES of DailyDialog's test split with 4 to 20 plain English words; every voice says the
same ones in the same run. Moonshine (`transcribe_moonshine`) stands for the listener, so its own errors are in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import psutil
from numpy.typing import NDArray

from core.companion.loudness import levelled, loudness
from core.companion.visemes import track
from core.engines.requests import Sound, SpeakText, TranscribeSpeech, VoiceName
from core.errors import AppError
from core.settings import Settings
from core.types import SOUND_RATE_HZ, FloatArray, Phoneme, VisemeFrame
from models.speak_espeak import Espeak
from models.speak_hibari import Hibari
from models.speak_piper import Piper
from models.training.word_error import counted, word_error
from models.transcribe_moonshine import Moonshine

SENTENCES, SEED = 100, 1
PLAIN = re.compile(r"[A-Za-z][A-Za-z ,.?!']*[.?!]")
STYLED = 20
"""of them are said in every style too"""
RATES = PITCHES = (0.88, 1.12)
"""the ends of what `core/companion/speaking_style.py` asks for"""
VOWELS = frozenset("aeiouæɑɐɒəɛɜɪʊʌɔᵻɚ")
SHUT = 0.8
"""weight of the viseme from which lips count as shut"""
LIPS_APART_DB = 6.0
"""a closure that is no quieter than this is not heard as one, and does not count"""


class Speaking(Protocol):
    """A voice."""

    name: str

    def load(self, settings: Settings) -> None: ...

    def infer(self, requests: Sequence[SpeakText]) -> Sequence[object]: ...

    def close(self) -> None: ...


VOICES: tuple[tuple[type[Speaking], VoiceName], ...] = (
    (Hibari, "female"),
    (Espeak, "female"),
    (Espeak, "male"),
    (Piper, "male"),
)


def sentences(count: int = SENTENCES) -> list[str]:
    """What is said."""
    table = pd.read_parquet(Path(os.environ["ATTUNE_DATASETS"]) / "text" / "dailydialog.parquet")
    texts = (" ".join(str(text).split()) for text in table.loc[table["split"] == "test", "text"])
    tidy = (re.sub(r" (?=[,.?!])", "", text) for text in texts if " '" not in text)
    fit = (text for text in tidy if PLAIN.fullmatch(text) and 4 <= len(text.split()) <= 20)
    return list(dict.fromkeys(fit))[:count]


def evaluate_speaking() -> dict[str, Any]:
    """Each voice that is installed."""
    listener = Moonshine()
    listener.load(Settings())
    texts = sentences()
    found = {}
    for kind, voice in VOICES:
        engine = kind()
        try:
            engine.load(Settings())
        except AppError:
            continue
        found[f"{engine.name}, {voice}"] = judge(engine, voice, texts, listener)
        engine.close()
    return {"sentences": len(texts), "voices": found}


def judge(engine: Speaking, voice: VoiceName, texts: Sequence[str], listener: Moonshine) -> dict[str, Any]:
    """One voice in figures."""
    spent_s = _spent_s()
    sounds = [say(engine, SpeakText(text, "en", voice)) for text in texts]
    spent_s = _spent_s() - spent_s
    heard = [counted(text, understood(listener, sound)) for text, sound in zip(texts, sounds, strict=True)]
    levels = [level for sound in sounds if (level := loudness(sound.samples, sound.rate_hz)) is not None]
    made = [levelled(sound) for sound in sounds]
    evened = [level for sound in made if (level := loudness(sound.samples, sound.rate_hz)) is not None]
    away = [away_s for sound in sounds for away_s in lips_away_s(sound)]
    return {
        "word_error": asdict(word_error(heard, SEED)),
        "words": sum(words for _, words in heard),
        "seconds": round(sum(sound.duration_s for sound in sounds), 1),
        "work_per_second": round(spent_s / sum(sound.duration_s for sound in sounds), 4),
        "lufs": _spread(levels, 1),
        "levelled_lufs": _spread(evened, 1),
        "peak": round(max(float(np.abs(sound.samples).max()) for sound in made), 3),
        "edge": round(max(float(max(abs(s.samples[0]), abs(s.samples[-1]))) for s in made), 4),
        "lips_away_ms": _spread([1000 * one for one in away], 0) | {"n": len(away)},
        **_style(engine, voice, texts[:STYLED], sounds[:STYLED]),
    }


def _style(engine: Speaking, voice: VoiceName, texts: Sequence[str], usual: Sequence[Sound]) -> dict[str, Any]:
    """How far pace and pitch move when they are asked to; medians of sentences."""
    base_hz = np.array([pitch_hz(sound) for sound in usual])
    found: dict[str, Any] = {"pitch_hz": round(float(np.nanmedian(base_hz)))}
    for rate in RATES:
        sounds = [say(engine, SpeakText(text, "en", voice, rate)) for text in texts]
        shares = [before.duration_s / sound.duration_s for before, sound in zip(usual, sounds, strict=True)]
        found[f"rate_{rate}"] = round(float(np.median(shares)), 3)
    for pitch in PITCHES:
        moved = [pitch_hz(say(engine, SpeakText(text, "en", voice, 1.0, pitch))) for text in texts]
        found[f"pitch_{pitch}"] = round(float(np.nanmedian(np.array(moved) / base_hz)), 3)
    return found


def say(engine: Speaking, request: SpeakText) -> Sound:
    """Raises the AppError that stands for it."""
    (sound,) = engine.infer([request])
    if isinstance(sound, AppError):
        raise sound
    if not isinstance(sound, Sound):
        raise TypeError(f"expected Sound of {engine.name}, got {type(sound).__name__}")
    return sound


def _spent_s() -> float:
    """CPU seconds of this process and of those it started."""
    every = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return float(sum(times.user + times.system for times in (one.cpu_times() for one in every)))


def understood(listener: Moonshine, sound: Sound) -> str:
    """What the recogniser writes."""
    samples = resampled(sound.samples, sound.rate_hz, SOUND_RATE_HZ)
    return listener.infer([TranscribeSpeech(samples, "en", is_last=True)])[0].text


def resampled(samples: FloatArray, rate_hz: int, wanted_hz: int) -> FloatArray:
    """By the spectrum: bins above half of the wanted rate are left out; samples (n,) to (n * wanted / rate,)."""
    count = round(len(samples) * wanted_hz / rate_hz)
    spectrum = np.fft.rfft(samples)[: count // 2 + 1]
    return (np.fft.irfft(spectrum, count) * count / len(samples)).astype(np.float32)


def pitch_hz(sound: Sound) -> float:
    """Median of the voiced 40 ms frames, by their autocorrelation between 70 and 400 Hz; nan where none is voiced."""
    size = round(0.04 * sound.rate_hz)
    lags = slice(sound.rate_hz // 400, sound.rate_hz // 70)
    found = []
    for start in range(0, len(sound.samples) - size, size // 2):
        frame = sound.samples[start : start + size] - sound.samples[start : start + size].mean()
        same = np.correlate(frame, frame, "full")[size - 1 :]
        lag = int(np.argmax(same[lags])) + lags.start
        if same[0] > 1e-4 * size and same[lag] > 0.5 * same[0]:
            found.append(sound.rate_hz / lag)
    return float(np.median(found)) if found else float("nan")


def lips_away_s(sound: Sound) -> list[float]:
    """Of each "p" and "b" between vowels: seconds from the quietest 20 ms of the samples to shut lips."""
    shut = shut_times(track(sound.phonemes, sound.duration_s))
    found = []
    run = sound.phonemes
    for before, closed, after, end in zip(run, run[1:], run[2:], run[3:], strict=False):
        if closed.symbol.lstrip("ˈˌ") in {"p", "b"} and _is_vowel(before) and _is_vowel(after):
            around = (before.start_s + closed.start_s) / 2, (after.start_s + end.start_s) / 2
            quiet_s = _quietest_s(sound, *around)
            here = shut[(around[0] < shut) & (shut < around[1])]
            if quiet_s is not None:
                found.append(float(np.abs(here - quiet_s).min()) if len(here) else around[1] - around[0])
    return found


def _is_vowel(phoneme: Phoneme) -> bool:
    return phoneme.symbol.lstrip("ˈˌ")[:1] in VOWELS


def shut_times(frames: Sequence[VisemeFrame]) -> NDArray[np.float64]:
    """Every millisecond in which the lips are shut, as the page draws it: evenly from frame to frame."""
    if not frames:
        return np.zeros(0)
    times = np.arange(0, frames[-1].time_s, 0.001)
    closed = [frame.blend.get("viseme_PP", 0.0) for frame in frames]
    shut: NDArray[np.float64] = times[np.interp(times, [frame.time_s for frame in frames], closed) > SHUT]
    return shut


def _quietest_s(sound: Sound, after_s: float, before_s: float) -> float | None:
    """The middle of the quietest 20 ms between two times; None where it is hardly quieter than what is around it."""
    inner = np.square(sound.samples[int(after_s * sound.rate_hz) : int(before_s * sound.rate_hz)])
    size = sound.rate_hz // 50
    if len(inner) < 2 * size:
        return None
    power = np.convolve(inner, np.ones(size) / size, "valid") + 1e-9
    place = int(np.argmin(power))
    sides = min(power[: place + 1].max(), power[place:].max())
    return after_s + (place + size / 2) / sound.rate_hz if 10 * np.log10(sides / power[place]) > LIPS_APART_DB else None


def _spread(values: Sequence[float], digits: int) -> dict[str, float]:
    if not values:
        return {}
    parts = np.percentile(values, [50, 90, 0, 100])
    return dict(zip(("p50", "p90", "min", "max"), (round(float(part), digits) for part in parts), strict=True))


def speaking_table(result: dict[str, Any]) -> list[str]:
    """As Markdown."""
    head = (
        "voice",
        "words wrong % (95 %)",
        "work, s a second",
        "LUFS p50 (min to max)",
        "levelled",
        "peak, edge",
        "lips away ms p50, p90, max (n)",
        "pitch Hz",
        *(f"rate {rate}" for rate in RATES),
        *(f"pitch {pitch}" for pitch in PITCHES),
    )
    rows = [_row(name, voice) for name, voice in result["voices"].items()]
    said = f"{result['sentences']} sentences, {next(iter(result['voices'].values()))['words']} words."
    return [said, "", f"| {' | '.join(head)} |", "|" + "---|" * len(head), *rows]


def _row(name: str, told: dict[str, Any]) -> str:
    wrong, lips = told["word_error"], told["lips_away_ms"]
    spread = [f"{told[n]['p50']} ({told[n]['min']} to {told[n]['max']})" for n in ("lufs", "levelled_lufs")]
    cells = [
        name,
        f"{100 * wrong['value']:.1f} ({100 * wrong['low']:.1f} to {100 * wrong['high']:.1f})",
        told["work_per_second"],
        *spread,
        f"{told['peak']}, {told['edge']}",
        f"{lips.get('p50')}, {lips.get('p90')}, {lips.get('max')} ({lips['n']})",
        told["pitch_hz"],
        *(told[f"rate_{rate}"] for rate in RATES),
        *(told[f"pitch_{pitch}"] for pitch in PITCHES),
    ]
    return f"| {' | '.join(map(str, cells))} |"
