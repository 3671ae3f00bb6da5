"""The transcriber in its own process: words as they grow, speakers kept apart, a process that dies."""

from __future__ import annotations

import numpy as np
import pytest

from core.engines.requests import TranscribeSpeech
from core.errors import EngineFailed, EngineUnavailable
from core.settings import Settings
from models.transcribe_pocketsphinx import PocketSphinx
from tests.benchmarks.sounds import _read


@pytest.fixture(scope="module")
def transcriber():
    engine = PocketSphinx()
    engine.load(Settings())
    yield engine
    engine.close()


def pieces(sound, stream_id="u1", size=4000, language="en"):
    starts = range(0, len(sound), size)
    return [TranscribeSpeech(stream_id, sound[s : s + size], language, is_last=s + size >= len(sound)) for s in starts]


def test_words_grow_piece_by_piece(transcriber, datasets) -> None:
    told = [transcriber.infer([piece])[0] for piece in pieces(_read(datasets / "asr" / "goforward.flac"))]
    assert told[-1].text.startswith("go forward ten")
    assert 0 < told[-1].confidence <= 1
    assert any(0 < len(part.text) < len(told[-1].text) for part in told)


def test_two_who_speak_at_once_are_kept_apart(transcriber, datasets) -> None:
    one = pieces(_read(datasets / "asr" / "goforward.flac"), "one")
    other = pieces(_read(datasets / "asr" / "cards_003.flac"), "other")
    told = {}
    for number in range(max(len(one), len(other))):
        for stream in (one, other):
            if number < len(stream):
                told[stream[number].stream_id] = transcriber.infer([stream[number]])[0].text
    assert "forward" in told["one"]
    assert "seven" in told["other"]


@pytest.mark.slow
def test_nothing_of_one_speaker_is_left_for_the_next(transcriber, datasets) -> None:
    sound = _read(datasets / "asr" / "goforward.flac")
    before = [transcriber.infer([piece])[0] for piece in pieces(sound, "first")][-1]
    for piece in pieces(_read(datasets / "asr" / "jfk_inaugural.flac"), "another"):
        transcriber.infer([piece])
    after = [transcriber.infer([piece])[0] for piece in pieces(sound, "second")][-1]
    assert after.text == before.text
    assert after.confidence == pytest.approx(before.confidence, abs=0.02)


def test_another_language_says_type_instead(transcriber) -> None:
    (answer,) = transcriber.infer(pieces(np.zeros(100, np.float32), language="nl"))
    assert isinstance(answer, EngineUnavailable)
    assert "type instead" in answer.message


def test_a_killed_process_is_told_and_the_next_sentence_is_heard(transcriber, datasets) -> None:
    transcriber.worker.process.kill()
    transcriber.worker.process.join(5)
    sound = _read(datasets / "asr" / "cards_003.flac")
    (answer,) = transcriber.infer([pieces(sound, "gone")[0]])
    assert isinstance(answer, EngineFailed)
    told = [transcriber.infer([piece])[0] for piece in pieces(sound, "again")]
    assert "seven" in told[-1].text


def test_closing_leaves_no_process() -> None:
    engine = PocketSphinx()
    engine.load(Settings())
    process = engine.worker.process
    engine.close()
    assert not process.is_alive()
