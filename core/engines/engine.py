"""What an engine is: what a file in models/ defines, and the one door that lanes ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from core.engines.requests import Request
from core.settings import Settings
from core.types import EngineSpec


class Engine(Protocol):
    """One back-end: `models/<kind>_<name>.py` defines ENGINE with these."""

    name: str
    spec: EngineSpec

    def load(self, settings: Settings) -> None:
        """Bring the weights in. Raises EngineUnavailable saying what is missing and what brings it."""

    def infer(self, requests: Sequence[Any]) -> list[Any]:
        """Answer a batch of 1 to spec.max_batch requests, in order; an answer may be an AppError."""


class EngineDoor(Protocol):
    """Local or remote, the lanes see only this."""

    async def ask(self, request: Request) -> Any: ...
