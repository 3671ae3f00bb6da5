"""What runs in Hibari's own process: its text front-end and its net; text in, samples and phonemes out.

Front-end (hibari.g2p, a port of misaki's English rules) and signal processing (hibari.dsp) are the package's; the net
is run here, so that nothing of the package that downloads other voices (hibari.voices, hibari.tts) is ever called.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.memory import give_back
from models._hibari_phonemes import Timed, pieces, timed_phonemes
from models._onnx import open_session, with_output

Floats = NDArray[np.float32]
RATE_HZ = 24_000
NET = "hibari.onnx"
DURATIONS = "/Round_output_0"
"""the length of each sign in units of 25 ms, inside the graph"""
LEVELS, F0 = frozenset({0, 2, 3}), 5
"""of its other outputs: log spectra of harmonics, noise and the rest; the pitch in Hz"""
BEFORE_S = 0.02
"""kept of the silence before the first sound; the net begins with 0.3 s of it, which somebody would wait through"""
AFTER_S, QUIET = 0.25, 0.003
"""and after the last sample that is louder than this: the half second that the net gives is long between sentences"""
FADE_S = 0.005
"""at both ends of a piece, against clicks"""
LONGEST_S = 60
"""of one answer, as eSpeak's"""
LONG_NUMBER = re.compile(r"\d[\d,]{15,}")
"""the front-end has no name for so many (it fails at 37 digits): said digit by digit, as eSpeak does"""
LONG_WORD = re.compile(r"[^\W\d_]{25,}")
LONGEST_WORD = 24
"""letters that the front-end reads of a word it does not know; the rest would be lost, so it is made several words"""


def assets_of_package() -> Path:
    """The folder of its weights and tables, found without importing it; where it is not installed nothing is there."""
    found = importlib.util.find_spec("hibari")
    return Path(found.origin).parent / "assets" if found and found.origin else Path("hibari")


def readable(text: str) -> str:
    """Without numbers and words that are too long for the front-end."""
    text = LONG_NUMBER.sub(lambda found: " ".join(found[0].replace(",", "")), text)
    return LONG_WORD.sub(lambda found: re.sub(f"(.{{{LONGEST_WORD}}})", r"\1 ", found[0]).strip(), text)


class _Speaker:
    def __init__(self) -> None:
        from hibari.g2p import G2P

        assets = assets_of_package()
        self._signs: dict[str, int] = json.loads((assets / "vocab.json").read_text("utf-8"))
        self._session = open_session(with_output((assets / NET).read_bytes(), DURATIONS), threads=1)
        self._read = G2P()
        self.say("Hibari says zwrk.", 1.0, 1.0)  # the net for unknown words loads with the first of them: 0.15 s

    def say(self, text: str, rate: float, pitch: float) -> tuple[bytes, int, list[Timed]]:
        """PCM16, its rate in Hz, phonemes with seconds; nothing for a text without a word."""
        sounds: list[Floats] = []
        phonemes: list[Timed] = []
        end_s = 0.0
        for samples, timed in self._said(text, rate, pitch):
            sounds.append(samples)
            phonemes += [(symbol, end_s + start_s) for symbol, start_s in timed]
            end_s += len(samples) / RATE_HZ
            if end_s >= LONGEST_S:
                break
        whole = np.concatenate(sounds)[: LONGEST_S * RATE_HZ] if sounds else np.zeros(0, np.float32)
        pcm = (np.clip(whole, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        return pcm, RATE_HZ, [phoneme for phoneme in phonemes if phoneme[1] <= LONGEST_S]

    def _said(self, text: str, rate: float, pitch: float) -> Iterator[tuple[Floats, list[Timed]]]:
        signs = "".join(sign for sign in self._read(readable(text)) if sign in self._signs)
        for piece in pieces(signs):
            samples, units = self._sound(piece, rate, pitch)
            timed = [(symbol, start_s / rate) for symbol, start_s in timed_phonemes(piece, units)]
            yield _trimmed(samples, timed)

    def _sound(self, signs: str, rate: float, pitch: float) -> tuple[Floats, list[float]]:
        """Samples (n,) at RATE_HZ, and the units of each sign and of the silence at both ends, before the rate.

        The net's own `speed` divides lengths of one or two units and rounds them again: asked for 1.12 it gives 1.04,
        asked for 1.4 it gives 1.49 (medians of 8 sentences). So its frames are drawn out or together, evenly.
        """
        from hibari import dsp

        ids = np.array([[0, *(self._signs[sign] for sign in signs), 0]], np.int64)
        inputs = {"ids": ids, "speed": np.ones(1, np.float32)}
        *frames, units = self._session.run(None, inputs)
        parts = drawn_out([part[0] for part in frames], rate)
        parts[F0] *= np.float32(pitch)  # the spectrum above it stays, so that it is the same person's voice
        return dsp.synth(*parts, np.random.default_rng(0)), units.reshape(-1).tolist()


def drawn_out(frames: list[Floats], rate: float) -> list[Floats]:
    """The six outputs of the net, (..., frames), for a sound that lasts 1 / rate as long.

    Levels go evenly from frame to frame; angles and pitch, which have no middle between two frames, are those of the
    nearest.
    """
    count = frames[F0].shape[-1]
    places = np.minimum(np.arange(round(count / rate)) * rate, count - 1)
    before = places.astype(int)
    share, nearest = (places - before).astype(np.float32), np.rint(places).astype(int)
    after = np.minimum(before + 1, count - 1)
    return [
        part[..., before] * (1 - share) + part[..., after] * share if n in LEVELS else part[..., nearest]
        for n, part in enumerate(frames)
    ]


def _trimmed(samples: Floats, timed: list[Timed]) -> tuple[Floats, list[Timed]]:
    """Without most of the silence before the first sound and after the last, and without a step at both ends."""
    cut_s = max(0.0, timed[0][1] - BEFORE_S)
    loud = np.flatnonzero(np.abs(samples) > QUIET)
    end = int(loud[-1]) + round(AFTER_S * RATE_HZ) if len(loud) else len(samples)
    samples = samples[round(cut_s * RATE_HZ) : end]
    ramp = np.linspace(0.0, 1.0, min(len(samples) // 2, round(FADE_S * RATE_HZ)), dtype=np.float32)
    samples[: len(ramp)] *= ramp
    samples[len(samples) - len(ramp) :] *= ramp[::-1]
    lasts_s = len(samples) / RATE_HZ
    return samples, [(symbol, min(lasts_s, max(0.0, start_s - cut_s))) for symbol, start_s in timed]


def work(connection: Connection) -> None:
    """Answer (text, rate, pitch) until the other side is gone."""
    speaker = _Speaker()
    give_back()
    connection.send("ready")
    while True:
        try:
            text, rate, pitch = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(speaker.say(text, rate, pitch))
