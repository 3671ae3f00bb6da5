"""A local server of the chat format, for the engines that ask one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chat_server import ChatServer


@pytest.fixture
def server() -> Iterator[ChatServer]:
    """The real API, misbehaving when asked to."""
    with ChatServer().running() as running:
        yield running
