"""What is past its time goes; a clock that cannot be right deletes nothing until it is put right or confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from core.errors import NotFound, SessionError
from core.record import retention as retention_job
from core.record.accounts import Accounts
from core.record.clock_trust import SETTLED_S
from core.record.deletion import delete_person
from core.record.migrations import MIGRATIONS, migrate
from core.record.retention import Retention, delete_old, set_retention
from core.record.store import Store
from core.settings import Settings
from tests.record.events import count, fill, opened

NOW_S = 1_800_000_000.0
DAY_S = 86_400.0


class Clocks:
    """The server's clock, which may be set, and one that nobody sets."""

    def __init__(self) -> None:
        self.now_s = NOW_S
        self.steady_s = 1000.0

    def run(self, seconds: float) -> None:
        self.now_s += seconds
        self.steady_s += seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "attune.duckdb"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path)
    yield store
    store.close()


def started(store: Store, clocks: Clocks) -> Retention:
    return Retention(store, 90, lambda: clocks.now_s, lambda: clocks.steady_s)


async def a_session(store: Store, ended_at: float = NOW_S - 60) -> None:
    await opened(store)
    await store.close_session("s1", ended_at)


async def test_what_is_past_its_time_goes_while_the_clock_runs_evenly(store: Store, clocks: Clocks) -> None:
    await a_session(store)
    retention = started(store, clocks)
    for _ in range(89):
        assert await retention.check() == 0
        clocks.run(DAY_S)
    clocks.run(2 * DAY_S)
    assert await retention.check() == 1
    assert retention.held == ""


@pytest.mark.parametrize("jump_days", [31, 400, 36_500])
async def test_clock_far_ahead_at_the_start_deletes_nothing_and_says_so(
    store: Store, clocks: Clocks, caplog: pytest.LogCaptureFixture, jump_days: float
) -> None:
    await a_session(store)
    await started(store, clocks).check()
    clocks.now_s += jump_days * DAY_S
    retention = started(store, clocks)
    for _ in range(3):
        assert await retention.check() == 0
        clocks.run(3600)
    assert await count(store, "sessions") == 1
    assert "ahead of 2027-01-15" in retention.held
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1, "told once"


async def test_server_that_was_off_for_a_few_weeks_is_not_asked(store: Store, clocks: Clocks) -> None:
    await a_session(store, NOW_S - 80 * DAY_S)
    await started(store, clocks).check()
    clocks.now_s += 20 * DAY_S
    retention = started(store, clocks)
    await retention.check()
    clocks.run(SETTLED_S)
    assert await retention.check() == 1
    assert retention.held == ""


@pytest.mark.parametrize("jump_days", [2, 29])
async def test_clock_that_is_put_right_soon_after_a_start_has_deleted_nothing(
    store: Store, clocks: Clocks, jump_days: float
) -> None:
    """With a day's retention, two days ahead are everything there is; the network sets most clocks within minutes."""
    _, person = await Accounts(store, Settings(), lambda: NOW_S).guest(["camera", "history"], "self")
    await fill(store, "s1", person.user_id)
    await set_retention(store, person.user_id, 1)
    await started(store, clocks).check()
    clocks.now_s += jump_days * DAY_S
    retention = started(store, clocks)
    for _ in range(2):
        assert await retention.check() == 0
        clocks.run(SETTLED_S / 3)
    clocks.now_s -= jump_days * DAY_S
    clocks.run(3600)
    assert await retention.check() == 0
    assert (await count(store, "sessions"), retention.held) == (1, "")
    clocks.run(DAY_S)
    assert await retention.check() == 1, "its day is over"


async def test_server_that_was_off_for_a_night_need_not_settle(store: Store, clocks: Clocks) -> None:
    await a_session(store, NOW_S - 90 * DAY_S + 60)
    await started(store, clocks).check()
    clocks.now_s += DAY_S / 2
    assert await started(store, clocks).check() == 1


@pytest.mark.parametrize("jump_s", [100 * DAY_S, 2 * DAY_S, -2 * DAY_S])
async def test_clock_that_jumps_while_the_server_runs_is_not_believed(
    store: Store, clocks: Clocks, jump_s: float
) -> None:
    await a_session(store, NOW_S - 89 * DAY_S)
    retention = started(store, clocks)
    await retention.check()
    clocks.now_s += jump_s
    clocks.run(3600)
    assert await retention.check() == 0
    assert retention.held
    assert await count(store, "sessions") == 1


async def test_clock_behind_what_it_showed_before_is_not_believed(store: Store, clocks: Clocks) -> None:
    await started(store, clocks).check()
    clocks.now_s -= 10 * DAY_S
    retention = started(store, clocks)
    await retention.check()
    assert "behind 2027-01-15" in retention.held


async def test_retention_goes_on_once_the_clock_is_put_right(store: Store, clocks: Clocks) -> None:
    await a_session(store, NOW_S - 89 * DAY_S)
    await started(store, clocks).check()
    clocks.now_s += 1000 * DAY_S
    retention = started(store, clocks)
    await retention.check()
    clocks.now_s -= 1000 * DAY_S
    clocks.run(2 * DAY_S)
    assert await retention.check() == 1
    assert retention.held == ""


