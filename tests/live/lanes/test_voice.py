"""The voice lane: speech states, readings and pieces, with scripted engines and with the real detector."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from core.engines.requests import (
    SPEECH_FRAME,
    ClassifyVoice,
    DetectSpeech,
    EncodeSpeech,
    Scores,
    SpeechScores,
    TranscribeSpeech,
)
from core.errors import EngineFailed, EngineUnavailable
from core.live.lanes.lane import EndSpeech, Playback, SpeechPiece, driven
from core.live.lanes.voice import REMEMBERED, VoiceLane
from core.settings import Settings
from core.types import AudioChunk, Estimate, Fault, SpeechLasting, SpeechState
from tests.benchmarks.sounds import _read

RATE = 16_000


class Engines:
    """Speech is where the sound is loud; the voice is always angry, or broken; nobody hears words or encodes."""

    def __init__(self, voice_error: Exception | None = None) -> None:
        self.windows: list[np.ndarray] = []
        self.voice_error = voice_error

    def answer(self, request):
        if isinstance(request, DetectSpeech):
            frames = request.samples.reshape(-1, SPEECH_FRAME)
            return SpeechScores((np.abs(frames).max(axis=1) > 0.05).astype(np.float32), "memory")
        if isinstance(request, TranscribeSpeech):
            return EngineUnavailable("no recogniser")
        if isinstance(request, EncodeSpeech):
            return EngineUnavailable("no encoder")
        assert isinstance(request, ClassifyVoice)
        if self.voice_error is not None:
            return self.voice_error
        self.windows += list(request.windows)
        logits = np.zeros((len(request.windows), 7), np.float32)
        logits[:, 3] = 3.0
        return Scores(logits, 1.0, "scripted")


def hear(lane, state, item, engines):
    return driven(lane.step(state, item), engines.answer)


def hear_all(samples, sizes, engines=None, lane=None, start_s=0.0):
    """Everything told of a run of samples cut into chunks of these sizes, over and over."""
    engines, lane = engines or Engines(), lane or VoiceLane()
    state, told, at, turn = lane.start("stream"), [], 0, 0
    while at < len(samples):
        size = sizes[turn % len(sizes)]
        part = samples[at : at + size]
        begin_s = start_s + at / RATE
        chunk = AudioChunk(part, begin_s, begin_s + 100, begin_s + len(part) / RATE)
        state, events = hear(lane, state, chunk, engines)
        told += events
        at, turn = at + len(part), turn + 1
    return state, told


def talk(*parts_s):
    """Silence and speech in turn, seconds each, beginning with silence."""
    chance = np.random.default_rng(1)
    parts = []
    for number, seconds in enumerate(parts_s):
        level = 0.2 if number % 2 else 0.001
        parts.append(level * chance.standard_normal(round(seconds * RATE)).clip(-3, 3))
    return np.concatenate(parts).astype(np.float32)


def of(told, kind):
    return [event for event in told if isinstance(event, kind)]


def test_speech_begins_and_ends_where_it_was_spoken() -> None:
    _, told = hear_all(talk(1, 2, 2), [1600])
    states = of(told, SpeechState)
    assert [s.state for s in states] == ["start", "end"]
    assert [s.time_s for s in states] == pytest.approx([1.0, 3.0], abs=0.05)


def test_the_voice_is_read_every_half_second_over_speech_alone() -> None:
    engines = Engines()
    _, told = hear_all(talk(1, 3, 2), [1600], engines)
    readings = of(told, Estimate)
    assert 5 <= len(readings) <= 7
    assert np.diff([r.end_s for r in readings])[:-1] == pytest.approx(0.5, abs=0.04)
    assert all(1.0 <= r.end_s <= 4.3 and r.capture_s == pytest.approx(r.end_s + 100) for r in readings)
    assert all(r.probs.argmax() == 3 and r.engine == "scripted" for r in readings)
    assert not engines.windows[0][:23_000].any(), "before the utterance a window is zero"


@pytest.mark.parametrize("sizes", [[512], [160], [1600], [4800, 7, 333], [160_000]])
def test_the_cut_into_chunks_changes_nothing(sizes) -> None:
    sound = talk(1, 2, 1.5, 1, 1.5)
    _, one = hear_all(sound, [1024])
    _, other = hear_all(sound, sizes)
    for kind in (SpeechState, Estimate):
        times = [[round(getattr(e, "end_s", None) or e.time_s, 3) for e in of(told, kind)] for told in (one, other)]
        assert times[0] == times[1]


def test_the_pieces_of_an_utterance_join_to_all_of_it_with_its_first_sound() -> None:
    sound = talk(1, 2, 2)
    _, told = hear_all(sound, [1600])
    pieces = [piece for piece in of(told, SpeechPiece) if piece.stream_id]
    joined = np.concatenate([piece.samples for piece in pieces])
    assert [piece.is_last for piece in pieces].count(True) == 1
    assert pieces[-1].is_last
    begin = int(0.7 * RATE) // SPEECH_FRAME * SPEECH_FRAME
    place = next(k for k in range(begin - 2048, begin + 2048) if np.array_equal(sound[k : k + 64], joined[:64]))
    assert place <= RATE - 4000
    assert np.array_equal(sound[place : place + len(joined)], joined)
    assert len(joined) >= 2.3 * RATE


def test_patience_joins_what_a_shorter_one_parts() -> None:
    sound = talk(0.5, 1, 0.6, 1, 2.5)
    assert len(of(hear_all(sound, [1600], lane=VoiceLane(patience_s=0.4))[1], SpeechState)) == 4
    assert len(of(hear_all(sound, [1600], lane=VoiceLane(patience_s=1.0))[1], SpeechState)) == 2


def test_an_endless_speech_is_cut_and_goes_on() -> None:
    _, told = hear_all(talk(0.5, 52, 2), [1600])
    assert [s.state for s in of(told, SpeechState)] == ["start", "end"] * 3
    assert len({piece.stream_id for piece in of(told, SpeechPiece) if piece.stream_id}) == 3


def test_what_is_remembered_is_enough_for_the_longest_patience_and_chunk(monkeypatch) -> None:
    engines, endless = Engines(), Engines()
    samples = talk(0.5, 1.4, 1.6, 2.9, 2.6, 2.9, 2.6)  # ends have a last window of 2 s, decided 2 s later
    lane = VoiceLane(patience_s=2.0)
    _, told = hear_all(samples, [RATE, 700], engines, lane)
    monkeypatch.setattr("core.live.lanes.voice.REMEMBERED", 60 * RATE)
    _, told_of_all = hear_all(samples, [RATE, 700], endless, lane)
    assert len(told) == len(told_of_all)
    assert all(map(np.array_equal, engines.windows, endless.windows))
    pieces, of_all = of(told, SpeechPiece), of(told_of_all, SpeechPiece)
    assert all(np.array_equal(one.samples, other.samples) for one, other in zip(pieces, of_all, strict=True))


def test_minutes_of_silence_leave_a_small_state_and_no_reading() -> None:
    state, told = hear_all(talk(180), [1600])
    assert of(told, Estimate) == of(told, SpeechState) == []
    assert len(state.ring) <= REMEMBERED + 2 * 1600
    assert len(pickle.dumps(state)) < 1_000_000


def test_a_gap_in_the_sound_ends_the_utterance() -> None:
    lane, engines = VoiceLane(), Engines()
    state, _ = hear_all(talk(0.5, 1), [1600], engines, lane)
    later = AudioChunk(talk(0.2), start_s=9.0, capture_s=109.0, arrived_s=9.2)
    state, events = hear(lane, state, later, engines)
    assert [s.state for s in of(events, SpeechState)] == ["end"]
    assert of(events, SpeechState)[0].time_s == pytest.approx(1.5, abs=0.05)
    assert [piece.is_last for piece in of(events, SpeechPiece)] == [True, False]
    assert state.spoken is None


@pytest.mark.parametrize("back_s", [0.03, 0.3, 3.0])
def test_no_end_lies_before_its_start_and_no_reading_before_the_last(back_s) -> None:
    """Sound whose anchor moves back in every chunk, as a clock does that was anchored late."""
    lane, engines, told = VoiceLane(), Engines(), []
    state, samples = lane.start("stream"), talk(0.5, 3.0, 1.5, 2.0, 1.5)
    for number in range(0, len(samples), 1600):
        start_s = max(0.0, 9.0 + number / RATE - back_s * number / 1600)
        chunk = AudioChunk(samples[number : number + 1600], start_s, 0.0, 20.0)
        state, more = hear(lane, state, chunk, engines)
        told += more
    turns = [event.time_s for event in of(told, SpeechState)]
    read = of(told, Estimate)
    assert (turns, [r.end_s for r in read]) == (sorted(turns), sorted(r.end_s for r in read))
    assert len(turns) == 4
    assert all(r.start_s <= r.end_s for r in read)
    assert all(piece.start_s <= piece.end_s for piece in of(told, SpeechPiece))
    assert [piece.start_s for piece in of(told, SpeechPiece) if piece.is_last and piece.stream_id] == turns[::2]


def test_time_that_runs_backwards_does_no_harm() -> None:
    lane, engines = VoiceLane(), Engines()
    state, _ = hear_all(talk(0.5, 1), [1600], engines, lane, start_s=50.0)
    _, events = hear(lane, state, AudioChunk(talk(0.1), 1.0, 101.0, 1.1), engines)
    assert of(events, SpeechPiece)


def test_numbers_that_are_none_count_as_silence() -> None:
    broken = np.array([np.nan, np.inf, -np.inf, 0.1] * 400, np.float32)
    state, told = hear_all(broken, [1600])
    assert np.isfinite(state.ring).all()
    assert of(told, Fault) == []


def test_a_broken_voice_model_is_told_once_and_words_go_on() -> None:
    _, told = hear_all(talk(0.5, 3, 2), [1600], Engines(EngineFailed("net failed")))
    assert len(of(told, Fault)) == 1
    assert of(told, Estimate) == []
    assert [s.state for s in of(told, SpeechState)] == ["start", "end"]
    assert [piece.is_last for piece in of(told, SpeechPiece)].count(True) == 1


def test_the_word_that_speech_has_ended_ends_it_and_carries_its_text() -> None:
    lane, engines = VoiceLane(), Engines()
    state, _ = hear_all(talk(0.5, 1), [1600], engines, lane)
    state, events = hear(lane, state, EndSpeech(1.7, 1.7, 1.7, "well said"), engines)
    last = next(piece for piece in of(events, SpeechPiece) if piece.is_last)
    assert last.text == "well said"
    assert last.end_s == pytest.approx(1.5, abs=0.05)
    assert [s.state for s in of(events, SpeechState)] == ["end"]


def test_an_end_of_speech_that_nobody_began_tells_nothing_unless_it_has_words() -> None:
    lane, engines = VoiceLane(), Engines()
    _, silent = hear(lane, lane.start("stream"), EndSpeech(1.0, 1.0, 1.0), engines)
    _, spoken = hear(lane, lane.start("stream"), EndSpeech(1.0, 1.0, 1.0, "hello"), engines)
    assert [piece.stream_id for piece in silent] == [""]
    assert [piece.text for piece in spoken if piece.is_last] == ["hello"]


def test_the_state_survives_being_stored_in_the_middle_of_a_word() -> None:
    lane, engines = VoiceLane(), Engines()
    sound = talk(0.5, 2, 2)
    state, _ = hear_all(sound[: RATE + 77], [1600], engines, lane)
    state = pickle.loads(pickle.dumps(state))  # noqa: S301 - our own bytes
    rest = sound[RATE + 77 :]
    _, events = hear(lane, state, AudioChunk(rest, 1.0 + 77 / RATE, 101.0, 5.0), engines)
    assert of(events, SpeechState)[-1].time_s == pytest.approx(2.5, abs=0.05)


# -- with the real detector -------------------------------------------------------------------------------


class RealDetector(Engines):
    def __init__(self) -> None:
        from models.speech_silero import SileroSpeech

        super().__init__()
        self._silero = SileroSpeech()
        self._silero.load(Settings())

    def answer(self, request):
        return self._silero.infer([request])[0] if isinstance(request, DetectSpeech) else super().answer(request)


def test_the_state_with_the_detectors_memory_survives_being_stored() -> None:
    lane, engines = VoiceLane(), RealDetector()
    sound = talk(0.3, 1.5)
    first, second = sound[: RATE + 77], sound[RATE + 77 :]
    state, _ = hear_all(first, [1600], engines, lane)
    assert state.memory is not None
    stored = pickle.loads(pickle.dumps(state))  # noqa: S301 - our own bytes
    chunk = AudioChunk(second, len(first) / RATE, 101.0, 5.0)
    (_, told), (_, again) = (hear(lane, one, chunk, engines) for one in (state, stored))
    assert [type(event) for event in told] == [type(event) for event in again]
    assert [event.time_s for event in of(told, SpeechState)] == [event.time_s for event in of(again, SpeechState)]


def test_no_reading_is_ever_told_without_its_probabilities() -> None:
    for error in (None, EngineFailed("net failed")):
        _, told = hear_all(talk(0.5, 2, 1), [1600], Engines(error))
        assert all(read.probs.shape == read.probs_raw.shape == (7,) and read.engine for read in of(told, Estimate))
        assert bool(of(told, Estimate)) == (error is None)


def test_ids_of_utterances_begin_with_the_streams_own_and_the_lane_adds_nothing_by_chance() -> None:
    runs = [hear_all(talk(0.5, 1, 1, 1, 1), [1600])[1] for _ in range(2)]
    ids = [[piece.stream_id for piece in of(told, SpeechPiece)] for told in runs]
    assert ids[0] == ids[1]
    assert {one for one in ids[0] if one} == {"stream-1", "stream-2"}


def test_read_sentences_are_heard(datasets) -> None:
    lines = [json.loads(line) for line in (datasets / "asr" / "transcripts.jsonl").read_text().splitlines()]
    for line in lines[:6]:
        sound = np.concatenate([_read(datasets / "asr" / line["file"]), np.zeros(2 * RATE, np.float32)])
        _, told = hear_all(sound, [1600], RealDetector())
        spoken = of(told, SpeechState)
        assert spoken, line["file"]
        assert [s.state for s in spoken[:2]] == ["start", "end"]
        assert of(told, Estimate)


@pytest.mark.parametrize("kind", ["silence", "noise", "chord"])
def test_what_is_no_speech_is_not_read(kind) -> None:
    times = np.arange(20 * RATE) / RATE
    chord = sum(0.1 * np.sin(2 * np.pi * hz * times) * (1 + np.sin(2 * np.pi * 2 * times)) for hz in (262, 330, 392))
    noise = np.random.default_rng(2).normal(0, 0.05, len(times))
    sound = {"silence": np.zeros(len(times)), "noise": noise, "chord": chord}[kind].astype(np.float32)
    _, told = hear_all(sound, [1600], RealDetector())
    assert of(told, Estimate) == []


def test_speech_that_outlasts_a_murmur_is_told_once() -> None:
    _, told = hear_all(talk(1, 2, 2), [1600])
    (lasting,) = of(told, SpeechLasting)
    assert lasting.time_s == pytest.approx(1.6, abs=0.1)
    _, told = hear_all(talk(1, 0.4, 2), [1600])
    assert of(told, SpeechState)
    assert not of(told, SpeechLasting)


def playing(seconds: float, echo_level: float, *, person: bool):
    """The lane hears the companion for so long; the person speaks in the second half or not."""
    lane, engines = VoiceLane(), Engines()
    state = lane.start("stream")
    chance = np.random.default_rng(2)
    told = []
    for number in range(round(seconds * 10)):
        at_s = number / 10
        state, _ = hear(lane, state, Playback(at_s + 1.2, at_s, at_s, at_s), engines)
        level = 0.2 if person and at_s >= seconds / 2 else echo_level
        samples = (level * chance.standard_normal(1600)).clip(-1, 1).astype(np.float32)
        state, events = hear(lane, state, AudioChunk(samples, at_s, at_s, at_s + 0.1), engines)
        told += events
    return told


def test_echo_of_the_companion_is_no_speech() -> None:
    assert not of(playing(4.0, 0.05, person=False), SpeechState)


def test_person_is_heard_over_the_companion() -> None:
    (begin, *_) = of(playing(4.0, 0.02, person=True), SpeechState)
    assert begin.state == "start"
    assert begin.time_s == pytest.approx(2.0, abs=0.15)


def test_once_the_companion_is_silent_soft_speech_counts_again() -> None:
    lane, engines = VoiceLane(), Engines()
    state = lane.start("stream")
    state, _ = hear(lane, state, Playback(1.0, 0.0, 0.0, 0.0), engines)
    told = []
    for number in range(40):
        level = 0.03 if number > 15 else 0.0
        samples = np.full(1600, level * 2, np.float32)
        chunk = AudioChunk(samples, number / 10, number / 10, number / 10 + 0.1)
        state, events = hear(lane, state, chunk, engines)
        told += events
    assert of(told, SpeechState)[0].time_s == pytest.approx(1.6, abs=0.1)
