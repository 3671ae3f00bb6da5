"""The companion without any model: reflective listening in five languages, from sentences that take up what was said.

It says back the person's own words where they are a plain sentence that was well heard, names what was read as an
impression or not at all, ties a turn to earlier ones, and asks one question (or, as a coach, for one step). What was
badly heard is asked for again, or answered by its tone alone. The same prompt always gives the same reply.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from core.companion.prompt import HEARD_BADLY, HEARD_WELL, STYLE_TOKENS, ReplyPrompt, TurnReading, WriteReply
from core.engines.spec import EngineSpec
from core.settings import Settings
from models._offline.dutch import PHRASES as DUTCH
from models._offline.english import PHRASES as ENGLISH
from models._offline.french import PHRASES as FRENCH
from models._offline.german import PHRASES as GERMAN
from models._offline.phrases import Lines, Phrases
from models._offline.spanish import PHRASES as SPANISH
from models._offline.taking_up import Taken, content_words, take_up

NAME = "reply_offline"
LANGUAGES: dict[str, Phrases] = {"en": ENGLISH, "nl": DUTCH, "de": GERMAN, "fr": FRENCH, "es": SPANISH}
TONES = {
    "sad": "heavy",
    "fear": "heavy",
    "angry": "hot",
    "disgust": "hot",
    "happy": "bright",
    "surprise": "sudden",
    "neutral": "plain",
}
SURE = 0.6
"""confidence from which the tone of a reply follows the expression; under it the reply stays even"""
RECALL_EVERY = 3
"""brief replies look back every so many turns, longer ones each time they can"""
BREAK = re.compile(r"(?<=[.!?])\s+")
SUMMARY_SENTENCES = 4


@dataclass(frozen=True, slots=True)
class _Talk:
    """One prompt, looked at."""

    prompt: ReplyPrompt
    phrases: Phrases
    taken: Taken
    old: str
    """a sentence of an earlier turn; empty where there is none that differs"""
    said: frozenset[str]
    """every sentence of the companion so far, bare"""
    heard: str
    """the same as one bare text, to see which turns of phrase are worn"""
    seed: int


class OfflineReplies:
    """Holds nothing at all."""

    name = NAME
    spec = EngineSpec(
        name=NAME,
        kind="reply",
        version="1",
        licence="MIT",
        description="reflective listening without a model: takes up your words, asks back; nothing leaves this machine",
        input="the words, the estimate with its doubts, the last turns",
        is_default=True,
        languages=tuple(LANGUAGES),
    )

    def load(self, settings: Settings) -> None:
        """Nothing to bring in."""

    async def close(self) -> None:
        """Nothing to let go of."""

    async def stream(self, request: WriteReply) -> AsyncIterator[str]:
        """Sentence by sentence."""
        for sentence in [summarise(request.prompt)] if request.is_summary else compose(request.prompt):
            if sentence:
                yield sentence + " "


def summarise(prompt: ReplyPrompt) -> str:
    """Sentences of the person, newest last; empty where there are none."""
    phrases, language = _phrases(prompt.language), _language(prompt.language)
    told = [_sayable(turn.text, turn.confidence, phrases, language) for turn in prompt.turns if turn.role == "user"]
    named = list(dict.fromkeys(_quoted(one.clause, phrases) for one in told if one.clause))[-SUMMARY_SENTENCES:]
    return phrases.summary.format(t=", ".join(named)) if named else ""


def compose(prompt: ReplyPrompt) -> list[str]:
    """The sentences of a reply; never one that was said before in this talk, never more than its style allows."""
    talk = _look_at(prompt)
    if prompt.is_greeting:
        return _greeting(talk)
    sentences: list[str] = []
    length = 0
    for lines in _plan(talk):
        sentence = _pick(talk, lines, len(sentences), sentences)
        if not sentence:
            continue
        length += len(sentence)
        if sentences and length > STYLE_TOKENS[prompt.style] * 4:
            break
        sentences.append(sentence)
    return sentences or [_last_resort(talk)]


def _look_at(prompt: ReplyPrompt) -> _Talk:
    phrases = _phrases(prompt.language)
    language = _language(prompt.language)
    taken = _sayable(prompt.text, prompt.confidence, phrases, language)
    asked = re.compile(phrases.who_words)  # a question to the program is no topic of the person's
    told = [turn for turn in prompt.turns[-12:] if turn.role == "user" and not asked.search(turn.text.lower())]
    earlier = [_sayable(turn.text, turn.confidence, phrases, language).clause for turn in told]
    new = set(content_words(prompt.text, phrases))
    different = [clause for clause in earlier if clause and _is_news(content_words(clause, phrases), new)]
    said = [turn.text for turn in prompt.turns if turn.role == "assistant"]
    sentences = frozenset(_bare(one) for text in said for one in BREAK.split(text))
    seed = zlib.crc32(prompt.text[:500].encode("utf-8", "replace")) + 7 * len(said)
    old = different[seed % len(different)] if different else ""
    return _Talk(prompt, phrases, taken, old, sentences, _bare(" ".join(said)), seed)


def _is_news(words: Sequence[str], new: set[str]) -> bool:
    """Worth coming back to: about something, and about something else."""
    return len(words) > 1 and not new & set(words)


def _sayable(text: str, confidence: float, phrases: Phrases, language: str) -> Taken:
    """What may be said back: only what was well heard."""
    return take_up(text, phrases, language) if confidence >= HEARD_WELL else Taken("", "")


def _plan(talk: _Talk) -> Iterator[Lines]:
    """Which kinds of sentences, in order; the style decides how many of them are reached."""
    phrases, prompt = talk.phrases, talk.prompt
    turn = sum(one.role == "user" for one in prompt.turns)
    if _language(prompt.language) not in LANGUAGES and phrases.excuse:
        yield (phrases.excuse,)
    if prompt.confidence < HEARD_BADLY:
        yield from _unheard(talk)
        return
    special = _special(talk)
    if special:
        yield special
        if prompt.style != "brief" and special != phrases.bye:
            yield phrases.open[prompt.personality]
        return
    if not content_words(prompt.text, phrases):
        yield phrases.short[prompt.personality]
        return
    if not talk.taken.clause:
        yield from _tone_alone(talk)
        return
    yield phrases.mirror[_tone(prompt.reading)]
    asks = phrases.open[prompt.personality] + phrases.ask[prompt.personality]
    looks_back = bool(talk.old) and (prompt.style != "brief" or turn % RECALL_EVERY == RECALL_EVERY - 1)
    if prompt.style == "brief":
        yield phrases.recall if looks_back else asks
        return
    yield phrases.recall if looks_back else phrases.stay
    if prompt.style == "detailed":
        yield phrases.stay
        yield phrases.deepen[prompt.personality]
        yield phrases.deepen[prompt.personality]
    yield asks


def _unheard(talk: _Talk) -> Iterator[Lines]:
    """Asks again, but not twice in a row: the second time the tone has to do."""
    replies = [turn.text for turn in talk.prompt.turns if turn.role == "assistant"]
    asked = {_bare(BREAK.split(line)[0]) for line in talk.phrases.again}
    if replies and _bare(BREAK.split(replies[-1])[0]) in asked:
        yield from _tone_alone(talk)
    else:
        yield talk.phrases.again


def _tone_alone(talk: _Talk) -> Iterator[Lines]:
    """How it was said, and a question that fits anything."""
    alone, personality = talk.phrases.alone, talk.prompt.personality
    yield alone[_tone(talk.prompt.reading)] + alone["plain"]
    yield talk.phrases.open[personality]


def _special(talk: _Talk) -> Lines:
    """Goodbye, thanks, a question to the program or about the world; empty for ordinary talk."""
    phrases, text = talk.phrases, talk.prompt.text.strip().lower().replace("’", "'")[:300]
    words = set(re.findall(r"[\w'-]+", text))
    if re.search(phrases.who_words, text):
        return phrases.who
    if words & phrases.hello_words and len(words) <= 3:
        greet = phrases.greet[talk.prompt.personality]
        return greet if _bare(BREAK.split(greet[0])[0]) not in talk.said else phrases.short[talk.prompt.personality]
    if len(words) <= 4 and words & phrases.bye_words and not words & phrases.hello_words:
        return phrases.bye
    if len(words) <= 4 and words & phrases.thanks_words:
        return phrases.thanks
    if text.endswith("?") and re.search(phrases.question_words, text.lstrip("¿¡ ")):
        return phrases.unknown
    return ()


def _tone(reading: TurnReading | None) -> str:
    """An impression colours the reply only when it is clear; doubt and disagreement are said."""
    if reading is None:
        return "plain"
    if any("conflict" in reason or "masking" in reason for reason in reading.reasons):
        return "torn"
    if reading.abstained:
        return "unsure"
    return TONES.get(reading.expression, "plain") if reading.confidence >= SURE else "plain"


def _pick(talk: _Talk, lines: Lines, place: int, before: Sequence[str]) -> str:
    """The least worn line that was not said yet, filled with the person's words; "" where none is left."""
    fits = [line for line in lines if _fits(line, talk)]
    start = talk.seed + 3 * place
    turned = [fits[(start + n) % len(fits)] for n in range(len(fits))]
    for line in sorted(turned, key=lambda one: _wear(one, talk)):
        sentence = _filled(line, talk)
        if _bare(sentence) not in talk.said and sentence not in before:
            return sentence
    return ""


