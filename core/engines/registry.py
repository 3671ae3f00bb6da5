"""The engine of each kind, chosen by the settings, behind one door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.engines.engine import Engine
from core.engines.local import LocalEngine
from core.engines.requests import Request
from core.errors import EngineUnavailable, SettingsError
from core.metrics import Metrics
from core.settings import Settings

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


class Engines:
    """The engine of each kind that a lane asks for."""

    def __init__(self, by_kind: Mapping[str, LocalEngine]) -> None:
        self.by_kind = dict(by_kind)

    async def ask(self, request: Request) -> Any:
        """Route by kind. Raises EngineUnavailable where no engine of that kind is set."""
        engine = self.by_kind.get(request.kind)
        if engine is None:
            raise EngineUnavailable(f"no engine of kind {request.kind!r} is set; see the settings table")
        return await engine.ask(request)

    def describe(self) -> list[dict[str, Any]]:
        """For `ready.engines` and GET /api/status: what reads what, and whether it can."""
        return [
            {
                "name": engine.engine.name,
                "kind": engine.engine.spec.kind,
                "version": engine.engine.spec.version,
                "licence": engine.engine.spec.licence,
                "available": engine.is_loaded,
                "facts": engine.engine.spec.facts,
                "note": engine.fault or engine.engine.spec.description,
            }
            for engine in self.by_kind.values()
        ]

    def load(self) -> None:
        for engine in self.by_kind.values():
            engine.load()

    def close(self) -> None:
        for engine in self.by_kind.values():
            engine.close()


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
