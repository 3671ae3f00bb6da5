"""Windows of speech as an encoder's rows: as the live lane cuts them, or spoilt for training; kept in files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.engines.requests import EncodeSpeech
from core.estimation.log_mel import WINDOW
from core.live.lanes.voice_windows import RENEWED
from core.settings import Settings
from models.encode_moonshine import MoonshineEncoder
from models.training.voice_data import Floats, Recording, live_ends, spoilt_speech, window_of

Encode = Callable[[Floats], Floats]
"""one window (WINDOW,) to its rows (t, width)"""


@dataclass(frozen=True)
class Rows:
    """Rows of many windows, one after another."""

    rows: NDArray[np.float16]
    """(sum of lengths, width)"""
    lengths: NDArray[np.int64]
    """(k,) rows of each window"""
    owners: NDArray[np.int64]
    """(k,) which recording each window is of"""

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """(k,) where the rows of each window begin."""
        return np.concatenate([[0], np.cumsum(self.lengths)[:-1]]).astype(np.int64)

    def of(self, window: int) -> Floats:
        """(t, width) of one window."""
        start = int(self.starts[window])
        return self.rows[start : start + int(self.lengths[window])].astype(np.float32)


def load_encoder() -> Encode:
    """The engine's own encoder, as a plain function of a window."""
    engine = MoonshineEncoder()
    engine.load(Settings())
    return lambda window: engine.infer([EncodeSpeech(window[None])])[0].rows[0]


def together(parts: Sequence[Floats], owners: Sequence[int]) -> Rows:
    """Rows of single windows as one."""
    lengths = np.array([len(part) for part in parts], np.int64)
    return Rows(np.concatenate(parts).astype(np.float16), lengths, np.array(owners, np.int64))


def live_rows(recordings: Sequence[Recording], encode: Encode) -> Rows:
    """Rows that each of `live_windows` is read with live: its own, or those of the window before."""
    parts: list[Floats] = []
    owners: list[int] = []
    for place, recording in enumerate(recordings):
        encoded_end = 0
        for end in live_ends(recording.samples):
            is_new = (end - max(end - WINDOW, encoded_end, 0)) * RENEWED >= min(end, WINDOW)
            parts.append(encode(window_of(recording.samples, end)) if is_new else parts[-1])
            encoded_end = end if is_new else encoded_end
            owners.append(place)
    return together(parts, owners)


def spoilt_rows(recordings: Sequence[Recording], times: int, seed: int, encode: Encode) -> Rows:
    """So many windows of each recording, at another place, speed, room, microphone and noise each time."""
    random = np.random.default_rng(seed)
    owners = [place for _ in range(times) for place in range(len(recordings))]
    return together([encode(spoilt_speech(recordings[place].samples, random)) for place in owners], owners)


def kept(path: Path, make: Callable[[], Rows]) -> Rows:
    """From the file, where it is there; else made and written."""
    if not path.exists():
        made = make()
        np.savez(path.with_suffix(".part.npz"), rows=made.rows, lengths=made.lengths, owners=made.owners)
        path.with_suffix(".part.npz").replace(path)
    with np.load(path) as held:
        return Rows(held["rows"], held["lengths"], held["owners"])
