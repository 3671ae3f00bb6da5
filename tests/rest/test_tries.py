"""A flood of logins: honest people get in, a name cannot be locked, and guesses from many addresses are slow."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from core.errors import Limit, Unauthorised
from core.rest import tries
from core.rest.tries import ABREAST, LONGEST_OF_ADDRESS, Tries
from core.settings import Settings
from tests.server import Server
from tests.virtual_time import clock, run

HASH_S = 0.3


PASSWORD = "seven green lanterns"  # noqa: S105 - of an account made here


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(Settings(data_dir=tmp_path_factory.mktemp("data"))) as server:
        yield server


def log_in(server: Server, address: str, password: str, name: str = "ada") -> int:
    body = {"username": name, "password": password, "scopes": [], "purpose": "self"}
    return server.call("/api/login", body, headers={"X-Forwarded-For": f"6.6.6.6, {address}"})[0]


async def attempt(
    line: Tries, host: str, name: str, *, is_right: bool = False, is_owner: bool = False
) -> tuple[str, float]:
    """How a try ended ("in", "wrong" or the code of the refusal), and when."""
    try:
        async with line.turn(host, name, is_owner=is_owner):
            await asyncio.sleep(HASH_S)
            if not is_right:
                raise Unauthorised("wrong", "wrong_login")
    except Limit as refused:
        return refused.code, clock()
    except Unauthorised:
        return "wrong", clock()
    return "in", clock()


def test_honest_person_gets_in_at_once_while_a_hundred_addresses_flood_the_door() -> None:
    async def flood() -> tuple[str, float]:
        line = Tries(10)
        hosts = [f"203.0.{number}.7" for number in range(100)]
        for _ in range(2):  # each has failed before
            await asyncio.gather(*(attempt(line, host, f"n{host}") for host in hosts[:30]))
        flooding = [asyncio.create_task(attempt(line, host, f"n{host}")) for host in hosts[:30] * 3]
        await asyncio.sleep(0)
        began_s = clock()
        ended, at_s = await attempt(line, "198.51.100.1", "ada", is_right=True)
        await asyncio.gather(*flooding)
        return ended, at_s - began_s

    ended, waited_s = run(flood())
    assert ended == "in"
    assert waited_s <= 3 * HASH_S


def test_nobody_can_lock_a_name_out_from_one_address_or_from_many() -> None:
    async def attack() -> list[str]:
        line = Tries(2)
        ends = []
        await asyncio.gather(*(attempt(line, "203.0.113.7", "ada") for _ in range(20)))
        ends.append((await attempt(line, "198.51.100.1", "ada", is_right=True))[0])
        others = [asyncio.create_task(attempt(line, f"203.0.{n}.7", "ada")) for n in range(40)]
        await asyncio.sleep(0)
        ends.append((await attempt(line, "198.51.100.99", "ada", is_right=True))[0])
        ends.append((await attempt(line, "192.0.2.44", "ada", is_right=True))[0])
        await asyncio.gather(*others)
        return ends

    assert run(attack()) == ["in", "in", "in"]


def test_guesses_at_one_name_from_many_addresses_keep_to_the_pace() -> None:
    async def guess() -> int:
        line = Tries(4)

        async def one(number: int) -> bool:
            await asyncio.sleep(number * 0.5)
            return (await attempt(line, f"203.{number // 250}.{number % 250}.7", "ada"))[0] == "wrong"

        return sum(await asyncio.gather(*(one(number) for number in range(1200))))  # ten minutes, two a second

    assert 100 < run(guess()) <= 12 * 12, "12 a minute, whoever asks"


def test_one_address_tries_a_name_only_so_often_and_all_names_a_little_more() -> None:
    async def guess() -> tuple[list[str], list[str]]:
        line = Tries(2)
        one = [(await attempt(line, "203.0.113.7", "ada"))[0] for _ in range(4)]
        many = [(await attempt(line, "203.0.113.9", f"name{number}"))[0] for number in range(9)]
        return one, many

    one, many = run(guess())
    assert one == ["wrong", "wrong", "rate_limited", "rate_limited"]
    assert many.count("wrong") == 6
    assert many[-1] == "rate_limited"


def test_address_that_signed_in_before_goes_first_even_under_a_name_that_is_tried() -> None:
    async def attack() -> float:
        line = Tries(10)
        await attempt(line, "198.51.100.1", "ada", is_right=True)
        others = [asyncio.create_task(attempt(line, f"203.0.{n}.7", "ada")) for n in range(60)]
        await asyncio.sleep(40)
        began_s = clock()
        ended, at_s = await attempt(line, "198.51.100.1", "ada", is_right=True)
        assert ended == "in"
        await asyncio.gather(*others)
        return at_s - began_s

    assert run(attack()) <= 2 * HASH_S


def test_owner_at_a_new_address_who_still_has_a_token_is_let_in_under_an_endless_flood_of_fresh_addresses() -> None:
    """Nothing else tells them from a guesser: a name's pace is used up by whoever comes, and the line is full."""

    async def attack() -> list[tuple[str, float]]:
        line = Tries(10)

        async def flood() -> None:
            async with asyncio.TaskGroup() as fresh:
                for number in range(1200):  # twenty a second
                    fresh.create_task(attempt(line, f"203.{number // 250}.{number % 250}.7", "ada"))
                    await asyncio.sleep(0.05)

        flooding = asyncio.create_task(flood())
        ends = []
        for number in range(5):
            await asyncio.sleep(8)
            began_s = clock()
            ended, at_s = await attempt(line, f"198.51.{number}.9", "ada", is_right=True, is_owner=True)
            ends.append((ended, at_s - began_s))
        await flooding
        return ends

    ends = run(attack())
    assert [ended for ended, _ in ends] == ["in"] * 5
    assert max(waited_s for _, waited_s in ends) <= 2 * HASH_S


