"""How many may come in: a stated limit per kind of session, and a clear word when it is reached."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from core.errors import Limit

Kind = Literal["live", "clip", "upload", "predict"]


class Admission:
    """Counts who is in. Not a queue: whoever is refused asks again."""

    def __init__(self, limits: dict[Kind, int]) -> None:
        self._limits = limits
        self.inside: Counter[Kind] = Counter()

    def enter(self, kind: Kind) -> None:
        """Raises Limit when all places of this kind are taken."""
        if self.inside[kind] >= self._limits[kind]:
            raise Limit(
                f"all {self._limits[kind]} places are taken; please try again in a few minutes", code="server_full"
            )
        self.inside[kind] += 1

    def leave(self, kind: Kind) -> None:
        self.inside[kind] -= 1
