"""When a clock is doubted, and why; that nothing is deleted meanwhile is tested with the retention."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection as Connection

from core.record.clock_trust import APART_S, OFF_S, ClockTrust, Moment
from core.record.store import Store

NOW_S = 1_800_000_000.0


@pytest.fixture
def store(data_dir: Path) -> Iterator[Store]:
    store = Store(data_dir / "attune.duckdb")
    yield store
    store.close()


async def test_first_clock_of_all_is_believed(store: Store) -> None:
    trust = ClockTrust(store, lambda: NOW_S, lambda: 0.0)
    assert await trust.doubt(trust.now()) == ""


@pytest.mark.parametrize(("off_s", "is_doubted"), [(OFF_S, False), (OFF_S + 1, True), (-APART_S - 1, True)])
async def test_after_a_start_a_clock_may_have_gone_on_for_weeks(store: Store, off_s: float, is_doubted: bool) -> None:
    trust = ClockTrust(store, lambda: NOW_S, lambda: 0.0)
    await trust.believe(trust.now())
    doubt = await ClockTrust(store, lambda: NOW_S, lambda: 0.0).doubt(Moment(NOW_S + off_s, 0.0))
    assert bool(doubt) is is_doubted
    assert not doubt or ("ahead of" if off_s > 0 else "behind") in doubt


@pytest.mark.parametrize(("clock_s", "steady_s", "is_doubted"), [(90.0, 90.0, False), (APART_S + 1, 0.0, True)])
async def test_while_it_runs_a_clock_goes_as_the_steady_one(
    store: Store, clock_s: float, steady_s: float, is_doubted: bool
) -> None:
    steady = [0.0]
    trust = ClockTrust(store, lambda: NOW_S, lambda: steady[0])
    await trust.believe(trust.now())
    steady[0] = steady_s
    assert bool(await trust.doubt(Moment(NOW_S + clock_s, steady_s))) is is_doubted


async def test_clocks_that_go_on_while_the_store_writes_are_not_doubted(store: Store) -> None:
    now = [0.0]
    trust = ClockTrust(store, lambda: NOW_S + now[0], lambda: now[0])
    write = store.execute

    async def slowly(job: Callable[[Connection], None]) -> None:
        await write(job)
        now[0] = 2 * APART_S

    store.execute = slowly  # type: ignore[method-assign, assignment]
    await trust.believe(trust.now())
    assert await trust.doubt(trust.now()) == ""
