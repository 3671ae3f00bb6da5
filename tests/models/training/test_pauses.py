"""The fixed list of pauses: what it holds, that nobody is in both parts, and how the sound of one is made."""

from __future__ import annotations

import numpy as np
import pytest

from core.types import SOUND_RATE_HZ
from models.training.pauses import (
    LEAD_S,
    TAIL_S,
    PauseCase,
    decode,
    read_cases,
    read_recording,
    silence,
    sound_of,
    stretch,
)
from tests.benchmarks.sounds import _read

TONE = np.ones(3 * SOUND_RATE_HZ, np.float32)


def case(**changes: object) -> PauseCase:
    given: dict[str, object] = {
        "part": "dev",
        "kind": "spliced",
        "within": "sentence",
        "speaker": "somebody",
        "source": "one",
        "begin_s": 0.5,
        "end_s": 1.5,
        "silence_s": 0.6,
        "then": "one",
        "then_begin_s": 1.5,
        "then_end_s": 2.0,
    }
    return PauseCase(**(given | changes))  # type: ignore[arg-type]


def test_the_list_is_long_enough_and_tells_natural_pauses_from_spliced_ones() -> None:
    cases = read_cases()
    assert len(cases) >= 60
    assert len({(one.source, one.begin_s, one.end_s, one.then, one.silence_s) for one in cases}) == len(cases)
    for part in ("dev", "test"):
        for kind in ("natural", "spliced"):
            of_it = [one for one in cases if (one.part, one.kind) == (part, kind)]
            assert {one.within for one in of_it} == {"sentence", "turn"}


def test_no_speaker_is_in_both_parts() -> None:
    parts = {part: {one.speaker for one in read_cases() if one.part == part} for part in ("dev", "test")}
    assert not parts["dev"] & parts["test"]


def test_a_spliced_pause_is_two_stretches_with_silence_between() -> None:
    sound, ceases_s = sound_of(case(), lambda _source: TONE)
    assert ceases_s == pytest.approx(LEAD_S + 1.0)
    assert len(sound) / SOUND_RATE_HZ == pytest.approx(LEAD_S + 1.0 + 0.6 + 0.5 + TAIL_S)
    loud = np.abs(sound) > 0.5
    assert not loud[round((LEAD_S + 1.0) * SOUND_RATE_HZ) : round((LEAD_S + 1.6) * SOUND_RATE_HZ)].any()


def test_a_natural_pause_is_heard_in_the_whole_recording() -> None:
    sound, ceases_s = sound_of(case(kind="natural", then="", begin_s=0.0, end_s=1.5), lambda _source: TONE)
    assert ceases_s == pytest.approx(LEAD_S + 1.5)
    assert (np.abs(sound) > 0.5).sum() / SOUND_RATE_HZ == pytest.approx(3.0, abs=0.02)


def test_a_stretch_fades_and_the_recording_stays_as_it_was() -> None:
    before = TONE.copy()
    piece = stretch(TONE, 0.5, 1.0)
    assert (piece[0], piece[-1], piece[len(piece) // 2]) == (0.0, 0.0, 1.0)
    assert np.array_equal(TONE, before)


def test_silence_is_faint_and_the_same_each_time() -> None:
    assert np.array_equal(silence(0.5, 1), silence(0.5, 1))
    assert 0 < np.abs(silence(0.5, 1)).max() < 0.01


def test_recordings_are_found_by_their_names(datasets) -> None:
    assert np.array_equal(read_recording("asr/goforward.flac"), _read(datasets / "asr" / "goforward.flac"))
    assert len(decode(datasets / "asr" / "goforward.flac")) > SOUND_RATE_HZ
    for source in {one.source.partition("#")[0] for one in read_cases() if not one.source.startswith("moonshine:")}:
        assert (datasets / source).exists(), source


def test_recordings_of_the_package_and_of_tables_are_found(datasets) -> None:
    assert len(read_recording("moonshine:beckett.wav")) > 5 * SOUND_RATE_HZ
    row = next(one.source for one in read_cases() if "#" in one.source)
    assert len(read_recording(row)) > SOUND_RATE_HZ
    with pytest.raises(FileNotFoundError):
        read_recording("asr/nobody.flac")
