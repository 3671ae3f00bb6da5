"""Whole recordings through a session and as files: what is heard, what counts where nothing is, and how they differ."""

from __future__ import annotations

import numpy as np
import pytest

from core.engines.local import LocalEngine
from core.engines.registry import Engines
from core.engines.requests import SPEECH_FRAME, ClassifyVoice, EncodeSpeech, Scores, SpeechScores
from core.errors import EngineUnavailable
from core.settings import Settings
from models.training.evaluate_voice_live import (
    Both,
    answer_of,
    choose,
    judge_both,
    judged_as_one,
    live_table,
    load_engines,
    read_both,
    read_live,
    read_whole,
)
from models.training.voice_data import Recording
from tests.fakes import ScriptedEngine, estimate
from tests.models.training.made_up_voices import sound


def _speech(request):
    """Where the sound is loud."""
    loud = np.abs(request.samples.reshape(-1, SPEECH_FRAME)).max(axis=1) > 0.01
    return SpeechScores(loud.astype(np.float32), None)


def _happy(request):
    return Scores(np.eye(1, 7, 1, dtype=np.float32).repeat(len(request.windows), axis=0) * 4, 1.0, "happy")


@pytest.fixture(scope="module")
def happy() -> Engines:
    """All speech is happy; nobody else answers."""
    scripted = [ScriptedEngine(answer, kind=kind) for kind, answer in (("speech", _speech), ("voice", _happy))]
    engines = Engines(LocalEngine(engine, Settings()) for engine in scripted)
    engines.load()
    return engines


async def test_a_recording_is_read_every_half_second_to_its_end(happy: Engines) -> None:
    told = await read_live(sound(3.0), happy)
    assert len(told) in (6, 7)
    assert told[-1].end_s == pytest.approx(3.0, abs=0.1)


def test_a_whole_file_is_read_in_the_same_windows(happy: Engines) -> None:
    told = read_whole(sound(3.2), answer_of(happy))
    assert [reading.end_s for reading in told] == pytest.approx([0.5, 1.0, 1.5, 2.0, 2.5, 3.0])
    assert [reading.end_s - reading.start_s for reading in told][-2:] == pytest.approx([2.0, 2.0])


@pytest.mark.parametrize("is_tight", [False, True])
def test_a_recording_in_which_nothing_is_heard_counts_as_wrong(happy: Engines, is_tight: bool) -> None:
    faint = (sound(2.0) * 0.02).astype(np.float32)
    recordings = [Recording(own, label, "a", "x") for own, label in ((sound(5.0), 1), (faint, 1), (sound(4.0), 2))]
    judged = judge_both(read_both(recordings, happy, is_tight=is_tight))
    assert judged["heard"] == pytest.approx(2 / 3)
    assert (judged["live"], judged["offline"]) == (0.25, 0.5)
    assert judged["difference"][0] == -0.25
    assert "| 66.7 | 0.250 | 0.500 | -0.250 (" in "\n".join(live_table({"made up": judged}))


def test_the_readings_of_a_recording_count_by_what_they_heard() -> None:
    short, long = estimate("happy", 0.5, "voice", start_s=0.0), estimate("sad", 2.0, "voice", start_s=0.0)
    assert judged_as_one([short, long]).argmax() == 2
    both = Both(np.array([1, 2] * 5), [[short, long], [short, long]] * 5, [[short], [long]] * 5)
    assert (judge_both(both)["live"], judge_both(both)["offline"]) == (0.5, 1.0)


def test_of_every_speaker_and_label_as_many_are_chosen_and_always_the_same() -> None:
    recordings = [Recording(sound(0.1, k), k % 3, f"s{k % 2}", "x") for k in range(60)]
    chosen = choose(recordings, most=12)
    groups = [(recording.label, recording.speaker) for recording in chosen]
    assert {groups.count(group) for group in set(groups)} == {2}
    assert [id(recording) for recording in chosen] == [id(recording) for recording in choose(recordings, most=12)]


async def test_no_answer_is_given_up_for_being_late(monkeypatch) -> None:
    asked = []

    async def noted(self, request, deadline_s=None, name=None):
        asked.append(deadline_s)

    monkeypatch.setattr(Engines, "ask", noted)
    await load_engines().ask(EncodeSpeech(np.zeros((1, 32_000), np.float32)), 0.25)
    assert asked == [3600.0]


def test_an_absent_kind_is_missing_and_others_are_the_products_own() -> None:
    window = np.zeros((1, 32_000), np.float32)
    whole, alone = (answer_of(load_engines(absent)) for absent in ((), ("encode",)))
    rows = whole(EncodeSpeech(window))
    assert whole(ClassifyVoice(window, rows)).engine == "voice_compact+encode_moonshine"
    assert isinstance(alone(EncodeSpeech(window)), EngineUnavailable)
    assert isinstance(alone(ClassifyVoice(window)), Scores)
