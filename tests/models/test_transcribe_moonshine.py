"""The English recogniser: words so far, words at the end, and none where there were none."""

from __future__ import annotations

import numpy as np
import pytest

from core.engines.requests import TranscribeSpeech, Transcript
from core.settings import Settings
from core.types import SOUND_RATE_HZ, FloatArray
from models.transcribe_moonshine import LEAST_CONFIDENCE, LONGEST, NAME, Moonshine
from tests.benchmarks.sounds import _read


@pytest.fixture(scope="module")
def moonshine() -> Moonshine:
    engine = Moonshine()
    engine.load(Settings())
    return engine


def hear(engine: Moonshine, samples: FloatArray, *, is_last: bool = True) -> Transcript:
    (answer,) = engine.infer([TranscribeSpeech(samples, "en", is_last)])
    return answer


def test_words_grow_with_the_window(moonshine, datasets) -> None:
    sound = _read(datasets / "asr" / "librivox_sense_0930.flac")
    so_far = [hear(moonshine, sound[: n * SOUND_RATE_HZ], is_last=False).text for n in (1, 2, 3)]
    assert [len(text.split()) for text in so_far] == sorted(len(text.split()) for text in so_far)
    heard = hear(moonshine, sound)
    assert heard.text == "He might even have been made amiable himself."
    assert 0.8 < heard.confidence <= 1
    assert heard.engine == NAME


def test_requests_of_a_batch_do_not_hear_each_other(moonshine, datasets) -> None:
    sounds = [_read(datasets / "asr" / name) for name in ("cards_003.flac", "goforward.flac")]
    answers = moonshine.infer([TranscribeSpeech(sound, "en", is_last=True) for sound in sounds])
    assert [answer.text for answer in answers] == ["Seven of clubs.", "Go forward ten meters."]


def test_it_is_surer_of_a_sentences_end_than_of_one_that_was_cut(moonshine, datasets) -> None:
    sound = _read(datasets / "asr" / "librivox_sense_0930.flac")
    whole, cut = hear(moonshine, sound), hear(moonshine, sound[: round(1.32 * SOUND_RATE_HZ)])
    assert whole.text.endswith(".")
    assert cut.text.endswith((".", ","))
    assert cut.closing is not None
    assert whole.closing is not None
    assert 0 <= cut.closing < whole.closing <= 1


@pytest.mark.parametrize("samples", [0, 100])
def test_next_to_nothing_has_no_words(moonshine, samples) -> None:
    assert hear(moonshine, np.zeros(samples, np.float32)) == Transcript("", 0.0, NAME)


def test_what_it_is_not_sure_of_is_dropped_and_says_how_sure_it_was(moonshine) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 2 * SOUND_RATE_HZ).astype(np.float32)
    heard = hear(moonshine, noise)
    assert heard.text == ""
    assert 0 < heard.confidence < LEAST_CONFIDENCE


def test_endless_speech_is_heard_as_far_as_it_hears_well(moonshine, monkeypatch) -> None:
    lengths: list[int] = []
    monkeypatch.setattr(
        moonshine, "_encoder", type("Noted", (), {"encode": lambda _self, sound: lengths.append(len(sound))})()
    )
    monkeypatch.setattr(moonshine, "_decoder", type("Silent", (), {"decode": lambda *_: _nothing()})())
    hear(moonshine, np.zeros(LONGEST + 1, np.float32))
    assert lengths == [LONGEST]


def _nothing():
    from models._moonshine_nets import Heard

    return Heard("", 0.0, 0, is_whole=True, closing=0.0)
