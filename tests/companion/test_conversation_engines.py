"""What a conversation does where its engine or its voice fails, hangs or says what cannot be said."""

from __future__ import annotations

import pytest

from core.companion.reply_engines import WAIT_S
from core.errors import EngineFailed, ReplyError
from core.types import (
    Fault,
    Preferences,
    Reply,
)
from tests.companion.rooms import Voice


@pytest.mark.parametrize(
    "script", [[9.0], [ReplyError("too many requests")], [RuntimeError("broken")], [], ["   "], ["**", "<b></b>"]]
)
@pytest.mark.slow
async def test_engine_that_fails_gives_way_to_the_offline_one_in_time(room, script: list) -> None:
    here = room(script)
    here.says("I lost my keys")
    replies = await here.until(Reply)
    assert replies[0].engine == "reply_offline"
    (fault,) = here.of(Fault)
    assert "scripted" in fault.message
    assert "offline" in fault.message


def test_person_waits_two_seconds_at_most_for_a_silent_engine() -> None:
    assert WAIT_S < 2.0


async def test_each_failure_is_told_again_after_the_engine_was_well(room) -> None:
    here = room([ReplyError("too many requests")])
    here.says("I lost my keys")
    await here.finished()
    here.engine.script = ["I hear you."]
    here.says("and my bag")
    await here.finished(2)
    here.engine.script = [ReplyError("too many requests")]
    here.says("and my coat")
    await here.finished(3)
    assert len(here.of(Fault)) == 2


@pytest.mark.slow
async def test_engine_that_hangs_in_mid_stream_ends_its_reply(room) -> None:
    here = room(["I hear you. ", 9.0, "Never."])
    here.says("I lost my keys")
    replies = await here.finished()
    assert [r.text for r in replies] == ["I hear you.", ""]
    assert here.of(Fault)


async def test_markup_and_code_are_not_said(room) -> None:
    here = room(
        ["<script>alert(1)</script>**Hello** ", "```py\nx\n``` there. ", "<img src=x onerror=", "alert(1)> End."]
    )
    here.says("I lost my keys")
    said = " ".join(reply.text for reply in await here.finished())
    assert not set("<>*`") & set(said)
    assert said.split()[-1] == "End."


async def test_endless_reply_ends_with_its_style(room) -> None:
    here = room(["All work and no play makes a dull reply. "] * 500)
    here.says("go on then")
    assert len(" ".join(r.text for r in await here.finished())) < 60 * 5 + 100


async def test_voice_that_fails_leaves_the_words_and_says_so_once(room) -> None:
    here = room(voice=Voice(EngineFailed("broke off")))
    here.says("I lost my keys")
    first, *_ = await here.finished()
    assert first.text == "I hear you."
    assert first.audio_url is None
    assert first.duration_s > 0
    assert [f.code for f in here.of(Fault)] == ["silent_engine_failed"]


async def test_unknown_engine_is_told_and_changes_nothing(room) -> None:
    here = room()
    here.talk.prefer(Preferences(reply_engine="nobody"))
    assert here.of(Fault)[0].code == "no_engine"
    here.talk.prefer(Preferences(reply_engine="reply_offline"))
    here.says("I lost my keys")
    assert (await here.finished())[0].engine == "reply_offline"
