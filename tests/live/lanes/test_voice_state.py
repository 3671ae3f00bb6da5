"""Where samples lie in time, and how a window of speech becomes a reading."""

from __future__ import annotations

import numpy as np
import pytest

from core.engines.requests import VOICE_WINDOW, Scores
from core.estimation.endpointing import Segmenting
from core.live.lanes.lane import EndSpeech
from core.live.lanes.voice_state import Hearing, VoiceState, Window
from core.types import SOUND_RATE_HZ, Quality
from tests.fakes import sound


def test_samples_lie_before_the_end_of_their_chunk() -> None:
    hearing = Hearing.of_chunk(sound(2.0, 0.5))
    assert (hearing.time_s, hearing.capture_s, hearing.arrived_s) == (2.5, 102.5, 2.5)
    hearing.unheard = SOUND_RATE_HZ // 10
    assert hearing.at_s(heard=50_000, position=50_000) == pytest.approx(2.4)
    assert hearing.at_s(heard=50_000, position=50_000 - SOUND_RATE_HZ) == pytest.approx(1.4)
    assert hearing.at_s(heard=500_000, position=0) == 0.0
    assert hearing.capture_at_s(2.25) == pytest.approx(102.25)


def test_speech_ends_where_the_sound_did_however_late_the_word_comes() -> None:
    word = EndSpeech(9.0, 109.0, 9.1)
    heard = VoiceState("s", rest=np.zeros(160, np.float32), end_s=4.0, capture_end_s=104.0)
    ended = Hearing.at_the_end(heard, word)
    assert (ended.time_s, ended.capture_s, ended.arrived_s, ended.unheard) == (4.0, 104.0, 9.1, 160)
    nothing = Hearing.at_the_end(VoiceState("s"), word)
    assert (nothing.time_s, nothing.capture_s, nothing.unheard) == (9.0, 109.0, 0)


def test_a_window_is_read_with_and_without_temperature() -> None:
    window = Window(np.zeros(VOICE_WINDOW, np.float32), 1.0, 2.0, 102.0, 2.1, Quality(0.5, ("noisy",)))
    logits = np.array([0, 2, 0, 0, 0, 0, 0], np.float32)
    read = window.read_as(logits, Scores(logits[None], 2.0, "net"))
    assert (read.modality, read.start_s, read.end_s, read.capture_s, read.arrived_s) == ("voice", 1.0, 2.0, 102.0, 2.1)
    assert (read.quality.reasons, read.engine) == (("noisy",), "net")
    assert read.probs.sum() == pytest.approx(1)
    assert read.probs_raw[1] > read.probs[1] > 1 / 7


def test_what_is_cut_out_of_the_sound_is_what_is_still_remembered_of_it() -> None:
    state = VoiceState("s", ring=np.arange(100, 200, dtype=np.float32), ring_end=200)
    assert state.cut(150, 153).tolist() == [150, 151, 152]
    assert state.cut(0, 102).tolist() == [100, 101]
    assert len(state.cut(0, 50)) == 0
    state.cut(150, 160)[:] = 0
    assert state.ring[50] == 150, "it is a copy"


def test_a_pause_lasts_from_the_last_voiced_frame_on() -> None:
    assert VoiceState("s", segmenting=Segmenting(frame=8, last_voiced=7)).in_pause == 0
    assert VoiceState("s", segmenting=Segmenting(frame=12, last_voiced=7)).in_pause == 4
