"""Answers sent while they are written: piece by piece, to whom may still have them; places are given back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.errors import Unauthorised
from core.rest import streams
from core.rest.aside import Aside
from core.rest.streams import PIECE_BYTES, Download, next_piece, pieces
from tests.fakes import person


def test_piece_has_about_so_many_bytes_and_the_last_is_empty() -> None:
    parts = iter([bytes(PIECE_BYTES // 2)] * 3)
    assert [len(next_piece(parts)) for _ in range(3)] == [PIECE_BYTES, PIECE_BYTES // 2, 0]


async def test_nobody_is_given_more_once_they_are_signed_out() -> None:
    asked = []

    async def again():
        asked.append(1)
        if len(asked) > 2:
            raise Unauthorised("gone")
        return person()

    parts = iter([bytes(PIECE_BYTES)] * 5)
    given = pieces(Aside("tests", 1, 1), next_piece(parts), parts, again)
    assert [len(await anext(given)) for _ in range(2)] == [PIECE_BYTES] * 2
    with pytest.raises(Unauthorised):
        await anext(given)


async def _sent(content: AsyncIterator[bytes], pause_s: float = 0.0) -> tuple[list[bytes], list[int]]:
    """What reached a client, and how often the place was given back."""
    sent: list[bytes] = []
    left: list[int] = []

    async def send(message) -> None:
        await asyncio.sleep(pause_s if sent else 0)
        sent.append(message.get("body", b""))

    async def receive():
        await asyncio.sleep(60)

    answer = Download(content, "application/json", leave=lambda: left.append(1))
    await answer({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)
    return sent, left


async def _some(failing: bool = False) -> AsyncIterator[bytes]:
    yield b"one"
    if failing:
        raise Unauthorised("gone")
    yield b"two"


async def test_place_is_given_back_after_the_last_piece_and_after_a_break() -> None:
    sent, left = await _sent(_some())
    assert (b"".join(sent), left) == (b"onetwo", [1])
    sent, left = await _sent(_some(failing=True))
    assert (b"".join(sent), left) == (b"one", [1])


async def test_client_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "STALLED_S", 0.05)
    sent, left = await _sent(_some(), pause_s=10)
    assert (sent, left) == ([b""], [1])
