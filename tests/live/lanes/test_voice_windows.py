"""Windows of the voice lane, and the encoder beside its model: what is encoded, what is read with it, if it fails."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pytest

from core.engines.requests import SPEECH_FRAME, ClassifyVoice, DetectSpeech, Encoded, EncodeSpeech
from core.errors import EngineFailed, EngineUnavailable
from core.live.lanes.lane import EndSpeech
from core.live.lanes.voice import VoiceLane
from core.types import AudioChunk, Estimate, Fault, SpeechState
from tests.live.lanes.test_voice import RATE, Engines, hear, hear_all, of, talk


class Encoding(Engines):
    """Rows that hold their window's last sample, or the error of the script; notes what each window is read with."""

    def __init__(self, errors: tuple[Exception | None, ...] = (), voice_error: Exception | None = None) -> None:
        super().__init__(voice_error)
        self.errors = list(errors)
        self.encoded: list[np.ndarray] = []
        self.read_with: list[float | None] = []
        """the last sample of the window whose rows each window was read with; None: without"""

    def answer(self, request):
        if isinstance(request, EncodeSpeech):
            return self._encode(request)
        if isinstance(request, ClassifyVoice):
            rows = request.encoded.rows if request.encoded else [None] * len(request.windows)
            assert len(rows) == len(request.windows)
            self.read_with += [None if row is None else float(row[0, 0]) for row in rows]
        return super().answer(request)

    def _encode(self, request):
        if (error := self.errors.pop(0) if self.errors else None) is not None:
            return error
        self.encoded += list(request.windows)
        return Encoded(tuple(np.full((3, 2), window[-1], np.float32) for window in request.windows), "rows")


def ends(windows):
    return [float(window[-1]) for window in windows]


def test_windows_are_read_with_the_rows_of_themselves_or_of_the_one_before() -> None:
    engines = Encoding()
    hear_all(talk(1, 4, 2), [1600], engines)
    read = ends(engines.windows)
    assert engines.read_with[:3] == read[:3], "while most of a window is new"
    pairs = zip(engines.read_with[3:], pairwise(read[2:]), strict=False)
    assert all(rows in (before, now) for rows, (before, now) in pairs)
    assert len(engines.encoded) < len(engines.windows), "not every window is encoded"


@pytest.mark.parametrize("sizes", [[512], [160], [4800, 7, 333], [160_000]])
def test_the_cut_into_chunks_changes_nothing_of_what_is_encoded(sizes) -> None:
    one, other = Encoding(), Encoding()
    for engines, cut in ((one, [1024]), (other, sizes)):
        hear_all(talk(1, 3, 1.5, 1, 1.5), cut, engines)
    assert one.read_with == other.read_with
    assert None not in one.read_with


def test_nothing_of_the_utterance_before_is_read_with() -> None:
    engines = Encoding()
    hear_all(talk(1, 3.3, 2, 2, 1.5), [1600], engines)
    quiet_before = [k for k, window in enumerate(engines.windows) if not window[:23_000].any()]
    assert len(quiet_before) == 2
    assert [engines.read_with[k] for k in quiet_before] == [ends(engines.windows)[k] for k in quiet_before]


@pytest.mark.parametrize("error", [EngineUnavailable("no package"), EngineFailed("late", "engine_timeout")])
def test_without_an_encoder_every_window_is_read_and_nothing_is_told(error) -> None:
    engines, alone = Encoding((error,) * 100), Engines()
    _, told = hear_all(talk(1, 3, 2), [1600], engines)
    _, told_alone = hear_all(talk(1, 3, 2), [1600], alone)
    assert set(engines.read_with) == {None}
    assert [e.end_s for e in of(told, Estimate)] == [e.end_s for e in of(told_alone, Estimate)]
    assert of(told, Fault) == []


def test_an_encoder_that_fails_in_mid_utterance_is_asked_again_with_the_next_window() -> None:
    engines = Encoding((None, None, EngineFailed("net failed")))
    hear_all(talk(1, 3, 2), [1600], engines)
    read = ends(engines.windows)
    assert engines.read_with[:4] == [read[0], read[1], None, read[3]]


def test_nobody_is_asked_to_encode_while_nobody_reads_the_voice() -> None:
    engines = Encoding(voice_error=EngineUnavailable("no voice model"))
    lane = VoiceLane()
    state, _ = hear_all(talk(1, 3), [1600], engines, lane)
    assert len(engines.encoded) == 1
    engines.voice_error = None
    sound = talk(0, 2)
    hear(lane, state, AudioChunk(sound, 4.0, 104.0, 4.0 + len(sound) / RATE), engines)
    assert len(engines.encoded) == 1, "the first window after that is read alone"
    assert engines.read_with[-1] is None


def test_the_state_with_rows_can_be_pickled() -> None:
    state, _ = hear_all(talk(1, 2), [1600], Encoding())
    again = pickle.loads(pickle.dumps(state))  # noqa: S301
    assert np.array_equal(again.encoded.rows[0], state.encoded.rows[0])
    assert len(state.encoded.rows) == 1


class Late(Engines):
    """A detector that is sure of speech half a second after its beginning only."""

    def answer(self, request):
        answer = super().answer(request)
        if isinstance(request, DetectSpeech) and answer.probabilities.any():
            self.loud = getattr(self, "loud", 0)
            for place, is_loud in enumerate(answer.probabilities):
                self.loud += int(is_loud)
                answer.probabilities[place] = is_loud if self.loud > RATE // 2 // SPEECH_FRAME else 0.3
        return answer


@pytest.mark.parametrize("sizes", [[1600], [512], [160_000]])
@pytest.mark.parametrize("before_s", [0.0, 1.0])
def test_a_window_begins_where_speech_did_though_the_detector_was_late(before_s, sizes) -> None:
    engines = Late()
    sound = talk(before_s, 1.4, 1.5)
    hear_all(sound, sizes, engines)
    for window in engines.windows:
        heard = window[window != 0]
        (begin,) = (k for k in range(0, len(sound), SPEECH_FRAME) if np.array_equal(sound[k : k + 64], heard[:64]))
        assert begin == pytest.approx(before_s * RATE, abs=SPEECH_FRAME)
    assert len(engines.windows) == 2


def test_looking_back_ends_at_the_utterance_before() -> None:
    engines = Engines()
    hear_all(talk(0.5, 1.5, 0.8, 1, 1.5), [1600], engines)
    assert max(int((window != 0).sum()) for window in engines.windows[3:]) <= 1.1 * RATE


@pytest.mark.parametrize(("word_s", "is_read"), [(0.4, True), (0.3, True), (0.2, False)])
def test_a_single_short_word_is_read_where_the_sound_ends_with_it_and_is_said_to_be_short(word_s, is_read) -> None:
    lane, engines = VoiceLane(), Engines()
    state, _ = hear_all(talk(1, word_s, 0.03), [SPEECH_FRAME], engines, lane)
    _, told = hear(lane, state, EndSpeech(1.5, 1.5, 1.5), engines)
    assert of(told, SpeechState)
    assert ["short_speech" in reading.quality.reasons for reading in of(told, Estimate)] == [True] * is_read
