"""What may be handed in: consent, pause, end; and who waits until somebody is there."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import Closed, Refused
from core.live.consent_gate import Gate
from tests.fakes import person


def gate(*scopes: str) -> Gate:
    return Gate(person(*scopes))


def test_what_is_not_allowed_is_refused_before_anything_else() -> None:
    here = gate("camera")
    here.check("camera")
    here.check(None)
    here.pause()
    with pytest.raises(Refused) as refused:
        here.check("microphone")
    assert refused.value.code == "no_scope"


def test_nothing_comes_in_while_it_is_paused() -> None:
    here = gate()
    assert here.pause()
    assert not here.pause()
    with pytest.raises(Refused) as refused:
        here.check("camera")
    assert refused.value.code == "paused"
    assert here.resume()
    assert not here.resume()
    here.check("camera")


def test_after_the_end_nothing_changes_any_more() -> None:
    here = gate()
    here.end()
    with pytest.raises(Closed):
        here.check("camera")
    assert not here.pause()
    assert not here.resume()


async def opens(here: Gate) -> asyncio.Task[None]:
    """Somebody who waits for `opened`, and has begun to."""
    waiting = asyncio.create_task(here.opened())
    await asyncio.sleep(0)
    assert not waiting.done()
    return waiting


async def test_who_waits_goes_on_when_somebody_is_there_and_has_not_paused() -> None:
    here = gate()
    here.leave()
    here.pause()
    waiting = await opens(here)
    here.come_back()
    await asyncio.sleep(0)
    assert not waiting.done()
    here.resume()
    await asyncio.wait_for(waiting, 1)


async def test_leaving_again_before_the_waiter_wakes_keeps_it_waiting() -> None:
    here = gate()
    here.pause()
    waiting = await opens(here)
    here.resume()
    here.leave()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_end_lets_everybody_go() -> None:
    here = gate()
    here.leave()
    here.pause()
    waiting = await opens(here)
    here.end()
    await asyncio.wait_for(waiting, 1)
    await asyncio.wait_for(here.attended(), 1)
