"""What a reply is told of the fusion over an utterance, and how long it may be."""

from __future__ import annotations

from core.companion.prompt import STYLE_TOKENS, ReplyPrompt, WriteReply, reading_of
from core.types import EMOTIONS, FusedEstimate
from tests.fakes import probs


def fused(label: str, abstained: bool) -> FusedEstimate:
    likely = probs(label, 0.4)
    return FusedEstimate(1.0, 1.0, likely, likely, 0.1, 0.1, 0.4, 0.3, {"face": 1.0}, {}, 0.9, abstained, ("stale",))


def test_best_guess_is_told_also_when_it_is_not_sure() -> None:
    for label in EMOTIONS:
        told = reading_of(fused(label, abstained=True))
        assert (told.expression, told.confidence, told.intensity) == (label, 0.4, 0.3)
        assert told.abstained
        assert told.reasons == ("stale",)


def test_longer_styles_may_say_more() -> None:
    assert STYLE_TOKENS["brief"] < STYLE_TOKENS["balanced"] < STYLE_TOKENS["detailed"]


def test_reply_is_asked_of_the_engines_that_reply() -> None:
    asked = WriteReply(ReplyPrompt("hello", "en"))
    assert asked.kind == "reply"
    assert not asked.is_summary
