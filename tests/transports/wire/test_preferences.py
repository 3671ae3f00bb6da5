from __future__ import annotations

import pytest

from core.transports.wire.message import MessageError
from core.transports.wire.preferences import Prefer, preferences


def test_what_is_left_out_stays_as_it_is() -> None:
    taken = preferences(Prefer(weights={"voice": 1, "face": 0.5}, language="pt-BR"))
    assert taken.weights == {"face": 0.5, "voice": 1.0}
    assert (taken.language, taken.smoothing_s, taken.replies) == ("pt-BR", None, None)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (Prefer(smoothing_s=5.1), "smoothing_s must lie in 0 to 5"),
        (Prefer(patience_s=0.2), "patience_s must lie in 0.3 to 2"),
        (Prefer(smoothing_s=float("nan")), "smoothing_s"),
        (Prefer(language="no language"), "language must look like"),
        (Prefer(weights={"smell": 1.0}), "smell"),
        (Prefer(weights={"face": 1.5}), "0 to 1"),
        (Prefer(weights={"face": 0, "voice": 0, "text": 0}), "at least one"),
    ],
)
def test_a_preference_that_does_not_fit_says_what_does(message, said) -> None:
    with pytest.raises(MessageError, match=said):
        preferences(message)
