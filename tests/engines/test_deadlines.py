"""Every kind has a deadline; which ones have a longer one is said of kinds that exist."""

from __future__ import annotations

from core.engines.deadlines import LONGER_S, USUAL_S, deadline_s
from core.engines.kinds import KINDS


def test_longer_deadlines_are_of_kinds_that_exist_and_longer() -> None:
    assert set(LONGER_S) <= set(KINDS)
    assert all(deadline_s(kind) >= USUAL_S for kind in KINDS)
    assert deadline_s("transcribe") > deadline_s("face") == USUAL_S
