"""The encoder as an engine: windows to rows, whatever their level, and what is zero before the speech left out."""

from __future__ import annotations

import numpy as np
import pytest

from core.engines.requests import VOICE_WINDOW, EncodeSpeech
from core.errors import EngineUnavailable
from core.settings import Settings
from models import encode_moonshine
from models._moonshine_nets import INNER, LOUD, SHORTEST, levelled
from models.encode_moonshine import MoonshineEncoder, joined, spoken


@pytest.fixture(scope="module")
def engine() -> MoonshineEncoder:
    made = MoonshineEncoder()
    made.load(Settings())
    return made


def windows(*spoken_s: float) -> np.ndarray:
    """(n, VOICE_WINDOW) of noise over so many of the last seconds."""
    sound = np.random.default_rng(1).normal(0, 0.1, (len(spoken_s), VOICE_WINDOW)).astype(np.float32)
    for window, seconds in zip(sound, spoken_s, strict=True):
        window[: VOICE_WINDOW - round(seconds * 16_000)] = 0
    return sound


def test_each_window_gets_as_many_rows_as_its_speech_is_long(engine) -> None:
    (answer,) = engine.infer([EncodeSpeech(windows(2.0, 1.0, 0.5))])
    assert answer.engine == "encode_moonshine"
    assert [rows.shape[1] for rows in answer.rows] == [288 * len(INNER)] * 3
    assert [len(rows) for rows in answer.rows] == pytest.approx([27, 13, 6], abs=1)
    assert all(rows.dtype == np.float32 for rows in answer.rows)


def test_a_batch_is_answered_as_its_requests_alone_would_be(engine) -> None:
    asked = [EncodeSpeech(windows(1.0)), EncodeSpeech(windows(2.0, 0.7))]
    for request, answer in zip(asked, engine.infer(asked), strict=True):
        for window, rows in zip(request.windows, answer.rows, strict=True):
            np.testing.assert_allclose(engine.infer([EncodeSpeech(window[None])])[0].rows[0], rows, atol=1e-4)


def test_the_level_of_the_microphone_does_not_matter(engine) -> None:
    loud, quiet = (engine.infer([EncodeSpeech(level * windows(1.0))])[0].rows[0] for level in (1.0, 0.02))
    np.testing.assert_allclose(loud, quiet, atol=0.05)


@pytest.mark.parametrize("window", [np.zeros(VOICE_WINDOW), np.eye(1, VOICE_WINDOW, VOICE_WINDOW - 1)[0]])
def test_sound_with_nothing_in_it_is_answered_with_numbers(engine, window) -> None:
    (rows,) = engine.infer([EncodeSpeech(window[None].astype(np.float32))])[0].rows
    assert len(rows) > 0
    assert np.isfinite(rows).all()


def test_what_is_zero_before_the_speech_is_left_out_but_for_the_shortest_sound() -> None:
    assert len(spoken(windows(0.5)[0])) == pytest.approx(8000, abs=2)
    assert len(spoken(windows(0.01)[0])) == SHORTEST


def test_sound_is_brought_to_one_level_and_cut_off_at_full_scale() -> None:
    sound = np.full(1000, 0.001, np.float32)
    assert np.sqrt((levelled(sound) ** 2).mean()) == pytest.approx(LOUD, rel=1e-3)
    assert np.abs(levelled(np.eye(1, 10_000, 5_000)[0].astype(np.float32))).max() == 1.0


@pytest.mark.parametrize(("count", "expected"), [(1, [0.0]), (2, [0.5]), (3, [1.0]), (8, [1.0, 4.0])])
def test_rows_are_joined_by_threes_and_none_is_lost_where_there_are_fewer(count, expected) -> None:
    rows = np.repeat(np.arange(count, dtype=np.float32)[:, None], 4, axis=1)
    np.testing.assert_allclose(joined(rows), np.repeat(np.array(expected)[:, None], 4, axis=1))


def test_a_missing_package_is_told(monkeypatch) -> None:
    def missing(_names: list[str]) -> dict[str, bytes]:
        raise EngineUnavailable("transcription needs the nets in the package moonshine-voice")

    monkeypatch.setattr(encode_moonshine, "read_files", missing)
    with pytest.raises(EngineUnavailable, match="moonshine-voice"):
        MoonshineEncoder().load(Settings())
