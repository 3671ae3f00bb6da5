"""Freed memory goes back to the system."""

from __future__ import annotations

import psutil

from core.memory import give_back


def test_what_was_freed_is_given_back() -> None:
    """Blocks under the size that is given back at once, and one above them that would hold them all."""
    taken = [bytearray(20_000) for _ in range(4_000)]
    above = bytearray(20_000)
    taken.clear()
    before = psutil.Process().memory_info().rss
    give_back()
    assert before - psutil.Process().memory_info().rss > 40e6
    assert len(above) == 20_000
