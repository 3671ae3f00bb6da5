from __future__ import annotations

import asyncio
import time

import pytest

from core.errors import Limit, SessionError
from core.record import passwords as hashing
from core.record.passwords import MAX_WAITING, Passwords, check_password, check_username
from tests.conftest import FULL_COST


@pytest.mark.parametrize("name", ["ada", "Ada", "a.b-c_9", "x" * 32])
def test_plain_names_are_taken_in_lower_case(name: str) -> None:
    assert check_username(name) == name.lower()


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "ab",
            "x" * 33,
            "x" * 1_000_000,
            "-ada",
            "ada lovelace",
            "ada\n",
            "a\u0000da",
            "' OR 1=1 --",
            "<b>ada</b>",
        ),
        *("аdа", "ａｄａ", "ada\u200b", "ada\u202e", "ſam", "ﬁona", "\u212aelvin", "admin", "ROOT", "../ada"),
    ],
)
def test_names_that_could_deceive_or_break_are_refused(name: str) -> None:
    with pytest.raises(SessionError) as refused:
        check_username(name)
    assert refused.value.code == "bad_username"
    assert len(refused.value.message) < 300


@pytest.mark.parametrize(
    "password", ["", "short", "password123", "1234567890", "qwertyuiop", "aaaaaaaaaaaa", "lovelace-ada", "x" * 201]
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(SessionError) as refused:
        check_password(password, "lovelace-ada")
    assert refused.value.code == "weak_password"


@pytest.fixture
def full_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash takes as long as a person's."""
    monkeypatch.setattr(hashing, "COST", FULL_COST)


@pytest.mark.usefixtures("full_cost")
async def test_a_hash_costs_what_rfc_9106_asks_of_little_memory() -> None:
    passwords = Passwords()
    try:
        made = await passwords.hash("seven green lanterns")
    finally:
        passwords.close()
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_a_hash_is_argon2id_and_matches_its_password_only() -> None:
    passwords = Passwords()
    try:
        made = await passwords.hash("seven green lanterns")
        assert made.startswith("$argon2id$")
        assert (await passwords.check("seven green lanterns", made)).fits
        assert not (await passwords.check("seven green lantern", made)).fits
        assert not (await passwords.check("nobody has this password", None)).fits
        assert not (await passwords.check("x", "not a hash")).fits
    finally:
        passwords.close()


@pytest.mark.usefixtures("full_cost")
async def test_only_so_many_wait_in_line_and_the_loop_goes_on() -> None:
    passwords = Passwords()
    turns = 0

    async def breathe() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.001)

    breathing = asyncio.create_task(breathe())
    try:
        tries = (passwords.check("x", None) for _ in range(500))
        results = await asyncio.gather(*tries, return_exceptions=True)
    finally:
        breathing.cancel()
        passwords.close()
    assert [isinstance(result, Limit) for result in results].count(False) == MAX_WAITING
    assert turns > 20


async def test_hashes_are_made_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes 64 MiB and a core: twelve at a time would stop everybody."""
    passwords, inside, most = Passwords(), 0, 0

    def slowly(_password: str) -> str:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.05)
        inside -= 1
        return "hash"

    monkeypatch.setattr(passwords, "_hash", slowly)
    await asyncio.gather(*(passwords.hash("seven green lanterns") for _ in range(4)))
    passwords.close()
    assert most == 1
