"""Places for uploads: who hardly moves gives way, and whoever begins again stands behind those who wait."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

import pytest

from core.errors import Limit
from core.live.admission import Admission, Owner, Places
from core.rest import uploads as uploads_module
from core.rest.bodies import in_time
from core.rest.uploads import LONGEST_OF_ADDRESS, Uploads


class House:
    """Two places, one for a person or an address, and those who send."""

    def __init__(self) -> None:
        self.uploads, self.admission = Uploads(), Admission({"upload": Places(2, 1, 1)})
        self.tasks: list[asyncio.Task[str]] = []

    def send(self, who: str, address: str, *, bytes_per_s: float = 0, for_s: float = 60) -> asyncio.Task[str]:
        """Ends with "sent", or with the code of its refusal."""
        task = asyncio.create_task(self._send(Owner(who, address), bytes_per_s, for_s))
        self.tasks.append(task)
        return task

    async def _send(self, owner: Owner, bytes_per_s: float, for_s: float) -> str:
        bound, enter = partial(self.admission.bound, "upload", owner), partial(self.admission.place, "upload", owner)
        try:
            async with self.uploads.place(owner, bound, enter) as upload, in_time("send less") as arrival:
                upload.watch(arrival)
                for step in range(round(for_s / 0.01)):
                    arrival.has_come(round(step * 0.01 * bytes_per_s))
                    await asyncio.sleep(0.01)
        except Limit as refusal:
            return refusal.code
        return "sent"

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture
async def house(monkeypatch):
    monkeypatch.setattr(uploads_module, "GRACE_S", 0.2)
    monkeypatch.setattr(uploads_module, "LOOK_AGAIN_S", 0.005)
    made = House()
    yield made
    await made.close()


async def test_who_hardly_moves_gives_way_to_a_newcomer_and_is_told(house) -> None:
    drips = [house.send(f"drip{n}", f"203.0.113.{n}", bytes_per_s=20) for n in range(2)]
    await asyncio.sleep(0.25)
    newcomer = house.send("honest", "198.51.100.1", bytes_per_s=1e6, for_s=0.05)
    assert await asyncio.wait_for(newcomer, 2) == "sent"
    assert [task.result() for task in drips if task.done()] == ["too_slow"]


async def test_newcomer_behind_the_same_address_gets_the_place_of_who_hardly_moves_there(house) -> None:
    drip, other = house.send("drip", "203.0.113.1"), house.send("drip2", "203.0.113.2")
    await asyncio.sleep(0.25)
    assert await asyncio.wait_for(house.send("honest", "203.0.113.1", bytes_per_s=1e6, for_s=0.05), 2) == "sent"
    assert (await drip, other.done()) == ("too_slow", False)


async def test_those_that_move_keep_their_places_and_the_newcomer_is_refused_at_once(house) -> None:
    busy = [house.send(f"busy{n}", f"203.0.113.{n}", bytes_per_s=1e6) for n in range(2)]
    await asyncio.sleep(0.25)
    assert await asyncio.wait_for(house.send("late", "198.51.100.1"), 0.1) == "server_full"
    assert not any(task.done() for task in busy)


async def test_who_hangs_up_and_begins_again_stands_behind_those_who_wait(house) -> None:
    async def come_back_for_ever(address: str) -> None:
        while True:
            await house.send("drip", address, for_s=0.1)

    attackers = [asyncio.create_task(come_back_for_ever(f"203.0.113.{n}")) for n in range(2)]
    try:
        await asyncio.sleep(0.05)
        assert await asyncio.wait_for(house.send("honest", "198.51.100.1", bytes_per_s=1e6, for_s=0.05), 2) == "sent"
        assert await asyncio.wait_for(house.send("honest", "203.0.113.1", bytes_per_s=1e6, for_s=0.05), 2) == "sent"
    finally:
        for task in attackers:
            task.cancel()


async def test_line_has_an_end_for_each_address(house) -> None:
    for n in range(2):
        house.send(f"drip{n}", f"203.0.113.{n}")
    await asyncio.sleep(0.01)
    waiting = [house.send(f"more{n}", "203.0.113.9") for n in range(LONGEST_OF_ADDRESS)]
    await asyncio.sleep(0.01)
    assert await asyncio.wait_for(house.send("one more", "203.0.113.9"), 0.1) == "busy"
    assert not any(task.done() for task in waiting)


async def test_nobody_waits_for_ever(house, monkeypatch) -> None:
    monkeypatch.setattr(uploads_module, "GRACE_S", 60)
    monkeypatch.setattr(uploads_module, "WAITS_S", 0.1)
    for n in range(2):
        house.send(f"drip{n}", f"203.0.113.{n}")
    await asyncio.sleep(0.01)
    assert await asyncio.wait_for(house.send("late", "198.51.100.1"), 2) == "server_full"


async def test_what_has_come_whole_is_no_longer_slow(house) -> None:
    owner = Owner("one", "203.0.113.1")
    enter = partial(house.admission.place, "upload", owner)
    async with house.uploads.place(owner, partial(house.admission.bound, "upload", owner), enter) as upload:
        async with in_time("send less") as arrival:
            upload.watch(arrival)
        await asyncio.sleep(0.25)  # its file is being opened
        assert await asyncio.wait_for(house.send("one", "203.0.113.1"), 0.1) == "too_many_sessions"
        assert not upload.is_slow(asyncio.get_running_loop().time())
