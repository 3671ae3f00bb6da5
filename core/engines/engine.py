"""What an engine is: what a file in models/ defines, what the house makes of it, and the one door that is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

from core.engines.requests import Request
from core.engines.spec import EngineSpec
from core.settings import Settings

A = TypeVar("A")
"""an answer: of the type that its request names"""


@runtime_checkable
class BackEnd(Protocol):
    """`models/<kind>_<name>.py` defines ENGINE with these: weights, and a function of a batch.

    One that keeps a process of its own is `Closing` too.
    """

    name: str
    spec: EngineSpec

    def load(self, settings: Settings) -> None:
        """Bring the weights in. Raises EngineUnavailable saying what is missing and what brings it."""

    def infer(self, requests: Sequence[Any]) -> Sequence[object]:
        """Answer a batch of 1 to spec.max_batch requests, in order; an answer may be an AppError."""


@runtime_checkable
class Closing(Protocol):
    """A back-end that holds more than memory."""

    def close(self) -> None:
        """End it; blocks, and may be called twice."""


@runtime_checkable
class StreamBackEnd(Protocol):
    """The same for one that answers in pieces and waits by itself, such as a server's client; it is never batched."""

    name: str
    spec: EngineSpec

    def load(self, settings: Settings) -> None:
        """As above."""

    def stream(self, request: Any) -> AsyncIterator[object]:
        """The answer in pieces as they come. Raises AppError."""

    async def close(self) -> None:
        """Let go of connections; may be called twice."""


class Engine(Protocol):
    """A back-end as the house sees it, wherever it runs."""

    @property
    def spec(self) -> EngineSpec:
        """What it is; what is known after loading only (languages of a model, a checksum) is in it then."""

    @property
    def fault(self) -> str | None:
        """Why it cannot be used, in words for the person; None while it can, or is not loaded yet."""

    @property
    def is_ready(self) -> bool:
        """Loaded, and not closed."""

    def load(self) -> None:
        """Blocks. What goes wrong is kept in `fault` and told by every later `ask`."""

    async def ask(self, request: Request[A], deadline_s: float) -> A:
        """The answer within the deadline; of one that streams, an async iterator with the deadline for each piece.

        Raises the AppError that stands for it: EngineUnavailable, EngineFailed ("engine_timeout" when it took longer).
        """

    async def close(self) -> None:
        """Free what it holds; whoever still waits is told."""


class EngineDoor(Protocol):
    """What lanes and the companion see of all engines: local or remote is a setting."""

    async def ask(self, request: Request[A]) -> A:
        """The answer of the engine of this kind. Raises AppError."""
