"""What a consent is given by, in every body that brings one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.people import PURPOSES, SCOPES

Scopes = Annotated[
    list[Annotated[str, Field(max_length=40)]],
    Field(description=f"any of {', '.join(SCOPES)}", examples=[["camera", "microphone", "history"]], max_length=20),
]
Purpose = Annotated[str, Field(description=f"one of {', '.join(PURPOSES)}", examples=["self"], max_length=40)]
ShownText = Annotated[
    str | None,
    Field(
        description="`text_hash` of GET /api/consent as it was shown: 409 where the words are others by now; "
        "left out: the words of this server are meant",
        max_length=64,
    ),
]
