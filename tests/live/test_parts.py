"""What all sessions share cannot be changed by one of them."""

from __future__ import annotations

import time
from dataclasses import FrozenInstanceError

import pytest

from core.estimation.fusion import FusionSettings
from core.live.parts import SessionParts
from core.metrics import Metrics
from tests.fakes import ScriptedEngines


def test_parts_are_frozen_and_run_on_a_steady_clock() -> None:
    parts = SessionParts(ScriptedEngines(), {}, FusionSettings(), Metrics())
    assert parts.clock is time.monotonic
    with pytest.raises(FrozenInstanceError):
        parts.language = "nl"  # type: ignore[misc]
