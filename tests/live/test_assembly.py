"""What a session is made of, by the settings."""

from __future__ import annotations

from core.live.assembly import session_parts
from core.metrics import Metrics
from core.settings import Settings
from core.types import MODALITIES
from tests.fakes import ListRecorder, ScriptedEngines


def test_weights_smoothing_and_abstention_are_those_of_the_settings() -> None:
    settings = Settings(weight_face=0.9, smoothing_s=1.5, abstain_below=0.25)
    fusion = session_parts(ScriptedEngines(), settings, Metrics()).fusion
    assert fusion.base_weights["face"] == 0.9
    assert (fusion.smoothing_s, fusion.abstain_below) == (1.5, 0.25)
    assert tuple(fusion.base_weights) == MODALITIES


def test_lanes_listen_in_the_language_and_with_the_patience_of_the_settings() -> None:
    parts = session_parts(ScriptedEngines(), Settings(language="nl", patience_s=1.25), Metrics())
    lanes = {modality: make() for modality, make in parts.lanes.items()}
    assert lanes["text"].language == parts.language == "nl"
    assert lanes["voice"].patience_s == 1.25


def test_without_a_recorder_nothing_is_kept_and_without_replies_nothing_is_said() -> None:
    bare = session_parts(ScriptedEngines(), Settings(), Metrics())
    assert (bare.recorder, bare.replies) == (None, None)
    recorder = ListRecorder()
    assert session_parts(ScriptedEngines(), Settings(), Metrics(), recorder).recorder is recorder


def test_each_session_gets_lanes_of_its_own() -> None:
    parts = session_parts(ScriptedEngines(), Settings(), Metrics())
    assert all(make() is not make() for make in parts.lanes.values())
