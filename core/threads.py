"""How the threads of this process share it: short turns in the interpreter, and who stands back where cores are few."""

from __future__ import annotations

import os
import sys
import threading

TURN_S = 0.0005
"""A thread may keep the interpreter so long while another wants it; Python's own 5 ms, met by a picture at each of its
four ways between threads, are a sixth of what it may take"""


def take_short_turns() -> None:
    """Of the whole process."""
    sys.setswitchinterval(TURN_S)


def stand_back(steps: int) -> None:
    """This thread, for good: so many steps of niceness, each a fifth less of a core that others want too.

    Only Linux knows this of a thread; elsewhere nothing happens.
    """
    if steps and sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, min(19, os.getpriority(os.PRIO_PROCESS, thread) + steps))
