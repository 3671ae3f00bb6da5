"""How long an engine may take over one answer, by kind; after that the lane goes on without it."""

from __future__ import annotations

USUAL_S = 15.0
"""the wait for a worker included; so long because a replay must not depend on the machine"""
LONGER_S = {"transcribe": 30.0}
"""kinds that are asked for a whole utterance at once"""


def deadline_s(kind: str) -> float:
    """Seconds for one answer; of an engine that streams, for each piece."""
    return LONGER_S.get(kind, USUAL_S)
