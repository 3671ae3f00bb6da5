"""The recogniser of other languages: carried by packages, looked at before it is opened, and opened late."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.engines.requests import TranscribeSpeech, Transcript
from core.errors import EngineUnavailable
from core.settings import Settings
from models import transcribe_whisper_base
from models.training.voice_data import decode
from models.transcribe_whisper_base import CHECKSUMS, FILES, LANGUAGES, NAME, WhisperBase, _joined, _open


@pytest.fixture(scope="module")
def recogniser() -> WhisperBase:
    engine = WhisperBase()
    engine.load(Settings())
    return engine


def said(samples: np.ndarray, language: str = "nl") -> TranscribeSpeech:
    return TranscribeSpeech(samples.astype(np.float32), language, is_last=True)


def test_the_packages_files_are_those_that_were_published() -> None:
    assert {name: hashlib.sha256(_joined(name)).hexdigest() for name in FILES} == CHECKSUMS


def test_without_the_packages_the_command_that_brings_them_is_told(monkeypatch) -> None:
    monkeypatch.setattr(transcribe_whisper_base.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(EngineUnavailable, match="make run LANGUAGES=1"):
        WhisperBase().load(Settings())


def test_a_file_that_is_another_is_never_opened(monkeypatch, tmp_path: Path) -> None:
    engine = WhisperBase()
    engine.load(Settings())
    changed = tmp_path / "part"
    changed.write_bytes(b"not the published one")
    monkeypatch.setattr(transcribe_whisper_base, "_path", lambda _part: changed)
    answers = engine.infer([said(np.zeros(100)), said(np.zeros(100))])
    assert [type(answer) for answer in answers] == [EngineUnavailable] * 2
    assert "sha256" in answers[0].message


def test_nets_that_nobody_asks_for_are_not_opened(monkeypatch) -> None:
    monkeypatch.setattr(transcribe_whisper_base, "_open", lambda _threads: pytest.fail("opened"))
    WhisperBase().load(Settings())


@pytest.mark.slow
def test_its_languages_are_those_the_model_tells() -> None:
    assert set(LANGUAGES) == set(_open(1).supported_languages) - {"yue"}


@pytest.mark.slow
def test_polish_is_heard_and_silence_is_not(recogniser, datasets) -> None:
    table = pd.read_parquet(datasets / "speech" / "nemo_pl.parquet")
    row = table[(table["split"] == "valid") & (table["label"] == "neutral")].iloc[0]
    (heard,) = recogniser.infer([said(decode(row["audio"]), "pl-PL")])
    words = {word.strip(".,?!").lower() for word in heard.text.split()}
    assert len(words & {word.strip(".,?!").lower() for word in row["transcript"].split()}) >= 2
    assert heard.engine == NAME
    assert recogniser.infer([said(np.zeros(32_000))]) == [Transcript("", 0.0, NAME)]
