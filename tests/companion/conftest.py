from __future__ import annotations

import asyncio

import pytest

from tests.companion.rooms import Room


@pytest.fixture
async def room():
    made: list[Room] = []

    def make(*args, **fields) -> Room:
        made.append(Room(*args, **fields))
        return made[-1]

    yield make
    for one in made:
        one.running.cancel()
        await asyncio.wait([one.running])
