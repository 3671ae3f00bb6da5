"""Turns: what is answered, how a reply gives way, and that the history holds exactly what was heard."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.companion.conversation import Conversation
from core.types import (
    Message,
    Preferences,
    Reply,
    ReplyCancelled,
    ReplyResumed,
    SpeechLasting,
    Utterance,
    UtteranceEstimate,
)
from tests.companion.rooms import fused


async def test_each_sentence_is_told_with_its_sound_and_mouth(room) -> None:
    here = room()
    here.says("I lost my keys")
    first, second, last = await here.finished()
    assert (first.text, second.text, last.text) == ("I hear you.", "Tell me more.", "")
    assert [(r.turn, r.part, r.is_final) for r in (first, second, last)] == [(1, 0, False), (1, 1, False), (1, 2, True)]
    assert first.audio_url != second.audio_url
    assert first.visemes
    assert first.duration_s == 2.0
    assert here.sounds.get("s1", first.audio_url.split("/")[-1].removesuffix(".wav"))[:4] == b"RIFF"
    assert here.voice.asked[0].rate < 1.0, "a sad turn is answered more slowly"


async def test_first_sentence_does_not_wait_for_the_second(room) -> None:
    here = room(["I hear you. ", 1.0, "More."])
    here.says("I lost my keys")
    (first,) = await here.until(Reply)
    assert first.text == "I hear you."
    assert not here.engine.is_stopped


async def test_engine_gets_words_estimate_and_earlier_turns(room) -> None:
    here = room(["Yes. "])
    here.talk.prefer(Preferences(personality="coach", style="detailed", voice="male"))
    here.says("I lost my keys")
    await here.finished()
    here.talk.heard(1, 0, 2.0)
    here.says("found them again", label="happy")
    await here.finished(2)
    prompt = here.engine.prompts[1]
    assert (prompt.text, prompt.personality, prompt.style) == ("found them again", "coach", "detailed")
    assert prompt.reading.expression == "happy"
    assert [(t.role, t.text) for t in prompt.turns] == [("user", "I lost my keys"), ("assistant", "Yes.")]
    assert here.voice.asked[0].voice == "male"


async def test_history_holds_what_was_heard_and_no_more(room) -> None:
    here = room(["One two three four. ", "Five six."])
    here.says("go on then")
    await here.finished()
    assert here.talk.heard(1, 0, 0.0) is True
    assert here.talk.heard(1, 0, 1.0) is True
    here.talk.take(SpeechLasting(1.0))
    (cancelled,) = here.of(ReplyCancelled)
    assert cancelled.heard == "One two"
    assert [m.text for m in here.of(Message) if m.role == "assistant"] == ["One two"]


async def test_reply_heard_to_its_end_is_whole_in_the_history(room) -> None:
    here = room()
    here.says("go on then")
    await here.finished()
    here.talk.heard(1, 0, 2.0)
    assert here.talk.heard(1, 1, 1.95) is False
    assert [m.text for m in here.of(Message)] == ["go on then", "I hear you. Tell me more."]
    assert not here.of(ReplyCancelled)


async def test_reply_nobody_heard_leaves_nothing(room) -> None:
    here = room()
    here.talk.heard(0, 0, 0.0)  # a client that tells what it plays
    here.says("go on then")
    await here.finished()
    here.talk.take(SpeechLasting(1.0))
    assert here.of(ReplyCancelled)[0].heard == ""
    assert [m.role for m in here.of(Message)] == ["user"]


async def test_client_that_never_tells_is_taken_to_have_heard_all(room) -> None:
    here = room()
    here.says("go on then")
    await here.finished()
    here.says("and another thing")
    await here.finished(2)
    assert here.engine.prompts[1].turns[1].text == "I hear you. Tell me more."


async def test_murmur_lets_it_go_on(room) -> None:
    here = room()
    here.says("go on then")
    await here.finished()
    here.talk.heard(1, 0, 0.5)
    here.says("mhm")
    assert here.of(ReplyResumed) == [ReplyResumed(1, 1.0)]
    assert not here.of(ReplyCancelled)
    assert len(here.engine.prompts) == 1


async def test_short_word_that_is_no_murmur_takes_the_turn(room) -> None:
    here = room()
    here.says("go on then")
    await here.finished()
    here.talk.heard(1, 0, 0.5)
    here.says("stop")
    assert here.of(ReplyCancelled)
    await here.finished(2)
    assert here.engine.prompts[1].text == "stop"


async def test_lasting_speech_stops_the_making(room) -> None:
    here = room(["I hear you. ", 5.0, "Never said."])
    here.says("go on then")
    await here.until(Reply)
    here.talk.take(SpeechLasting(1.0))
    await asyncio.sleep(0.05)
    assert here.engine.is_stopped
    assert here.of(ReplyCancelled)
    here.says("that was my point")
    await here.until(Reply, 2)


async def test_speech_without_a_reply_cancels_nothing(room) -> None:
    here = room()
    here.talk.take(SpeechLasting(1.0))
    assert here.told == []


async def test_stop_button_cancels_and_leaves_no_turn_waiting(room) -> None:
    here = room(["I hear you. ", 5.0])
    here.says("go on then")
    await here.until(Reply)
    here.talk.cancel()
    assert here.of(ReplyCancelled)
    await asyncio.sleep(0.05)
    assert len(here.engine.prompts) == 1


async def test_ten_turns_in_a_second_get_one_answer_to_all(room) -> None:
    here = room()
    for number in range(10):
        here.says(f"number {number}", origin="typed")
    replies = await here.finished()
    await asyncio.sleep(0.1)
    assert len({reply.turn for reply in replies}) <= 2
    assert "number 9" in here.engine.prompts[-1].text
    assert len([m for m in here.of(Message) if m.role == "user"]) == 10


@pytest.mark.parametrize("text", ["", "   "])
async def test_empty_turn_is_not_answered(room, text: str) -> None:
    here = room()
    here.says(text)
    await asyncio.sleep(0.05)
    assert here.told == []


async def test_turn_of_10_000_characters_is_answered(room) -> None:
    here = room()
    here.says("word " * 2_000, origin="typed")
    await here.finished()
    assert len(here.engine.prompts[0].text) <= 2_000


@pytest.mark.parametrize("text", ["I want to kill myself", "ik wil dood", "he is going to hit me"])
async def test_danger_is_answered_with_help_by_every_engine(room, text: str) -> None:
    here = room()
    here.says(text)
    replies = await here.finished()
    assert replies[0].engine == "safety"
    assert "112" in " ".join(reply.text for reply in replies)
    assert here.engine.prompts == []
    here.says("and my bag is gone too")
    await here.finished(2)
    assert all(turn.text != text for turn in here.engine.prompts[0].turns), "it is not brought up again"


async def test_silence_can_be_chosen(room) -> None:
    here = room()
    here.talk.prefer(Preferences(replies=False))
    here.says("I lost my keys")
    await asyncio.sleep(0.05)
    assert [type(event) for event in here.told] == [Message]
    here.talk.prefer(Preferences(replies=True))
    here.says("and my bag")
    await here.finished()
    assert here.engine.prompts[0].turns[0].text == "I lost my keys"


async def test_greeting_uses_the_summary_once(room) -> None:
    here = room()
    here.talk.prefer(Preferences(reply_engine="reply_offline"))
    here.talk.summary = "It was about “garden”."
    here.talk.greet()
    here.talk.greet()
    replies = await here.finished()
    await asyncio.sleep(0.05)
    assert "garden" in " ".join(reply.text for reply in replies)
    assert {reply.turn for reply in here.of(Reply)} == {1}


async def test_summary_needs_words(room) -> None:
    here = room()
    assert await here.talk.summarise() == ""
    here.says("I lost my keys")
    await here.finished()
    assert await here.talk.summarise() == "1 turns"


async def test_forgetting_leaves_no_words(room) -> None:
    here = room()
    here.says("I lost my keys")
    await here.finished()
    here.talk.forget()
    assert await here.talk.summarise() == ""


async def test_sounds_go_with_the_session(room) -> None:
    here = room()
    here.says("I lost my keys")
    first, *_ = await here.finished()
    here.talk.close()
    assert here.sounds.get("s1", first.audio_url.split("/")[-1].removesuffix(".wav")) is None


async def test_without_a_companion_words_are_still_told() -> None:
    told: list = []
    talk = Conversation(None, "s1", "en", told.append, lambda: 1.0)
    talk.prefer(Preferences(replies=True))
    talk.take(Utterance("hello", 0.0, 1.0, 1.0, 1.0, "en", is_final=True, origin="typed"))
    talk.take(UtteranceEstimate(0.0, 1.0, replace(fused("sad")), "typed"))
    assert [type(event) for event in told] == [Message]
    talk.close()


async def test_lines_last_from_their_first_word_to_their_last(room) -> None:
    one = room()
    one.says("I failed")
    await one.finished()
    one.now_s = 9.0
    one.talk.heard(1, 0, 0.5)
    one.now_s = 12.5
    one.talk.heard(1, 1, 2.0)
    spans = [(line.role, line.start_s, line.time_s) for line in one.of(Message)]
    assert spans == [("user", 0.0, 1.0), ("assistant", 8.5, 12.5)]


async def test_line_whose_playing_nobody_tells_lasts_as_long_as_its_sound(room) -> None:
    one = room()
    one.says("I failed")
    await one.finished()
    one.now_s = 60.0
    one.says("and again")
    line = one.of(Message)[1]
    assert (line.role, line.start_s, line.time_s) == ("assistant", 1.0, 5.0)


async def test_engine_is_told_how_well_a_turn_was_heard(room) -> None:
    asked: list[float] = []
    for confidence, origin in ((0.6, "speech"), (0.95, "speech"), (0.6, "typed")):
        one = room()
        one.says("I lost my keys", origin, confidence)
        await one.finished()
        asked.append(one.talk._turns[0].confidence)
    assert asked == [0.6, 0.95, 1.0]


async def test_turns_answered_together_are_as_sure_as_the_least_sure(room) -> None:
    one = room()
    one.says("I lost my keys", confidence=0.95)
    one.says("and my phone", confidence=0.7)
    await one.finished()
    assert min(turn.confidence for turn in one.talk._turns) == 0.7
