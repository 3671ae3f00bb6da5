"""The English recogniser: words so far, words at the end, and none where there were none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from core.engines.requests import TranscribeSpeech, Transcript
from core.settings import Settings
from core.types import SOUND_RATE_HZ, FloatArray
from models._moonshine_nets import Heard
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


class Scripted:
    """In place of the nets: each hearing has the next text and confidence; notes the length and level of each."""

    def __init__(self, *told: tuple[str, float]) -> None:
        self.told = list(told)
        self.heard: list[tuple[int, float]] = []

    def encode(self, sound: FloatArray) -> FloatArray:
        self.heard.append((len(sound), float(np.sqrt((sound**2).mean()))))
        return sound

    def decode(self, *_: object) -> Heard:
        text, confidence = self.told.pop(0)
        return Heard(text, confidence, 2 + 2 * len(text.split()), is_whole=True, closing=0.0)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Moonshine, Scripted]]:
    def make(*told: tuple[str, float]) -> tuple[Moonshine, Scripted]:
        engine, nets = Moonshine(), Scripted(*told)
        for name in ("_encoder", "_decoder"):
            monkeypatch.setattr(engine, name, nets, raising=False)
        return engine, nets

    return make


QUIET = np.full(2 * SOUND_RATE_HZ, 0.001, np.float32)


def test_endless_speech_is_heard_as_far_as_it_hears_well(scripted) -> None:
    engine, nets = scripted(("word " * 30, 0.9))
    hear(engine, np.zeros(LONGEST + 1, np.float32))
    assert [length for length, _ in nets.heard] == [LONGEST]


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        (("path", 0.7), ("bath", 0.8), ("bath", 0.8)),
        (("path", 0.7), ("", 0.2), ("path", 0.7)),
        (("you", 0.3), ("he is a scholar", 0.8), ("", 0.3)),
        (("you", 0.3), ("who", 0.9), ("who", 0.9)),
    ],
)
def test_what_it_is_not_sure_of_is_heard_again_louder_and_the_surer_counts(scripted, first, second, counts) -> None:
    engine, nets = scripted(first, second)
    heard = hear(engine, QUIET)
    assert (heard.text, heard.confidence) == counts
    (length, level), (longer, louder) = nets.heard
    assert longer > length
    assert louder > 10 * level


def test_in_a_pause_that_may_end_it_an_utterance_is_heard_again_too(scripted) -> None:
    engine, nets = scripted(("path", 0.7), ("bath", 0.8))
    (heard,) = engine.infer([TranscribeSpeech(QUIET, "en", is_last=False, pause_s=0.5)])
    assert heard.text == "bath"
    assert len(nets.heard) == 2


@pytest.mark.parametrize(("is_last", "confidence"), [(True, 0.95), (False, 0.7)])
def test_what_it_is_sure_of_and_words_so_far_are_heard_once(scripted, is_last, confidence) -> None:
    engine, nets = scripted(("bath", confidence))
    assert hear(engine, QUIET, is_last=is_last).text == "bath"
    assert len(nets.heard) == 1


@pytest.mark.parametrize("text", ["You", "\u266a \u266a \u266a \u266a \u266a \u266a"])
def test_a_word_for_long_sound_and_signs_without_letters_are_dropped_however_sure(scripted, text) -> None:
    engine, _ = scripted((text, 0.99))
    assert hear(engine, np.zeros(6 * SOUND_RATE_HZ, np.float32)).text == ""
