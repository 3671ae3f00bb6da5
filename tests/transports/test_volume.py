"""What one connection may bring in a second, on a clock of our own."""

from __future__ import annotations

from contextlib import suppress

import pytest

from core.errors import Limit, TooLarge
from core.settings import Settings
from core.transports.volume import BYTES_PER_S, RECORDINGS_PER_S, SOUND_BURST_S, SOUND_PER_S, Volume
from tests.live.clocks import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def volume(clock: Clock) -> Volume:
    return Volume(Settings(max_messages_per_s=100, max_message_mb=4.0), clock)


def _passed(act, most: int) -> int:
    """How many of so many were let in."""
    count = 0
    for _ in range(most):
        with suppress(Limit):
            act()
            count += 1
    return count


def test_each_kind_of_message_has_a_rate_of_its_own(volume) -> None:
    assert _passed(lambda: volume.message("picture", 10), 150) == 100
    assert _passed(lambda: volume.message("sound", 10), 150) == 100
    assert _passed(lambda: volume.message("control", 10), 150) == 100


def test_bytes_are_bounded_and_come_back_with_time(volume, clock) -> None:
    assert _passed(lambda: volume.message("picture", 4_000_000), 20) == int(BYTES_PER_S // 4_000_000)
    clock.now_s += 0.4
    assert _passed(lambda: volume.message("sound", 4_000_000), 20) == 1


def test_a_stop_passes_however_many_bytes_came_before(volume) -> None:
    _passed(lambda: volume.message("picture", 3_900_000), 20)
    volume.message("control", 4000)


def test_message_over_the_largest_costs_nothing_of_the_rate(volume) -> None:
    for _ in range(200):
        with pytest.raises(TooLarge):
            volume.message("picture", 4_000_001)
    volume.message("picture", 10)


def test_largest_message_that_is_set_always_fits() -> None:
    Volume(Settings(max_message_mb=50.0), Clock()).message("picture", 50_000_000)


def test_minutes_of_sound_may_come_at_once_and_then_four_times_as_fast_as_time(volume, clock) -> None:
    assert _passed(lambda: volume.sound(40.0), 10) == int(SOUND_PER_S * SOUND_BURST_S // 40)
    clock.now_s += 10.0
    assert _passed(lambda: volume.sound(40.0), 10) == 1


def test_sound_as_recorded_never_waits(volume, clock) -> None:
    for _ in range(1000):
        assert volume.wait_s(0.1) == 0.0
        clock.now_s += 0.1


def test_decoded_sound_waits_until_its_turn_comes(volume, clock) -> None:
    waits_s = [volume.wait_s(1.0) for _ in range(round(SOUND_PER_S * SOUND_BURST_S) + 2)]
    assert waits_s[-3:] == pytest.approx([0.0, 1 / SOUND_PER_S, 2 / SOUND_PER_S])
    clock.now_s += waits_s[-1]
    assert volume.wait_s(1.0) == pytest.approx(1 / SOUND_PER_S)


def test_recordings_that_begin_are_bounded(volume, clock) -> None:
    assert _passed(volume.recording, 50) == RECORDINGS_PER_S
    clock.now_s += 0.5
    assert _passed(volume.recording, 50) == RECORDINGS_PER_S / 2
