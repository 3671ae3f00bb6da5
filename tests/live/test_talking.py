"""The companion in one session: its echo, its memory, and the order of its end."""

from __future__ import annotations

import pytest

from core.companion.conversation import Conversation
from core.live.keeping import Keeping
from core.live.lanes.lane import Playback
from core.live.talking import PLAYBACK_S, Talking


class ScriptedConversation(Conversation):
    """Says whether a part is sounding; remembers what was asked of it."""

    def __init__(self, is_sounding: bool = True) -> None:
        super().__init__(None, "s1", "en", lambda _event: None, lambda: 0.0)
        self.is_sounding = is_sounding
        self.calls: list[str] = []

    def heard(self, turn: int, part: int, seconds: float) -> bool:
        return self.is_sounding

    def greet(self) -> None:
        self.calls.append(f"greet with {self.summary!r}")

    def close(self) -> None:
        self.calls.append("close")

    async def summarise(self) -> str:
        self.calls.append("summarise")
        return "It was about keys."


class ScriptedKeeping(Keeping):
    """Remembers one summary."""

    def __init__(self, keeps_words: bool) -> None:
        self.allowed = keeps_words
        self.kept: list[str] = []

    @property
    def keeps_words(self) -> bool:
        return self.allowed

    async def read_summary(self) -> str:
        return "It was about the garden."

    async def keep_summary(self, text: str) -> None:
        self.kept.append(text)


class ScriptedLanes:
    """Takes what the voice lane is offered."""

    def __init__(self, *modalities: str) -> None:
        self.modalities = modalities
        self.offered: list[Playback] = []

    def __contains__(self, modality: str) -> bool:
        return modality in self.modalities

    async def offer(self, _modality: str, item: Playback) -> None:
        self.offered.append(item)


def talking(
    is_sounding: bool = True, keeps_words: bool = True, modalities: tuple[str, ...] = ("voice",)
) -> tuple[Talking, ScriptedConversation, ScriptedKeeping, ScriptedLanes]:
    conversation, keeping, lanes = (
        ScriptedConversation(is_sounding),
        ScriptedKeeping(keeps_words),
        ScriptedLanes(*modalities),
    )
    return Talking(conversation, keeping, lanes, lambda: 7.0), conversation, keeping, lanes  # type: ignore[arg-type]


@pytest.mark.parametrize(("is_sounding", "until_s"), [(True, 7.0 + PLAYBACK_S), (False, 7.0)])
async def test_echo_is_expected_while_a_part_sounds_and_no_longer(is_sounding: bool, until_s: float) -> None:
    here, _, _, lanes = talking(is_sounding)
    await here.heard(1, 0, 0.5, is_listening=True)
    assert [(item.until_s, item.time_s) for item in lanes.offered] == [(until_s, 7.0)]


@pytest.mark.parametrize(("is_listening", "modalities"), [(False, ("voice",)), (True, ("face",))])
async def test_echo_is_nobody_s_business_where_nobody_listens(is_listening: bool, modalities: tuple[str, ...]) -> None:
    here, _, _, lanes = talking(modalities=modalities)
    await here.heard(1, 0, 0.5, is_listening=is_listening)
    assert lanes.offered == []


async def test_greeting_knows_what_was_talked_about() -> None:
    here, conversation, _, _ = talking()
    await here.greet()
    assert conversation.calls == ["greet with 'It was about the garden.'"]


@pytest.mark.parametrize("keeps_words", [True, False])
async def test_summary_is_made_after_the_end_and_only_where_words_may_be_kept(keeps_words: bool) -> None:
    here, conversation, keeping, _ = talking(keeps_words=keeps_words)
    await here.end()
    assert conversation.calls == ["close", "summarise"][: 1 + keeps_words]
    assert keeping.kept == ["It was about keys."] * keeps_words


async def test_forgetting_reaches_the_conversation() -> None:
    here, conversation, _, _ = talking()
    conversation.summary = "It was about the garden."
    here.forget()
    assert conversation.summary == ""
