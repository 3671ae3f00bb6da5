from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.estimation.ordering import InOrder, OnArrival, Outcome


def _outcome(modality, upto_s):
    return Outcome(modality, upto_s, 0.0, 0.0, ())


def test_live_passes_everything_on_at_once() -> None:
    late = _outcome("face", 1.0)
    ordering = OnArrival()
    assert ordering.push(_outcome("face", 2.0))
    assert ordering.push(late) == [late]
    assert ordering.rest() == []


def test_replay_holds_back_until_every_lane_is_as_far() -> None:
    ordering = InOrder(("face", "voice"))
    assert ordering.push(_outcome("face", 1.0)) == []
    assert [(o.modality, o.upto_s) for o in ordering.push(_outcome("voice", 1.5))] == [("face", 1.0)]
    assert [(o.modality, o.upto_s) for o in ordering.rest()] == [("voice", 1.5)]


@given(st.permutations([("face", t / 4) for t in range(8)] + [("voice", t / 3) for t in range(6)]))
def test_replay_order_does_not_depend_on_speed(arrivals) -> None:
    """Each lane is in order by itself; how the two interleave must not matter."""
    lanes = {m: iter(sorted(t for n, t in arrivals if n == m)) for m in ("face", "voice")}
    ordering, told = InOrder(("face", "voice")), []
    for modality, _ in arrivals:
        told += ordering.push(_outcome(modality, next(lanes[modality])))
    told += ordering.rest()
    assert [(o.upto_s, o.modality) for o in told] == sorted((t, m) for m, t in arrivals)
