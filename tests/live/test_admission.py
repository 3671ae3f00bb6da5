"""How many may come in: in all, of one person, from one address."""

from __future__ import annotations

import pytest

from core.errors import Limit
from core.live.admission import Admission, Owner, Places

ADA, BOB = Owner("ada", "203.0.113.1"), Owner("bob", "203.0.113.2")


def test_places_of_one_kind_are_not_those_of_another() -> None:
    admission = Admission({"live": Places(1), "clip": Places(1)})
    admission.enter("live", ADA)
    admission.enter("clip", ADA)
    with pytest.raises(Limit, match="all 1 places are taken") as refused:
        admission.enter("live", BOB)
    assert refused.value.code == "server_full"


def test_place_that_is_left_can_be_taken_again() -> None:
    admission = Admission({"live": Places(2, 2, 2)})
    admission.enter("live", ADA)
    admission.enter("live", ADA)
    admission.leave("live", ADA)
    admission.enter("live", ADA)
    assert admission.inside["live"] == 2


def test_who_is_refused_takes_no_place() -> None:
    admission = Admission({"upload": Places(0)})
    with pytest.raises(Limit):
        admission.enter("upload", ADA)
    assert admission.inside["upload"] == 0


def test_one_person_holds_only_so_many_wherever_they_come_from() -> None:
    admission = Admission({"live": Places(10, per_person=2)})
    admission.enter("live", ADA)
    admission.enter("live", Owner("ada", "198.51.100.9"))
    with pytest.raises(Limit, match="you hold 2 places") as refused:
        admission.enter("live", Owner("ada", "198.51.100.10"))
    assert refused.value.code == "too_many_sessions"
    admission.enter("live", BOB)


def test_one_address_holds_only_so_many_whoever_comes_from_there() -> None:
    admission = Admission({"live": Places(10, per_address=2)})
    for number in range(2):
        admission.enter("live", Owner(f"guest{number}", "203.0.113.1"))
    with pytest.raises(Limit, match="from your network all 2 places") as refused:
        admission.enter("live", Owner("guest2", "203.0.113.1"))
    assert refused.value.code == "too_many_sessions"
    admission.enter("live", BOB)


def test_who_is_not_known_counts_by_address_and_without_an_address_by_person() -> None:
    admission = Admission({"predict": Places(10, per_person=1, per_address=2)})
    for _ in range(2):
        admission.enter("predict", Owner("", "203.0.113.1"))
    assert admission.bound("predict", Owner("", "203.0.113.1")) == "address"
    for number in range(5):
        admission.enter("predict", Owner(f"p{number}"))
    assert admission.bound("predict", Owner("p0")) == "person"


def test_nothing_is_remembered_of_those_who_left() -> None:
    admission = Admission({"live": Places(10, 2, 2)})
    for number in range(1000):
        owner = Owner(f"p{number}", f"203.0.113.{number % 250}")
        admission.enter("live", owner)
        admission.leave("live", owner)
    assert not admission._of_person
    assert not admission._of_address
