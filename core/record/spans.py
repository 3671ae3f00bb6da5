"""What led for how long: the one definition of a span and of a share, wherever either is told.

A fused reading speaks from its time until the next one's, at most FUSED_FRESH_S. A span is a run of readings of one
leading expression without a gap in which nothing spoke. A share is of the time that was spoken for; "uncertain" is
one of the labels, so that shares sum to 1. core/analysis/statistics.py says the same of tables, and
pages/static/live/ledger.js of a running session; tests hold them to each other.
"""

from __future__ import annotations

from core.modalities import FUSED_FRESH_S
from core.types import EMOTIONS

LABELS = (*EMOTIONS, "uncertain")
UNSURE = len(EMOTIONS)
"""index of "uncertain" """

_P = ", ".join(f"p_{label}" for label in EMOTIONS)
# list_position counts from 1; in a tie the expression that stands first in EMOTIONS leads
LEADING = f"CASE WHEN abstained THEN {UNSURE} ELSE list_position([{_P}], greatest({_P})) - 1 END"

HELD = f"""
    held AS (
        SELECT session_id, t, {LEADING} AS led,
               least(coalesce(lead(t) OVER (PARTITION BY session_id ORDER BY t), t + {FUSED_FRESH_S}),
                     t + {FUSED_FRESH_S}) AS until_s
        FROM fused WHERE list_contains(?, session_id))"""  # noqa: S608 - names of our own
"""readings of the sessions given, each with the time it speaks for"""

SPANS = f"""
    WITH {HELD},
    turns AS (
        SELECT t, until_s, led, led IS DISTINCT FROM lag(led) OVER (ORDER BY t)
               OR t > lag(until_s) OVER (ORDER BY t) AS is_new FROM held),
    spans AS (
        SELECT t, until_s, led, sum(is_new::INTEGER) OVER (ORDER BY t ROWS UNBOUNDED PRECEDING) AS span FROM turns)
    SELECT led, min(t) AS start_s, max(until_s) AS end_s, max(t) AS newest_s
    FROM spans GROUP BY span, led ORDER BY start_s"""  # noqa: S608
"""of one session, given as a list of one; `newest_s` is the time of a span's last reading"""

SECONDS = f"WITH {HELD} SELECT session_id, led, sum(until_s - t) AS seconds FROM held GROUP BY session_id, led"  # noqa: S608
"""that each label led, per session"""


def shares(seconds: dict[int, float]) -> dict[str, float]:
    """Label to share, of seconds by index; all 0 where nothing was read."""
    total = sum(seconds.values()) or 1.0
    return {label: seconds.get(index, 0.0) / total for index, label in enumerate(LABELS)}
