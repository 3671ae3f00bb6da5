"""How long pictures and sound take to become fused events, over the last second."""

from __future__ import annotations

import statistics
from collections import deque


class Pace:
    """One per session."""

    def __init__(self) -> None:
        self._latencies_ms: deque[float] = deque(maxlen=200)

    def add(self, latency_ms: float) -> None:
        """One fused event."""
        self._latencies_ms.append(latency_ms)

    def take_median_ms(self) -> float:
        """Of what was added since the last call; 0 where nothing was."""
        median = statistics.median(self._latencies_ms) if self._latencies_ms else 0.0
        self._latencies_ms.clear()
        return median