def _fits(line: str, talk: _Talk) -> bool:
    """Every slot of the line can be filled."""
    slots = {"{you}": talk.taken.you, "{old}": talk.old, "{q}": talk.taken.clause}
    return all(words for slot, words in slots.items() if slot in line)


def _wear(line: str, talk: _Talk) -> int:
    """How often the longest fixed part of a line was heard in this talk."""
    fixed = max((_bare(part) for part in re.split(r"\{\w+\}", line)), key=len, default="")
    return talk.heard.count(fixed) if len(fixed) > 3 else 0


def _filled(line: str, talk: _Talk) -> str:
    taken, phrases = talk.taken, talk.phrases
    sentence = line.format(q=_quoted(taken.clause, phrases), old=_quoted(talk.old, phrases), you=taken.you)
    return sentence[0].upper() + sentence[1:]


def _greeting(talk: _Talk) -> list[str]:
    phrases, prompt = talk.phrases, talk.prompt
    if prompt.summary:
        return [phrases.greet_again[0].format(old=prompt.summary.strip()[:300])]
    return [phrases.greet[prompt.personality][0]]


def _last_resort(talk: _Talk) -> str:
    """Everything fitting was said already: the person's own words alone, or one more invitation."""
    words = talk.taken.clause or talk.old
    if words:
        return f"{_quoted(words, talk.phrases)}…"
    left = [
        line for lines in (talk.phrases.alone["plain"], talk.phrases.short[talk.prompt.personality]) for line in lines
    ]
    return min(left, key=lambda line: talk.heard.count(_bare(line)))


def _quoted(words: str, phrases: Phrases) -> str:
    left, right = phrases.quotes
    return f"{left}{words}{right}"


def _bare(sentence: str) -> str:
    """Letters and digits alone, to tell whether two sentences are one."""
    return " ".join(re.findall(r"\w+", sentence.lower()))


def _language(code: str) -> str:
    return code.partition("-")[0].lower()


def _phrases(code: str) -> Phrases:
    return LANGUAGES.get(_language(code), ENGLISH)


ENGINE = OfflineReplies()
