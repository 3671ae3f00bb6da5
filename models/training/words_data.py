"""What the recognisers are measured on: recordings with the words that are said in them, as live sound.

No German or Dutch recordings were at hand, so eSpeak NG speaks sentences of XED. French and Spanish are telephone
prompts of Asterisk, each read by one woman (CC BY-SA 3.0, by Digium): Debian's packages `asterisk-core-sounds-fr`,
`asterisk-core-sounds-fr-g722` and the same of `es`, installed, or unpacked into a folder that ATTUNE_PROMPTS names.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.engines.requests import SpeakText
from core.settings import Settings
from core.types import SOUND_RATE_HZ, FloatArray
from models.speak_espeak import Espeak
from models.training.voice_data import DATASETS, FILES, decode, trim

SEED = 1
PROMPTS = Path(os.environ.get("ATTUNE_PROMPTS", "/usr/share"))
BEFORE, AFTER = SOUND_RATE_HZ // 2, SOUND_RATE_HZ
"""samples of silence around a recording, as around a sentence in a talk"""
SPOKEN = ("nl", "de")
PROMPTED = ("fr", "es")
SENTENCES = 15
"""of XED's test split in each of those, 5 to 12 words without digits; and of the prompts, twice as many"""


@dataclass(frozen=True, slots=True)
class Said:
    """One recording and what is said in it."""

    samples: FloatArray
    """(n,) mono 16 kHz"""
    text: str
    speaker: str
    language: str = "en"


def read_said(corpus: str, split: str, every: int, language: str = "en") -> list[Said]:
    """Each so-manieth recording of a split, whatever its label."""
    table = pd.read_parquet(DATASETS / "speech" / f"{FILES[corpus]}.parquet")
    rows = table[table["split"] == split].iloc[::every].to_dict("records")
    return [Said(around(decode(row["audio"])), row["transcript"], row["speaker"], language) for row in rows]


def around(samples: FloatArray) -> FloatArray:
    """With silence before and after it, as a sentence has it in a talk."""
    return np.concatenate([np.zeros(BEFORE), samples, np.zeros(AFTER)]).astype(np.float32)


def read_clips() -> list[Said]:
    """The clips of `asr/` but the digits, which have no official transcript."""
    folder = Path(DATASETS) / "asr"
    lines = [json.loads(line) for line in (folder / "transcripts.jsonl").read_text().splitlines()]
    return [
        Said(around(decode((folder / line["file"]).read_bytes())), line["transcript"], line["file"])
        for line in lines
        if "digits" not in line["file"]
    ]


def speak_sentences() -> dict[str, list[Said]]:
    """Sentences of XED, spoken by eSpeak NG, by language."""
    table = pd.read_parquet(DATASETS / "text" / "xed_multilingual.parquet")
    table = table[(table["split"] == "test") & ~table["text"].str.contains(r"\d")]
    table = table[table["text"].str.split().str.len().between(5, 12)]
    espeak = Espeak()
    espeak.load(Settings())
    try:
        return {
            language: [_spoken(espeak, text, language) for text in texts.sample(SENTENCES, random_state=SEED)]
            for language in SPOKEN
            for texts in [table[table["language"] == language]["text"]]
        }
    finally:
        espeak.close()


def _spoken(espeak: Espeak, text: str, language: str) -> Said:
    (sound,) = espeak.infer([SpeakText(text, language)])
    if isinstance(sound, Exception):
        raise sound
    places = np.arange(0, len(sound.samples) - 1, sound.rate_hz / SOUND_RATE_HZ)
    samples = np.interp(places, np.arange(len(sound.samples)), sound.samples).astype(np.float32)
    return Said(around(samples), text, "eSpeak", language)


def in_noise(said: Said, ratio_db: float, random: np.random.Generator) -> Said:
    """White noise all over it, the silence around it too, so many dB below the mean power of its speech."""
    power = float((trim(said.samples) ** 2).mean()) / 10 ** (ratio_db / 10)
    noise = random.normal(0, np.sqrt(power), len(said.samples))
    return replace(said, samples=(said.samples + noise).astype(np.float32))


def read_prompts(language: str, folder: Path = PROMPTS) -> list[Said]:
    """Telephone prompts of 5 to 20 words in a language; empty where the packages are not there."""
    texts = folder / "doc" / f"asterisk-core-sounds-{language}" / f"core-sounds-{language}.txt.gz"
    if not texts.is_file():
        return []
    found = sorted(_prompts(texts, language, folder), key=lambda said: said[0])
    chosen = np.random.default_rng(SEED).permutation(len(found))[: 2 * SENTENCES]
    return [Said(around(_decode_prompt(found[n][0])), found[n][1], "prompts", language) for n in sorted(chosen)]


def _prompts(texts: Path, language: str, folder: Path) -> Iterator[tuple[Path, str]]:
    for line in gzip.decompress(texts.read_bytes()).decode("utf-8", "replace").splitlines():
        name, _, text = line.partition(":")
        text = text.strip()
        for file in sorted((folder / "asterisk" / "sounds").glob(f"{language}_*/{name.strip()}.g722")):
            if re.search(r"[\d\[\]()<>]", text) is None and 5 <= len(text.split()) <= 20:
                yield file, text


def _decode_prompt(file: Path) -> FloatArray:
    """G.722 without a head to (n,) float32 at 16 kHz."""
    import av

    with av.open(io.BytesIO(file.read_bytes()), "r", format="g722") as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=SOUND_RATE_HZ)
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray().ravel() for frame in frames]).astype(np.float32)
