"""One definition of a span and of a share: header, list, statistics of tables and the running page say the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.analysis import statistics
from core.modalities import FUSED_FRESH_S
from core.record import queries, timelines
from core.record.spans import LABELS, shares
from core.record.store import Store
from core.record.tables import load_tables
from core.types import FusedEstimate
from tests.record.events import fused, opened, written

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(data_dir: Path) -> Iterator[Store]:
    store = Store(data_dir / "attune.duckdb")
    yield store
    store.close()


async def keep(store: Store, readings: list[FusedEstimate]) -> None:
    await opened(store)
    for reading in readings:
        store.append("s1", reading)
    await written(store)


def every(start_s: float, end_s: float, leading: str = "happy", step_s: float = 0.25, **changes) -> list[FusedEstimate]:
    count = round((end_s - start_s) / step_s)
    return [fused(start_s + step_s * number, leading, **changes) for number in range(count)]


async def test_longest_span_does_not_bridge_a_pause(store: Store) -> None:
    """Two seconds, twenty of pause, two seconds were told as 23.9 s of one expression."""
    await keep(store, every(0, 2) + every(22, 24))
    longest = (await timelines.statistics(store, "s1"))["longest"]
    assert longest["seconds"] == pytest.approx(1.75 + FUSED_FRESH_S)
    tables = await load_tables(store, "u1")
    assert statistics.overview(tables)["longest_s"][0] == longest["seconds"]


@pytest.mark.parametrize(("step_s", "seconds"), [(0.99, 0.99 * 9 + 1), (1.0, 10.0), (1.01, 1.0)])
async def test_span_ends_where_nothing_spoke_for_a_while(store: Store, step_s: float, seconds: float) -> None:
    await keep(store, every(0, 10 * step_s, step_s=step_s))
    longest = (await timelines.statistics(store, "s1"))["longest"]
    assert longest["seconds"] == pytest.approx(seconds)


async def test_header_list_and_statistics_tell_the_same_shares(store: Store) -> None:
    """Readings came at two rates, so counting them says something else than the time they led."""
    readings = every(0, 4, "happy", 0.1) + every(4, 10, "sad", 0.5) + every(30, 33, "fear", abstained=True)
    await keep(store, readings)
    header = (await queries.session_summary(store, "u1", "s1"))["shares"]
    _, (row,) = await timelines.list_with_sparklines(store, "u1", 1)
    tables = await load_tables(store, "u1")
    made = statistics.shares(tables).set_index("expression")["share"]
    assert sum(header.values()) == pytest.approx(1)
    assert header == pytest.approx(made.to_dict())
    assert row["main"] == [
        {"expression": label, "share": pytest.approx(header[label], abs=5e-4)}
        for label in ("sad", "happy", "uncertain")
    ]
    assert statistics.overview(tables)["not_sure"][0] == pytest.approx(header["uncertain"])
    assert header["sad"] == pytest.approx(6.5 / (4 + 6.5 + 3.75)), "the last one before the pause holds a second"


async def test_running_page_reckons_with_the_same_second() -> None:
    text = (ROOT / "pages/static/live/ledger.js").read_text()
    assert f"const FRESH_S = {FUSED_FRESH_S:g};" in text


def test_shares_of_nothing_are_zero() -> None:
    assert shares({}) == dict.fromkeys(LABELS, 0.0)