@pytest.mark.slow
def test_only_a_token_of_the_very_account_says_that_somebody_is_its_owner(door: Server, monkeypatch) -> None:
    seen: list[bool] = []

    account = {"username": "carla", "password": PASSWORD, "scopes": [], "purpose": "self"}
    carla, other = door.call("/api/signup", account)[1]["token"], door.guest("camera")
    joined = Tries._join
    monkeypatch.setattr(Tries, "_join", lambda self, *given: (seen.append(given[-1] == 0), joined(self, *given))[1])
    for number, token in enumerate((other, "x" * 43, "", carla)):
        headers = {"X-Forwarded-For": f"6.6.6.6, 198.51.{number + 100}.1"}
        assert door.call("/api/login", account, token, headers=headers)[0] == 200
    assert seen == [False, False, False, True]


def test_one_address_has_a_few_places_in_the_line_alone() -> None:
    async def crowd() -> list[str]:
        line = Tries(100)
        return [end for end, _ in await asyncio.gather(*(attempt(line, "203.0.113.7", f"n{n}") for n in range(20)))]

    ends = run(crowd())
    assert ends.count("wrong") == LONGEST_OF_ADDRESS + ABREAST


def test_two_households_with_ipv6_are_not_one(door: Server) -> None:
    with ThreadPoolExecutor(4) as guessing:
        hosts = [f"2001:db8:1:1::{number}" for number in range(40)]
        ends = list(guessing.map(lambda host: log_in(door, host, "a wrong guess here", "bob"), hosts))
    assert 429 in ends
    assert log_in(door, "2001:db8:9:1::5", "a wrong guess here", "bob") == 401


def test_who_goes_away_gives_the_place_back() -> None:
    async def leave() -> str:
        line = Tries(100)
        left = [asyncio.create_task(attempt(line, f"203.0.{n}.7", "ada")) for n in range(6)]
        await asyncio.sleep(0.1)
        for task in left:
            task.cancel()
        await asyncio.wait(left)
        ended, _ = await attempt(line, "198.51.100.1", "ada", is_right=True)
        assert line._active == 0
        assert line._line == []
        return ended

    assert run(leave()) == "in"


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "REMEMBERED", 20)

    async def many() -> Tries:
        line = Tries(10)
        for number in range(100):
            await attempt(line, f"203.0.{number}.7", f"name{number}", is_right=number % 2 == 0)
        return line

    line = run(many())
    assert max(len(line._failures), len(line._paces), len(line._known)) == 20


@pytest.mark.slow
def test_owner_gets_in_while_many_addresses_flood_the_running_app(door: Server) -> None:
    account = {"username": "ada", "password": PASSWORD, "scopes": [], "purpose": "self"}
    assert door.call("/api/signup", account)[0] == 200
    refused: list[int] = []

    def flood(number: int) -> None:
        for _ in range(3):
            with suppress(OSError):  # what becomes of a flooder is not the matter
                refused.append(log_in(door, f"203.0.{number}.7", "a wrong guess here"))

    flooding = [threading.Thread(target=flood, args=[number]) for number in range(30)]
    for one in flooding:
        one.start()
    until = time.monotonic() + 30
    while len(refused) < 40:
        assert time.monotonic() < until, "the flood itself must come"
        time.sleep(0.05)
    answers = [log_in(door, address, PASSWORD) for address in ("198.51.100.1", "198.51.101.2")]
    for one in flooding:
        one.join()
    assert answers == [200, 200]
