"""The engines of each kind, chosen by the settings, behind one door."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from core.engines import deadlines
from core.engines.engine import A, BackEnd, Engine, StreamBackEnd
from core.engines.kinds import KINDS, Kind
from core.engines.local import LocalEngine, Observe
from core.engines.requests import Request
from core.engines.streamed import StreamedEngine
from core.errors import EngineUnavailable, SettingsError
from core.plugins import discover
from core.settings import Settings

log = logging.getLogger(__name__)

NONE = "none"
"""in place of a name: no engine of this kind"""


AnyBackEnd = BackEnd | StreamBackEnd


class Engines:
    """Every engine in use; of each kind the one that is asked first comes first."""

    def __init__(self, engines: Iterable[Engine]) -> None:
        self._by_kind: dict[str, list[Engine]] = {}
        for engine in engines:
            self._by_kind.setdefault(engine.spec.kind, []).append(engine)

    def of(self, kind: str) -> Sequence[Engine]:
        """Those of a kind, in order of preference; empty where none is set."""
        return self._by_kind.get(kind, ())

    def first(self, kind: str) -> Engine | None:
        """The one that is used where nobody chooses: the preferred one, else the default; no other stands in for it."""
        engines = self.of(kind)
        ready = [engine for n, engine in enumerate(engines) if engine.is_ready and (n == 0 or engine.spec.is_default)]
        return next(iter([*ready, *engines]), None)

    async def ask(self, request: Request[A], deadline_s: float | None = None, name: str | None = None) -> A:
        """Route by kind, by what the request needs, and by name where one is given. Raises AppError."""
        engine = self._engine(request, name)
        return await engine.ask(request, deadline_s if deadline_s is not None else deadlines.deadline_s(request.kind))

    def able(self, request: Request[A], name: str | None = None) -> list[Engine]:
        """Those that can answer it, in order of preference; where some are ready, those alone."""
        named = [engine for engine in self.of(request.kind) if name in (None, engine.spec.name)]
        able = [engine for engine in named if request.fits(engine.spec)]
        return [engine for engine in able if engine.is_ready] or able

    def _engine(self, request: Request[A], name: str | None) -> Engine:
        if able := self.able(request, name):
            return able[0]
        named = [engine for engine in self.of(request.kind) if name in (None, engine.spec.name)]
        raise EngineUnavailable(_unfit(KINDS[request.kind], named, request))

    def describe(self) -> list[dict[str, object]]:
        """For `ready.engines` and GET /api/status: what reads what, where it runs, and whether it can."""
        every = [(engine, self.first(kind)) for kind, engines in self._by_kind.items() for engine in engines]
        told = [_facts(engine, is_first=engine is first) for engine, first in every]
        absent = [kind for kind in KINDS.values() if kind.is_optional and not self.of(kind.name)]
        return told + [
            {"name": "", "kind": kind.name, "available": False, "is_optional": True, "note": _without(kind)}
            for kind in absent
        ]

    def load(self) -> None:
        """One after another; blocks. What cannot be loaded says so in `describe` and when it is asked."""
        for engines in self._by_kind.values():
            for engine in engines:
                engine.load()

    async def close(self) -> None:
        """All at once."""
        every = [engine for engines in self._by_kind.values() for engine in engines]
        await asyncio.gather(*(engine.close() for engine in every))


def _without(kind: Kind) -> str:
    return f"no engine of the kind {kind.name} is set (setting {kind.setting}); {kind.otherwise}"


def _unfit(kind: Kind, engines: Sequence[Engine], request: Request[A]) -> str:
    """Why none of these can answer it."""
    language = str(getattr(request, "language", ""))
    if not engines:
        return _without(kind)
    if any(engine.spec.knows(language) for engine in engines):
        return f"{kind.otherwise}: no engine that is set knows this voice or this script in {language!r:.40}"
    known = sorted({known for engine in engines for known in engine.spec.languages})
    return f"{kind.otherwise}: {language!r:.40} is not known here, only {', '.join(known)}"


def _facts(engine: Engine, is_first: bool) -> dict[str, object]:
    spec = engine.spec
    return {
        "name": spec.name,
        "kind": spec.kind,
        "version": spec.version,
        "licence": spec.licence,
        "available": engine.is_ready,
        "note": engine.fault or spec.description,
        "languages": list(spec.languages),
        "grade": spec.grade,
        "runs_in": spec.runs_in,
        "max_batch": spec.max_batch,
        "leaves_machine": spec.leaves_machine,
        "is_default": is_first,
        "is_optional": KINDS[spec.kind].is_optional,
        "figures": [asdict(figure) for figure in spec.figures],
    }


def find_engines(package: str = "models") -> dict[str, AnyBackEnd]:
    """Every back-end that is there, by name; nothing is loaded."""
    return discover(package, "ENGINE", BackEnd, StreamBackEnd)


def choose_engines(
    found: Mapping[str, AnyBackEnd], settings: Settings, observe_ms: Observe = lambda _kind, _ms: None
) -> Engines:
    """Those that the settings name, or the default of a kind without a setting. Raises SettingsError.

    A kind that somebody may do without is left out by `none`; a kind nobody knows is refused.
    """
    for back_end in found.values():
        if back_end.spec.kind not in KINDS:
            known = ", ".join(KINDS)
            raise SettingsError(f"engine {back_end.name} is of the kind {back_end.spec.kind!r}; known are: {known}")
    chosen = [back_end for kind in KINDS.values() for back_end in _chosen(kind, found, settings)]
    return Engines(
        StreamedEngine(one, settings) if isinstance(one, StreamBackEnd) else LocalEngine(one, settings, observe_ms)
        for one in chosen
    )


def _chosen(kind: Kind, found: Mapping[str, AnyBackEnd], settings: Settings) -> list[AnyBackEnd]:
    of_kind = {name: back_end for name, back_end in found.items() if back_end.spec.kind == kind.name}
    if not kind.setting:
        return [back_end for back_end in of_kind.values() if back_end.spec.is_default]
    setting = str(getattr(settings, kind.setting))
    names = [name.strip() for name in setting.split(",") if name.strip()]
    if kind.is_optional and (not names or names == [NONE]):
        is_usual = setting == Settings.model_fields[kind.setting].default
        log.log(logging.INFO if is_usual else logging.WARNING, "%s", _without(kind))
        return []
    if not names or not set(names) <= set(of_kind):
        known = ", ".join([*sorted(of_kind), *([NONE] if kind.is_optional else [])])
        raise SettingsError(f"{kind.setting} is {setting!r}; known are: {known}")
    if kind.is_persons_choice:
        names += [name for name in of_kind if name not in names]
    return [of_kind[name] for name in names]
