"""How often, and how much at once; that the guard and the routes count is tested with them."""

from __future__ import annotations

import pytest

from core.errors import Limit
from core.rest.rate_limits import ADDRESSES, Crowd, Doorkeeper


def test_doorkeeper_counts_each_address_for_itself_and_forgets_the_oldest() -> None:
    keeper = Doorkeeper(2)
    keeper.admit("a")
    keeper.admit("a")
    keeper.admit("b")
    with pytest.raises(Limit):
        keeper.admit("a")
    for number in range(ADDRESSES):
        keeper.admit(str(number))
    keeper.admit("a")


def test_crowd_gives_a_place_back_and_remembers_nobody_who_left() -> None:
    crowd = Crowd(2)
    with crowd.place("a"), crowd.place("a"), crowd.place("b"):
        with pytest.raises(Limit) as told, crowd.place("a"):
            pytest.fail("a third place of two")
        assert told.value.code == "too_many"
    with crowd.place("a"):
        pass
    assert not crowd._inside
