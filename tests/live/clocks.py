"""Time that the test decides."""

from __future__ import annotations


class Clock:
    """Seconds of a steady clock, from anywhere on."""

    def __init__(self) -> None:
        self.now_s = 50.0

    def __call__(self) -> float:
        return self.now_s