async def test_retention_goes_on_once_an_admin_confirms_the_clock(store: Store, clocks: Clocks) -> None:
    await a_session(store)
    await started(store, clocks).check()
    clocks.now_s += 1000 * DAY_S
    retention = started(store, clocks)
    await retention.check()
    await retention.confirm()
    assert retention.held == ""
    assert await retention.check() == 1
    assert await started(store, clocks).check() == 0, "and after the next start too"


async def test_clock_that_is_slewed_a_little_every_day_stays_believed(store: Store, clocks: Clocks) -> None:
    retention = started(store, clocks)
    for _ in range(60):
        clocks.run(DAY_S)
        clocks.now_s += 3600
        await retention.check()
        assert retention.held == ""


async def test_file_of_before_is_measured_by_its_newest_trace(path: Path, clocks: Clocks) -> None:
    with duckdb.connect(str(path)) as connection:
        migrate(connection, MIGRATIONS[:4])
        connection.execute(
            "INSERT INTO sessions (session_id, user_id, started_at, ended_at, consent_id, settings) VALUES"
            " ('s1', 'u1', make_timestamp(?), make_timestamp(?), 'c1', '{}')",
            [round((NOW_S - 100) * 1e6), round(NOW_S * 1e6)],
        )
    store = Store(path)
    clocks.now_s += 365 * DAY_S
    retention = started(store, clocks)
    assert await retention.check() == 0
    assert retention.held
    store.close()


async def test_held_retention_survives_the_exchange_of_the_file(store: Store, clocks: Clocks) -> None:
    await a_session(store)
    await started(store, clocks).check()
    await store.erase(lambda connection: len(connection.execute("DELETE FROM consents RETURNING 1").fetchall()))
    assert await count(store, "clock_seen") == 1


# -- the rule ------------------------------------------------------------------------------------


async def test_retention_is_the_persons_own_or_the_servers(store: Store) -> None:
    accounts = Accounts(store, Settings(), lambda: NOW_S)
    people = [(await accounts.guest(["camera", "history"], "self"))[1] for _ in range(2)]
    for number, person in enumerate(people):
        await fill(store, f"s{number}", person.user_id)
    assert await set_retention(store, people[0].user_id, 1) == 1
    assert await delete_old(store, 90, NOW_S + 100) == 0
    assert await delete_old(store, 90, NOW_S + 2 * 86_400) == 1
    assert [row["session_id"] for row in await store.read("SELECT session_id FROM sessions")] == ["s1"]
    assert await delete_old(store, 90, NOW_S - 5 * 86_400) == 0  # a clock that jumped back deletes nothing
    assert await delete_old(store, 90, NOW_S + 91 * 86_400) == 1
    assert await count(store, "users") == 0  # their tokens have run out: nobody can ever come back


@pytest.mark.parametrize("days", [0, -1, 366, 10**9])
async def test_retention_outside_a_day_and_a_year_is_refused(store: Store, days: int) -> None:
    with pytest.raises(SessionError, match="1 to 365"):
        await set_retention(store, "u1", days)


async def test_retention_of_somebody_who_is_not_there_any_more_is_not_found(store: Store) -> None:
    accounts = Accounts(store, Settings(), lambda: NOW_S)
    _, person = await accounts.guest(["camera", "history"], "self")
    assert await set_retention(store, person.user_id, None) is None
    await delete_person(store, person.user_id)
    with pytest.raises(NotFound, match="nothing of yours is kept"):
        await set_retention(store, person.user_id, 7)


@pytest.mark.parametrize(("age_days", "is_kept"), [(89, True), (89.99, True), (90.01, False), (91, False)])
async def test_the_servers_retention_counts_whole_days(store: Store, age_days: float, is_kept: bool) -> None:
    await fill(store)  # it ends at NOW_S + 60
    await delete_old(store, 90, NOW_S + 60 + age_days * 86_400)
    assert await count(store, "sessions") == int(is_kept)


@pytest.mark.parametrize(("age_days", "is_kept"), [(6.9, True), (7.1, False), (89, False)])
async def test_a_persons_own_retention_counts_whole_days(store: Store, age_days: float, is_kept: bool) -> None:
    accounts = Accounts(store, Settings(), lambda: NOW_S)
    _, person = await accounts.guest(["camera", "history"], "self")
    await fill(store, "s1", person.user_id)
    await set_retention(store, person.user_id, 7)
    await delete_old(store, 90, NOW_S + 60 + age_days * 86_400)
    assert await count(store, "sessions") == int(is_kept)


async def test_the_job_looks_again_hour_after_hour(
    store: Store, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_job, "CHECK_EVERY_S", 0.01)
    await a_session(store, NOW_S - 89 * DAY_S)
    job = asyncio.create_task(started(store, clocks).run())
    await asyncio.sleep(0.1)
    assert await count(store, "sessions") == 1
    clocks.run(DAY_S + 60)
    async with asyncio.timeout(10):
        while await count(store, "sessions"):
            await asyncio.sleep(0.02)
    job.cancel()
