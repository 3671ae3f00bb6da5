"""Windows as an encoder's rows: those the lane would read with, spoilt ones, and the file that keeps them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.engines.requests import SPEECH_FRAME, ClassifyVoice, DetectSpeech, Encoded, EncodeSpeech, Scores, SpeechScores
from core.errors import EngineUnavailable
from core.estimation.log_mel import WINDOW
from core.live.lanes.lane import driven
from core.live.lanes.voice import VoiceLane
from core.types import AudioChunk
from models.training.voice_data import Recording
from models.training.voice_rows import Rows, kept, live_rows, spoilt_rows, together
from tests.models.training.made_up_voices import made_up, sound


def encode(window: np.ndarray) -> np.ndarray:
    """One row for each half second that is not zero; it holds the window's last sample."""
    return np.full((max(1, int((window != 0).sum()) // 8000), 3), window[-1], np.float32)


def test_each_window_has_its_own_rows_or_those_of_the_one_before() -> None:
    samples = sound(4.0)
    rows = live_rows([Recording(samples, 0, "a", "RAVDESS"), Recording(samples[:8000], 1, "b", "RAVDESS")], encode)
    ends = [samples[8000 * k - 1] for k in range(1, 9)]
    read_with = [float(rows.of(k)[0, 0]) for k in range(9)]
    expected = [ends[k] for k in (0, 1, 2, 2, 4, 4, 6, 6)]  # new in thirds at first, then every second one
    np.testing.assert_allclose(read_with, [*expected, ends[0]], rtol=1e-3)
    assert list(rows.owners) == [0] * 8 + [1]


class LoudIsSpeech:
    """Engines of the lane: speech is where the sound is loud; notes what each window is read with."""

    def __init__(self) -> None:
        self.read_with: list[float] = []

    def answer(self, request):
        if isinstance(request, DetectSpeech):
            frames = request.samples.reshape(-1, SPEECH_FRAME)
            return SpeechScores((np.abs(frames).max(axis=1) > 0.01).astype(np.float32), None)
        if isinstance(request, EncodeSpeech):
            return Encoded(tuple(map(encode, request.windows)), "rows")
        if isinstance(request, ClassifyVoice):
            self.read_with += [float(rows[0, 0]) for rows in request.encoded.rows]
            return Scores(np.zeros((len(request.windows), 7), np.float32), 1.0, "scripted")
        return EngineUnavailable("nobody hears words")


def test_the_figures_encode_as_often_as_the_lane_does() -> None:
    samples, engines, lane = sound(5.0), LoudIsSpeech(), VoiceLane()
    state = lane.start("stream")
    for begin in range(0, len(samples), SPEECH_FRAME):
        at_s = begin / 16_000
        chunk = AudioChunk(samples[begin : begin + SPEECH_FRAME], at_s, at_s, at_s + 0.032)
        state, _ = driven(lane.step(state, chunk), engines.answer)
    rows = live_rows([Recording(samples, 0, "a", "RAVDESS")], encode)
    changes = [int(np.sum(np.diff(read) != 0)) for read in (engines.read_with, [rows.of(k)[0, 0] for k in range(9)])]
    assert changes[0] == changes[1] > 2


def test_spoilt_windows_are_other_ones_each_time_and_the_same_for_a_seed() -> None:
    recordings = made_up(4)
    one, again, other = (spoilt_rows(recordings, 2, seed, encode) for seed in (1, 1, 2))
    assert list(one.owners) == [0, 1, 2, 3] * 2
    np.testing.assert_array_equal(one.rows, again.rows)
    assert one.rows.shape != other.rows.shape or not np.array_equal(one.rows, other.rows)
    assert not np.array_equal(one.of(0)[0], one.of(4)[0])


def test_rows_are_made_once_and_then_read_from_the_file(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> Rows:
        made.append(1)
        return together([encode(sound(2.0)[:WINDOW]), encode(sound(1.0))], [0, 1])

    first, second = kept(tmp_path / "rows.npz", make), kept(tmp_path / "rows.npz", make)
    assert len(made) == 1
    np.testing.assert_array_equal(first.of(1), second.of(1))
    assert [len(second.of(k)) for k in (0, 1)] == list(first.lengths)
