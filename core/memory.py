"""What this process has freed and still holds, given back to the system."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def give_back() -> None:
    """Once much was freed: glibc keeps it for later otherwise, 70 MB after the nets were opened.

    Other libraries of C give back by themselves; there nothing happens.
    """
    if sys.platform == "linux":
        with suppress(AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
