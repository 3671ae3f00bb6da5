"""What every session is made of; joined once, in app.py."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.companion.conversation import ReplyParts
from core.engines.engine import EngineDoor
from core.estimation.fusion import FusionSettings
from core.live.keeping import Recorder
from core.live.lanes.lane import AnyLane
from core.metrics import Metrics
from core.types import Modality


@dataclass(frozen=True)
class SessionParts:
    """Shared by all sessions."""

    engines: EngineDoor
    lanes: Mapping[Modality, Callable[[], AnyLane]]
    fusion: FusionSettings
    metrics: Metrics
    recorder: Recorder | None = None
    clock: Callable[[], float] = time.monotonic
    language: str = "en"
    """BCP-47, of what is said and typed until the person says otherwise"""
    replies: ReplyParts | None = None
    """what the companion answers and speaks with; None: it is silent"""
