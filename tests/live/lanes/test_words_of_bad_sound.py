"""Sound that is no clear English sentence, through the real lanes and nets: nothing is invented, nothing stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.engines.local import LocalEngine
from core.engines.registry import Engines
from core.engines.requests import TranscribeSpeech, Transcript
from core.errors import EngineFailed
from core.estimation.endpointing import FRAME_S, LONGEST_FRAMES
from core.live.lanes.lane import SpeechPiece
from core.live.lanes.queues import Delivery
from core.live.lanes.runner import LaneRunner
from core.live.lanes.text import FIRST_PARTIAL, TextLane
from core.settings import Settings
from core.types import Fault, FloatArray, Utterance
from models.training.evaluate_words import Ears
from models.training.voice_data import decode, trim
from models.training.word_error import errors, normalised
from models.training.words_data import Said, around
from models.transcribe_moonshine import Moonshine
from tests.fakes import ScriptedEngine

RATE = 16_000
SECONDS = 6


@pytest.fixture(scope="module")
def ears() -> Ears:
    return Ears(Moonshine())


@pytest.fixture(scope="module")
def acted(datasets) -> pd.DataFrame:
    return pd.read_parquet(datasets / "speech" / "ravdess_speech_actors01-20.parquet")


def _time() -> FloatArray:
    return np.arange(SECONDS * RATE, dtype=np.float32) / RATE


def _hum() -> FloatArray:
    """Mains and what hangs on it: 50 Hz and its odd multiples."""
    return sum((0.1 / n * np.sin(2 * np.pi * 50 * n * _time()) for n in range(1, 12, 2)), np.zeros(1)).astype(
        np.float32
    )


def _noise(slope: float) -> FloatArray:
    """White (0), pink (1) or brown (2)."""
    spectrum = np.fft.rfft(np.random.default_rng(1).normal(0, 1, SECONDS * RATE))
    noise = np.fft.irfft(spectrum / np.maximum(1, np.arange(len(spectrum))) ** (slope / 2), SECONDS * RATE)
    return (0.1 * noise / noise.std()).astype(np.float32)


def _claps() -> FloatArray:
    decay = np.exp(-40 * (_time() % 0.5))
    return (_noise(0) * decay * 3).astype(np.float32)


def _music() -> FloatArray:
    """Chords that change twice a second, with overtones, attack and vibrato."""
    notes, at = [220, 247, 262, 294, 330, 349, 392], _time()
    beat = (at * 2).astype(int)
    tune = np.zeros_like(at)
    for voice in (0, 2, 4):
        pitch = np.array([notes[(place * 3 + voice) % 7] for place in beat])
        for overtone in range(1, 6):
            tune += np.sin(2 * np.pi * overtone * pitch * at + 0.5 * np.sin(2 * np.pi * 5 * at)) / overtone
    return (0.05 * tune * np.exp(-3 * (at * 2 % 1))).astype(np.float32)


def _beeps() -> FloatArray:
    """A telephone being dialled."""
    at = _time()
    low, high = [697, 770, 852, 941], [1209, 1336, 1477]
    key = (at * 4).astype(int)
    tone = np.sin(2 * np.pi * np.array([low[k % 4] for k in key]) * at)
    tone += np.sin(2 * np.pi * np.array([high[k % 3] for k in key]) * at)
    return (0.1 * tone * ((at * 4 % 1) < 0.6)).astype(np.float32)


BAD: dict[str, Callable[[], FloatArray]] = {
    "silence": lambda: np.zeros(SECONDS * RATE, np.float32),
    "hum": _hum,
    "white noise": lambda: _noise(0),
    "pink noise": lambda: _noise(1),
    "brown noise": lambda: _noise(2),
    "claps": _claps,
    "music": _music,
    "beeps": _beeps,
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_speech_has_no_words(ears, name) -> None:
    assert ears.hear(Said(around(BAD[name]()), "", name)).text == ""


@pytest.mark.parametrize("name", BAD)
def test_nor_has_it_where_the_speech_detector_is_fooled(ears, name) -> None:
    request = TranscribeSpeech(BAD[name](), "en", is_last=True)
    assert ears.recogniser.infer([request])[0].text == ""


def test_another_language_is_not_taken_for_english(ears, datasets) -> None:
    table = pd.read_parquet(datasets / "speech" / "nemo_pl.parquet")
    rows = table[table["split"] == "train"].groupby("speaker").head(3).to_dict("records")
    heard = [ears.hear(Said(around(decode(row["audio"])), "", row["speaker"])).text for row in rows]
    assert len(rows) == 18
    assert sum(bool(text) for text in heard) <= 1, heard


def _only_what_was_said(ears: Ears, samples: FloatArray, said: str) -> None:
    words = normalised(ears.hear(Said(around(samples), said, "")).text)
    assert errors(normalised(said), words) <= 3 or not words, words
    assert len(words) <= len(said.split()) + 1


def test_shouting_is_heard_or_not_but_never_added_to(ears, acted) -> None:
    rows = acted[(acted["split"] == "train") & (acted["label"] == "angry") & (acted["intensity"] == "strong")]
    for row in rows.groupby("speaker").head(1).to_dict("records"):
        samples = decode(row["audio"])
        shouted = np.clip(samples * (3.0 / np.abs(samples).max()), -1, 1).astype(np.float32)
        _only_what_was_said(ears, shouted, row["transcript"])


def _whispered(samples: FloatArray) -> FloatArray:
    """The same mouth without a voice: each short spectrum keeps its size and loses its phase."""
    size, random = 512, np.random.default_rng(1)
    told = np.zeros(len(samples) + size)
    for at in range(0, len(samples) - size, size // 4):
        spectrum = np.fft.rfft(samples[at : at + size] * np.hanning(size))
        smooth = np.convolve(np.abs(spectrum), np.ones(9) / 9, "same")
        phase = np.exp(2j * np.pi * random.random(len(spectrum)))
        told[at : at + size] += np.fft.irfft(smooth * phase) * np.hanning(size)
    return (0.02 * told / told.std()).astype(np.float32)


def test_whispering_is_heard_or_not_but_never_added_to(ears, acted) -> None:
    rows = acted[(acted["split"] == "train") & (acted["label"] == "neutral")]
    for row in rows.groupby("speaker").head(1).to_dict("records"):
        _only_what_was_said(ears, _whispered(decode(row["audio"])), row["transcript"])


def test_two_people_by_turns_are_both_heard_in_order(ears, acted) -> None:
    rows = acted[(acted["split"] == "train") & (acted["label"] == "neutral")].groupby("speaker").head(1)
    woman, man = (rows[rows["sex"] == sex].iloc[0] for sex in ("female", "male"))
    pause, parts, said = np.zeros(RATE // 4, np.float32), [], []
    for turn in (woman, man, woman, man):
        parts += [trim(decode(turn["audio"])), pause]
        said.append(turn["transcript"])
    parts = [part * (0.05 / max(1e-6, np.sqrt((part**2).mean()))) if part.any() else part for part in parts]
    words = normalised(ears.hear(Said(around(np.concatenate(parts)), "", "")).text)
    assert errors(normalised(" ".join(said)), words) <= 4, words


class Counting:
    """Hears nothing; notes how long what it was given was."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def load(self, _settings: Settings) -> None:
        pass

    def infer(self, requests: Any) -> list[Transcript]:
        self.lengths += [len(request.samples) for request in requests]
        return [Transcript("words", 0.9, "counting")] * len(requests)


