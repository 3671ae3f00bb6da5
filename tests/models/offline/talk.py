"""One turn of the offline responder in one language, for the tests of its sentences."""

from __future__ import annotations

import re

from core.companion.prompt import ReplyPrompt, TurnReading
from models.reply_offline import compose


def answered(text: str, language: str) -> str:
    """The brief reply of the therapist to a calm turn."""
    return " ".join(compose(ReplyPrompt(text, language, reading=TurnReading("neutral", 0.7, 0.2))))


def is_one_of(reply: str, lines: tuple[str, ...]) -> bool:
    """Whether a reply begins with one of these lines, whatever words fill its places."""
    patterns = [".+".join(map(re.escape, re.split(r"\{\w+\}", line))) for line in lines]
    return any(re.match(pattern, reply) for pattern in patterns)
