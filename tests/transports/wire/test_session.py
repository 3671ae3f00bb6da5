from __future__ import annotations

from core.errors import Refused
from core.transports.wire.session import clip_progress, error, fault, state, stats
from core.types import ClipProgress, Fault, SessionState, Stats


def test_a_refusal_tells_no_lane_and_no_time() -> None:
    message = error(Refused("no consent for the camera", code="no_scope"))
    assert message == {"type": "error", "code": "no_scope", "message": "no consent for the camera", "fatal": False}


def test_a_fault_tells_its_lane_its_time_and_whether_it_tries_again() -> None:
    message = fault(Fault("media", "not a picture", 1.23456, "face", will_retry=False))
    assert (message["modality"], message["t"], message["will_retry"]) == ("face", 1.235, False)


def test_state_and_progress_are_plain() -> None:
    assert state(SessionState(("camera",), True, False))["scopes"] == ["camera"]
    assert clip_progress(ClipProgress(1.0, 0.0, True))["is_final"] is True


def test_drift_is_null_without_both_clocks() -> None:
    assert stats(Stats(6.0, 0, 1.0, None))["drift_ms"] is None
    assert stats(Stats(6.0, 0, 1.0, None, 3.16))["drift_ms"] == 3.2
