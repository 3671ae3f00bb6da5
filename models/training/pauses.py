"""The fixed list of pauses (`pauses.tsv`) and the sound of each: where speech ceases, and whether the sentence goes on.

No recording stands here, only names and times. `natural` pauses lie in running speech and are heard whole; `spliced`
ones are two stretches of recordings with silence between them.
"""

from __future__ import annotations

import csv
import importlib.util
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import pandas as pd

from core.types import SOUND_RATE_HZ, FloatArray
from models.training.face_data import datasets_folder

TABLE = Path(__file__).with_name("pauses.tsv")
SILENCE_LEVEL = 1e-3
"""root mean square of the noise that spliced silence is made of: a quiet room"""
LEAD_S, TAIL_S = 0.5, 3.0
"""of such silence before and after each sound"""
FADE = 160
"""samples, 10 ms, over which a cut stretch fades, so that no click tells where it was cut"""


@dataclass(frozen=True)
class PauseCase:
    """One line of the table; times in seconds of the recording."""

    part: Literal["dev", "test"]
    """speakers of the one are not in the other; rules were chosen on `dev`"""
    kind: Literal["natural", "spliced"]
    within: Literal["sentence", "turn"]
    """`sentence`: the same sentence goes on after it; `turn`: a sentence has ended"""
    speaker: str
    source: str
    """recording, relative to the datasets; `table.parquet#file`; or `moonshine:` and a file of that package"""
    begin_s: float
    end_s: float
    """where speech ceases, to 0.1 s"""
    silence_s: float
    """until it goes on; of a natural pause as the speech detector hears it"""
    then: str
    """recording that goes on (empty: natural, or nothing)"""
    then_begin_s: float
    then_end_s: float


def read_cases(table: Path = TABLE) -> list[PauseCase]:
    """Every line."""
    with table.open(newline="") as lines:
        return [_case(row) for row in csv.DictReader(lines, delimiter="\t")]


def _case(row: dict[str, str]) -> PauseCase:
    numbers = {name: float(row[name]) for name in row if name.endswith("_s")}
    values: dict[str, Any] = {**row, **numbers}
    return PauseCase(**values)


def sound_of(case: PauseCase, read: Callable[[str], FloatArray]) -> tuple[FloatArray, float]:
    """(n,) float32 at 16 kHz, and the second of it at which speech ceases."""
    sound, upto = read(case.source), None if case.kind == "natural" else case.end_s
    parts = [silence(LEAD_S, 1), stretch(sound, case.begin_s, upto)]
    if case.kind == "spliced":
        parts.append(silence(case.silence_s, 2))
    if case.then:
        parts.append(stretch(read(case.then), case.then_begin_s, case.then_end_s))
    return np.concatenate([*parts, silence(TAIL_S, 3)]), LEAD_S + case.end_s - case.begin_s


def stretch(sound: FloatArray, begin_s: float, end_s: float | None) -> FloatArray:
    """A piece of a recording, faded at both ends."""
    end = len(sound) if end_s is None else round(end_s * SOUND_RATE_HZ)
    piece = sound[round(begin_s * SOUND_RATE_HZ) : end].copy()
    slope = np.linspace(0, 1, FADE, dtype=np.float32)
    piece[:FADE] *= slope[: len(piece)]
    piece[-FADE:] *= slope[::-1][-len(piece) :]
    return piece


def silence(seconds: float, seed: int) -> FloatArray:
    """Faint noise."""
    noise = np.random.default_rng(seed).normal(0, SILENCE_LEVEL, round(seconds * SOUND_RATE_HZ))
    return noise.astype(np.float32)


@cache
def read_recording(source: str) -> FloatArray:
    """(n,) float32 mono at 16 kHz. Raises FileNotFoundError where it is not at hand."""
    if source.startswith("moonshine:"):
        return decode(_package_folder("moonshine_voice") / "assets" / source.removeprefix("moonshine:"))
    name, _, row = source.partition("#")
    path = datasets_folder() / name
    return decode(io.BytesIO(_rows(path)[row])) if row else decode(path)


def _package_folder(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(f"expected the package {name}; run: pip install -r requirements.txt")
    return Path(found.submodule_search_locations[0])


@cache
def _rows(path: Path) -> dict[str, bytes]:
    table = pd.read_parquet(path, columns=["file", "audio"])
    return dict(zip(table["file"], table["audio"], strict=True))


def decode(recording: Path | io.BytesIO) -> FloatArray:
    """Any container's first sound track."""
    import av
    from av.container import InputContainer

    with cast(InputContainer, av.open(str(recording) if isinstance(recording, Path) else recording)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=SOUND_RATE_HZ)
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    joined: FloatArray = np.concatenate([frame.to_ndarray().ravel() for frame in frames])
    return joined