@pytest.mark.slow
def test_ten_minutes_without_a_pause_are_cut_and_none_of_it_is_lost(acted) -> None:
    rows = acted[acted["split"] == "train"].iloc[:60].to_dict("records")
    spoken = [trim(decode(row["audio"])) for row in rows]
    turn = np.concatenate([part * (0.05 / np.sqrt((part**2).mean())) for part in spoken])
    sound = np.resize(turn, 600 * RATE).astype(np.float32)
    counting: Any = Counting()
    told = Ears(counting).hear(Said(sound, "", ""))
    longest_s = LONGEST_FRAMES * FRAME_S + 0.6
    assert max(counting.lengths) <= longest_s * RATE
    assert len(told.utterances) >= 600 / longest_s
    gaps = [after.start_s - before.end_s for before, after in zip(told.utterances, told.utterances[1:], strict=False)]
    assert max(gaps) < 1.5
    assert sum(one.end_s - one.start_s for one in told.utterances) > 0.9 * 600


def _piece(stream_id: str, *, is_last: bool) -> SpeechPiece:
    return SpeechPiece(stream_id, np.ones(FIRST_PARTIAL, np.float32), 1.0, 2.0, 2.0, 2.0, 2.0, is_last)


@pytest.mark.parametrize("way", ["broken", "hung"])
async def test_a_recogniser_that_breaks_or_hangs_in_mid_sentence_is_told_and_the_next_sentence_heard(way) -> None:
    def answer(request: TranscribeSpeech) -> Transcript:
        if request.is_last and not healthy and way == "broken":
            raise RuntimeError("killed")
        return Transcript("what a day" if request.is_last else "what a", 0.9, "scripted")

    healthy: list[bool] = []
    back_end = ScriptedEngine(answer, max_batch=1, kind="transcribe")
    engine = LocalEngine(back_end, Settings())
    engine.load()
    events: list[Any] = []

    class Impatient(Engines):
        async def ask(self, request: Any, deadline_s: Any = None, name: Any = None) -> Any:
            if not isinstance(request, TranscribeSpeech):
                raise EngineFailed("not asked")
            return await super().ask(request, 0.3, name)

    runner = LaneRunner(
        TextLane(), Impatient([engine]), Delivery.KEEP, lambda told: events.extend(told.events), lambda *_: None
    )
    task = asyncio.create_task(runner.run())
    await runner.offer(_piece("s-1", is_last=False))
    await runner.idle()
    hung = back_end.may_go
    if way == "hung":
        hung.clear()
    await runner.offer(_piece("s-1", is_last=True))
    await runner.idle()
    healthy.append(True)
    back_end.may_go = type(hung)()
    back_end.may_go.set()
    await runner.offer(_piece("s-2", is_last=True))
    await runner.idle()
    hung.set()
    task.cancel()
    await engine.close()
    said = [event.text for event in events if isinstance(event, Utterance) and event.is_final]
    assert said == ["what a", "what a day"], "the words so far stand in for those that never came"
    assert next(event.code for event in events if isinstance(event, Fault)) in ("engine_failed", "engine_timeout")
