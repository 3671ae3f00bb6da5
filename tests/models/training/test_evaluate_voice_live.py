"""Whole recordings through the live lane: what is heard, and what counts where nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from core.engines.requests import SPEECH_FRAME, ClassifyVoice, DetectSpeech, EncodeSpeech, Scores, SpeechScores
from core.errors import EngineUnavailable
from models.training.evaluate_voice_live import judge_streams, live_table, load_engines, read_stream
from models.training.voice_data import Recording
from tests.models.training.made_up_voices import sound


def happy(request):
    """Speech is where the sound is loud, and always happy; nobody else answers."""
    if isinstance(request, DetectSpeech):
        loud = np.abs(request.samples.reshape(-1, SPEECH_FRAME)).max(axis=1) > 0.01
        return SpeechScores(loud.astype(np.float32), None)
    if isinstance(request, ClassifyVoice):
        return Scores(np.eye(1, 7, 1, dtype=np.float32).repeat(len(request.windows), axis=0) * 4, 1.0, "happy")
    return EngineUnavailable("not here")


def test_a_recording_is_read_every_half_second_to_its_end() -> None:
    told = read_stream(sound(3.0), happy)
    assert len(told) in (6, 7)
    assert told[-1].end_s == pytest.approx(3.0, abs=0.1)


def test_a_recording_in_which_nothing_is_heard_counts_as_wrong() -> None:
    silence = np.zeros(32_000, np.float32)
    spoken = sound(5.0)
    recordings = [Recording(samples, label, "a", "x") for samples, label in ((spoken, 1), (silence, 1), (spoken, 2))]
    judged = judge_streams(recordings, happy)
    assert judged["heard"] == pytest.approx(2 / 3)
    assert judged["recordings"]["accuracy"] == pytest.approx(1 / 3)
    assert judged["windows"]["pictures"] == 2 * len(read_stream(spoken, happy))
    assert "| 66.7 |" in "\n".join(live_table({"both legs": judged}))


def test_an_absent_kind_is_missing_and_others_are_the_products_own() -> None:
    window = np.zeros((1, 32_000), np.float32)
    whole, alone = load_engines(), load_engines(absent=("encode",))
    rows = whole(EncodeSpeech(window))
    assert whole(ClassifyVoice(window, rows)).engine == "voice_compact+encode_moonshine"
    assert isinstance(alone(EncodeSpeech(window)), EngineUnavailable)
    assert isinstance(alone(ClassifyVoice(window)), Scores)
