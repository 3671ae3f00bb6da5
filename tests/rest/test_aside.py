from __future__ import annotations

import asyncio
import threading

import pytest

from core.errors import Limit
from core.rest.aside import Aside


def test_places_are_few_and_come_free_again() -> None:
    aside = Aside("exports", places=2, threads=1)
    with aside.place("a"), aside.place("b"), pytest.raises(Limit, match="2 exports are under way"):
        aside.take("c")
    aside.take("c")


def test_nobody_holds_two_places_but_nobody_in_particular() -> None:
    aside = Aside("exports", places=3, threads=1)
    aside.take("a")
    with pytest.raises(Limit, match="one of your exports is under way"):
        aside.take("a")
    aside.take()
    aside.take()
    aside.leave("a")
    aside.take("a")


async def test_work_is_done_on_threads_of_its_own_and_errors_come_back() -> None:
    aside = Aside("exports", places=1, threads=1)
    assert (await aside.run(threading.current_thread)).name.startswith("aside-exports")
    with pytest.raises(ZeroDivisionError):
        await aside.run(lambda: 1 // 0)


async def test_shared_threads_stay_free_while_the_own_ones_are_busy() -> None:
    aside, go_on = Aside("exports", places=1, threads=1), threading.Event()
    waiting = [asyncio.ensure_future(aside.run(go_on.wait, 10)) for _ in range(50)]
    assert await asyncio.wait_for(asyncio.to_thread(lambda: "done"), 5) == "done"
    go_on.set()
    await asyncio.gather(*waiting)
