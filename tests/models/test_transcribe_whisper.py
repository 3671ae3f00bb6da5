"""Our way to faster-whisper, with a tiny random model in the real format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.engines.requests import TranscribeSpeech, Transcript
from core.errors import EngineUnavailable
from core.settings import Settings
from models import transcribe_whisper
from models.transcribe_whisper import Whisper
from tests.tiny_whisper import WORDS, write_tiny_whisper


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_whisper(tmp_path_factory.mktemp("whisper"))


@pytest.fixture
def whisper(folder: Path) -> Whisper:
    engine = Whisper()
    engine.load(Settings(whisper_model=str(folder)))
    return engine


def piece(count: int, is_last: bool = True, language: str = "en") -> TranscribeSpeech:
    samples = np.random.default_rng(1).normal(0, 0.1, count).astype(np.float32)
    return TranscribeSpeech(samples, language, is_last)


def hear(whisper: Whisper, request: TranscribeSpeech) -> Transcript:
    (answer,) = whisper.infer([request])
    assert isinstance(answer, Transcript), answer
    return answer


@pytest.mark.parametrize("is_last", [False, True])
def test_an_utterance_has_words_so_far_and_at_its_end(whisper: Whisper, is_last: bool) -> None:
    heard = hear(whisper, piece(16_000, is_last, language="en-GB"))
    assert set(heard.text.split()) <= set(WORDS)
    assert heard.text
    assert 0 < heard.confidence <= 1
    assert heard.engine == "transcribe_whisper"


def test_empty_utterance_has_no_words(whisper: Whisper) -> None:
    assert hear(whisper, piece(0)) == Transcript("", 0.0, "transcribe_whisper")


def test_unknown_language_says_type_instead(whisper: Whisper) -> None:
    (answer,) = whisper.infer([piece(8000, language="xx")])
    assert isinstance(answer, EngineUnavailable)
    assert "type instead" in answer.message


@pytest.mark.parametrize("model", ["", "no/such/folder", "model.bin"])
def test_model_that_is_not_there_says_what_brings_it(model: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # nothing is fetched in a test
    with pytest.raises(EngineUnavailable, match="ATTUNE_WHISPER_MODEL"):
        Whisper().load(Settings(whisper_model=model))


def test_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="does not load"):
        Whisper().load(Settings(whisper_model=str(tmp_path)))


def test_it_is_found_and_not_the_default() -> None:
    assert not transcribe_whisper.ENGINE.spec.is_default
