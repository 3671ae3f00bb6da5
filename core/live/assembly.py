"""Which engines, lanes and fusion a session is made of, by the settings.

A new modality is a line here and a lane file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.errors import SettingsError
from core.estimation.fusion import FusionSettings
from core.live.engine import Engine, Engines, Lane, LocalEngine
from core.live.keeping import Recorder
from core.live.lanes.face import FaceLane
from core.live.lanes.text import TextLane
from core.live.lanes.voice import VoiceLane
from core.live.parts import SessionParts
from core.live.reply import ReplyParts
from core.live.reply_engines import ReplyEngines
from core.metrics import Metrics
from core.settings import Settings
from core.types import Modality

REPLY = "reply"
"""engines of this kind answer in a stream and are chosen by the person, not by the server alone"""
CHOSEN_BY = {
    "detect": "detect_engine",
    "face": "face_engine",
    "speech": "speech_engine",
    "voice": "voice_engine",
    "transcribe": "transcribe_engine",
    "text": "text_engine",
    "speak": "speak_engine",
}
"""engine kind -> the setting that names the engine; a kind without a setting has one default engine"""


def choose_engines(found: Mapping[str, Engine], settings: Settings, metrics: Metrics) -> Engines:
    """One engine per kind, by setting or by being the default. Raises SettingsError for an unknown name."""
    by_kind: dict[str, LocalEngine] = {}
    for engine in found.values():
        kind = engine.spec.kind
        if kind == REPLY:
            continue
        wanted = getattr(settings, CHOSEN_BY[kind]) if kind in CHOSEN_BY else None
        if engine.name == wanted or (wanted is None and engine.spec.is_default):
            by_kind[kind] = LocalEngine(engine, settings, metrics.observe_ms)
    for chosen, setting in CHOSEN_BY.items():
        if chosen not in by_kind:
            known = sorted(e.name for e in found.values() if e.spec.kind == chosen)
            raise SettingsError(f"{setting} is {getattr(settings, setting)!r}; known are: {', '.join(known)}")
    return Engines(by_kind)


def choose_replies(found: Mapping[str, Any], settings: Settings) -> ReplyEngines:
    """Every engine that answers: the person may choose among them. Raises SettingsError for an unknown name."""
    replies = {name: engine for name, engine in found.items() if engine.spec.kind == REPLY}
    if settings.reply_engine not in replies:
        raise SettingsError(f"reply_engine is {settings.reply_engine!r}; known are: {', '.join(sorted(replies))}")
    return ReplyEngines(replies, settings)


def session_parts(
    engines: Engines,
    settings: Settings,
    metrics: Metrics,
    recorder: Recorder | None = None,
    replies: ReplyParts | None = None,
) -> SessionParts:
    """What every session shares; without a recorder nothing is kept, without replies the companion is silent."""
    fusion = FusionSettings(
        base_weights={"face": settings.weight_face, "voice": settings.weight_voice, "text": settings.weight_text},
        smoothing_s=settings.smoothing_s,
        abstain_below=settings.abstain_below,
    )
    lanes: dict[Modality, Callable[[], Lane]] = {
        "face": FaceLane,
        "voice": lambda: VoiceLane(patience_s=settings.patience_s),
        "text": lambda: TextLane(language=settings.language),
    }
    return SessionParts(engines, lanes, fusion, metrics, recorder, language=settings.language, replies=replies)
