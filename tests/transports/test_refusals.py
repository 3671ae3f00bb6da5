from __future__ import annotations

from core.errors import AppError, Limit, MediaError, Refused
from core.estimation.fusion import FusionSettings
from core.live.parts import SessionParts
from core.live.session import Session
from core.live.timing import LIVE
from core.metrics import Metrics
from core.transports import refusals as module
from core.transports.refusals import Refusals
from tests.fakes import ScriptedEngines, person


def _refusals() -> tuple[Refusals, Session, Metrics, list[str]]:
    metrics = Metrics()
    session = Session("s1", person(), SessionParts(ScriptedEngines(), {}, FusionSettings(), metrics), LIVE)
    told: list[str] = []

    async def tell(error: AppError) -> None:
        told.append(error.code)

    return Refusals(session, metrics, tell), session, metrics, told


async def test_every_refusal_is_counted_and_the_first_of_its_kind_told() -> None:
    refusals, session, metrics, told = _refusals()
    for _ in range(5):
        await refusals.turn_away(Limit("too fast", "rate_limited"))
        await refusals.turn_away(Refused("not now", "paused"))
    assert told == ["rate_limited", "paused"]
    assert session.refused == session.dropped == 10
    assert 'attune_dropped_total{what="paused"} 5.0' in metrics.page().decode()


async def test_a_limit_is_told_again_after_a_while_and_a_refusal_only_after_a_change(monkeypatch) -> None:
    refusals, _, _, told = _refusals()
    monkeypatch.setattr(module, "TELL_AGAIN_S", 0.0)
    for _ in range(2):
        await refusals.turn_away(Limit("too fast", "rate_limited"))
        await refusals.turn_away(Refused("not now", "paused"))
    assert told == ["rate_limited", "paused", "rate_limited"]
    refusals.tell_anew()
    await refusals.turn_away(Refused("not now", "paused"))
    assert told[-1] == "paused"


async def test_guarded_work_gives_its_answer_or_nothing() -> None:
    refusals, _, _, told = _refusals()

    async def works() -> int:
        return 3

    async def fails() -> int:
        raise MediaError("not a picture")

    assert await refusals.guard(works()) == 3
    assert await refusals.guard(fails()) is None
    assert told == ["media"]
