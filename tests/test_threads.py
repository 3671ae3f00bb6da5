"""Turns and niceness of threads."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.threads import TURN_S, stand_back, take_short_turns


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_a_turn_is_short() -> None:
    before = sys.getswitchinterval()
    try:
        take_short_turns()
        assert sys.getswitchinterval() == pytest.approx(TURN_S)
    finally:
        sys.setswitchinterval(before)


@pytest.mark.skipif(sys.platform != "linux", reason="a thread's own niceness is Linux's")
def test_a_thread_that_stands_back_leaves_the_others_as_they_were() -> None:
    before = niceness()
    with ThreadPoolExecutor(1, initializer=stand_back, initargs=(5,)) as workers:
        assert workers.submit(niceness).result() == min(19, before + 5)
    assert niceness() == before


@pytest.mark.skipif(sys.platform != "linux", reason="a thread's own niceness is Linux's")
def test_nobody_stands_further_back_than_there_is_room() -> None:
    with ThreadPoolExecutor(1, initializer=stand_back, initargs=(99,)) as workers:
        assert workers.submit(niceness).result() == 19
