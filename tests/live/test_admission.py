"""How many may come in, by kind."""

from __future__ import annotations

import pytest

from core.errors import Limit
from core.live.admission import Admission


def test_places_of_one_kind_are_not_those_of_another() -> None:
    admission = Admission({"live": 1, "clip": 1})
    admission.enter("live")
    admission.enter("clip")
    with pytest.raises(Limit, match="all 1 places are taken") as refused:
        admission.enter("live")
    assert refused.value.code == "server_full"


def test_place_that_is_left_can_be_taken_again() -> None:
    admission = Admission({"live": 2})
    admission.enter("live")
    admission.enter("live")
    admission.leave("live")
    admission.enter("live")
    assert admission.inside["live"] == 2


def test_who_is_refused_takes_no_place() -> None:
    admission = Admission({"upload": 0})
    with pytest.raises(Limit):
        admission.enter("upload")
    assert admission.inside["upload"] == 0
