"""Which engines, lanes and fusion a session is made of, by the settings.

A new modality is a row in core/modalities.py, a line here and a lane file.
"""

from __future__ import annotations

from collections.abc import Callable

from core.companion.conversation import ReplyParts
from core.engines.registry import NONE, Engines
from core.estimation.fusion import FusionSettings
from core.live.keeping import Recorder
from core.live.lanes.face import FaceLane
from core.live.lanes.lane import AnyLane
from core.live.lanes.text import TextLane
from core.live.lanes.voice import VoiceLane
from core.live.parts import SessionParts
from core.metrics import Metrics
from core.modalities import MODALITY_FACTS, weight_column
from core.settings import Settings
from core.types import Modality


def session_parts(
    engines: Engines,
    settings: Settings,
    metrics: Metrics,
    recorder: Recorder | None = None,
    replies: ReplyParts | None = None,
) -> SessionParts:
    """What every session shares; without a recorder nothing is kept, without replies the companion is silent."""
    fusion = FusionSettings(
        base_weights={
            modality: getattr(settings, weight_column(modality), facts.base_weight)
            for modality, facts in MODALITY_FACTS.items()
        },
        smoothing_s=settings.smoothing_s,
        abstain_below=settings.abstain_below,
    )
    lanes: dict[Modality, Callable[[], AnyLane]] = {
        "face": FaceLane,
        "voice": lambda: VoiceLane(
            patience_s=settings.patience_s,
            language=settings.language,
            hears_endings=settings.turn_engine not in ("", NONE),
        ),
        "text": lambda: TextLane(language=settings.language),
    }
    return SessionParts(engines, lanes, fusion, metrics, recorder, language=settings.language, replies=replies)
