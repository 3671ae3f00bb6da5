"""Live, time is the clock's; in a replay it is that of the media."""

from __future__ import annotations

import asyncio

import pytest

from core.live.lanes.queues import Delivery
from core.live.timing import LIVE, REPLAY, Timing
from tests.live.clocks import Clock

BOTH = pytest.mark.parametrize("timing", [LIVE, REPLAY], ids=lambda timing: timing.name)


@BOTH
def test_time_is_nothing_before_the_first_media(timing: Timing) -> None:
    clock = Clock()
    time = timing.time(clock)
    clock.now_s += 10
    assert not time.has_begun
    assert time.now_s() == 0.0


def test_live_time_goes_on_by_itself_from_the_first_media() -> None:
    clock = Clock()
    time = LIVE.time(clock)
    time.begin()
    clock.now_s += 2.5
    time.begin()
    time.reach(90.0)
    assert time.now_s() == time.age_s() == 2.5
    assert time.end_of_speech_s(1.0) == 2.5
    assert time.late_ms(2.0) == pytest.approx(500.0)
    assert time.late_ms(3.0) == 0.0


def test_live_time_begins_with_the_first_sample_of_sound_not_with_its_arrival() -> None:
    clock = Clock()
    time = LIVE.time(clock)
    time.begin(0.1)
    time.begin(5.0)
    assert time.now_s() == pytest.approx(0.1)


def test_replayed_time_goes_as_far_as_the_media_and_is_never_late() -> None:
    clock = Clock()
    time = REPLAY.time(clock)
    time.begin()
    clock.now_s += 100
    for at_s in (1.0, 3.0, 2.0):
        time.reach(at_s)
    assert time.now_s() == 3.0
    assert time.end_of_speech_s(1.5) == 1.5
    assert time.late_ms(0.0) is None


@BOTH
async def test_whoever_waits_for_the_first_media_goes_on_with_it(timing: Timing) -> None:
    time = timing.time(Clock())
    waiting = asyncio.create_task(time.begun())
    await asyncio.sleep(0)
    assert not waiting.done()
    time.begin()
    await asyncio.wait_for(waiting, 1)


def test_replay_loses_nothing_and_waits_for_what_is_in_work() -> None:
    assert (REPLAY.delivery, REPLAY.stop_s, REPLAY.goes_on) == (Delivery.EVERY, None, False)
    assert LIVE.delivery is None
    assert LIVE.goes_on
