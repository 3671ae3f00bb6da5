"""The engines that hear: our voice net, Silero's detector, the transcriber in its own process."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.engines.requests import VOICE_WINDOW, ClassifyVoice, DetectSpeech, TranscribeSpeech
from core.errors import EngineFailed, EngineUnavailable
from core.estimation.log_mel import BANDS, FRAMES, log_mel
from core.settings import Settings
from models.speech_silero import SileroSpeech
from models.transcribe_pocketsphinx import PocketSphinx
from models.voice_compact import CompactVoiceNet
from tests.benchmarks.sounds import _read


@pytest.fixture(scope="module")
def voice():
    engine = CompactVoiceNet()
    engine.load(Settings())
    return engine


@pytest.fixture(scope="module")
def transcriber():
    engine = PocketSphinx()
    engine.load(Settings())
    yield engine
    engine.close()


def noise(count: int = 1, level: float = 0.1) -> np.ndarray:
    return (level * np.random.default_rng(4).standard_normal((count, VOICE_WINDOW))).astype(np.float32)


def test_features_do_not_hear_loudness() -> None:
    quiet, loud = log_mel(noise(level=0.01)), log_mel(noise(level=0.3))
    assert quiet.shape == (1, BANDS, FRAMES)
    assert np.allclose(quiet, loud, atol=1e-2)
    assert np.isfinite(log_mel(np.zeros((1, VOICE_WINDOW), np.float32))).all()


def test_training_and_serving_see_the_same_features() -> None:
    from models.training import export_voice, train_voice

    assert train_voice.log_mel is log_mel
    assert export_voice.log_mel is log_mel


def test_every_window_gets_seven_finite_logits_whatever_it_holds(voice) -> None:
    windows = np.concatenate([noise(), np.zeros((1, VOICE_WINDOW), np.float32), np.ones((1, VOICE_WINDOW), np.float32)])
    (scores,) = voice.infer([ClassifyVoice(windows)])
    assert scores.logits.shape == (3, 7)
    assert np.isfinite(scores.logits).all()
    assert scores.temperature > 0


def test_a_batch_answers_as_one_by_one(voice) -> None:
    windows = noise(3)
    together = voice.infer([ClassifyVoice(windows[:2]), ClassifyVoice(windows[2:])])
    apart = [voice.infer([ClassifyVoice(windows[n : n + 1])])[0] for n in range(3)]
    joined = np.concatenate([scores.logits for scores in together])
    assert np.allclose(joined, np.concatenate([scores.logits for scores in apart]), atol=1e-3)


def test_angry_actors_it_never_heard_sound_angrier_than_sad_ones(voice, datasets) -> None:
    from models.training.voice_data import live_windows, read_corpus

    told = {3: [], 2: []}
    for recording in read_corpus("RAVDESS", "test"):
        if recording.label in told:
            (scores,) = voice.infer([ClassifyVoice(live_windows(recording.samples))])
            told[recording.label].append(float((scores.logits[:, 3] - scores.logits[:, 2]).mean()))
    assert np.mean(told[3]) > np.mean(told[2])


def test_missing_or_changed_weights_say_what_brings_them(tmp_path) -> None:
    with pytest.raises(EngineUnavailable, match="export_voice"):
        CompactVoiceNet(tmp_path).load(Settings())
    (tmp_path / "voice_compact.onnx").write_bytes(b"other")
    (tmp_path / "voice_compact.json").write_text(json.dumps({"sha256": "0" * 64}))
    with pytest.raises(EngineUnavailable, match="says otherwise"):
        CompactVoiceNet(tmp_path).load(Settings())


# -- speech detection ---------------------------------------------------------------------------------


def test_speech_is_told_from_silence_and_the_cut_makes_no_difference(datasets) -> None:
    engine = SileroSpeech()
    engine.load(Settings())
    sound = np.concatenate([np.zeros(16_000, np.float32), _read(datasets / "asr" / "goforward.flac")])
    sound = sound[: len(sound) // 512 * 512]
    whole = engine.infer([DetectSpeech(sound)])[0].probabilities
    memory, parts = None, []
    for start in range(0, len(sound), 1536):
        scores = engine.infer([DetectSpeech(sound[start : start + 1536], memory)])[0]
        memory = scores.memory
        parts.append(scores.probabilities)
    assert np.allclose(np.concatenate(parts), whole, atol=1e-4)
    assert whole[:30].max() < 0.3
    assert whole.max() > 0.9


# -- transcription ------------------------------------------------------------------------------------


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
