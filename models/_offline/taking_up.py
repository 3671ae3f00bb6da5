"""The person's own words, made fit to be said back: a clause, a few words that matter, and the turn to "you". Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from models._offline.phrases import Phrases

READ = 1_500
"""characters of a turn that are looked at"""
CLAUSE_WORDS, CLAUSE_CHARACTERS = 14, 90
TOPIC_WORDS, TOPIC_CHARACTERS = 4, 40
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
MARKUP = re.compile(r"<[^<>]*>|[<>{}\[\]|`*_#~^\\]|https?://\S+")
CLAUSE_END = re.compile(r"[.!?;:\n…]+|,\s+(?=(?:and|but|en|maar|und|aber|et|mais|y|pero)\b)| - ")

# First person to second, for English clauses that begin with "I" or "my" and hold nothing that would then be wrong.
TO_YOU: tuple[tuple[str, str], ...] = (
    (r"\bi am\b|\bi'm\b", "you are"),
    (r"\bi was\b", "you were"),
    (r"\bi've\b", "you have"),
    (r"\bi'll\b", "you will"),
    (r"\bi'd\b", "you would"),
    (r"\bi\b", "you"),
    (r"\bmyself\b", "yourself"),
    (r"\bmine\b", "yours"),
    (r"\bmy\b", "your"),
    (r"\bme\b", "you"),
    (r"\bam\b", "are"),
)
UNSAFE = re.compile(r"\b(?:you|your|yours|yourself|we|us|our)\b|[\"“”]", re.IGNORECASE)
LEADING = re.compile(
    r"^(?:(?:well|so|and|but|oh|um|uh|yes|yeah|no|ok|okay|because|actually|honestly|anyway)\b[, ]*)+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What of a turn can be said back; each empty where there is nothing."""

    clause: str
    """as it was said, at most CLAUSE_WORDS words"""
    topic: str
    """its weightiest words, as they were said"""
    you: str
    """the clause in the second person, English only"""


def take_up(text: str, phrases: Phrases, language: str) -> Taken:
    """The weightiest clause of a turn and its weightiest words."""
    clean = " ".join(MARKUP.sub(" ", _visible(text[:READ])).split())
    clauses = [LEADING.sub("", clause).strip(" ,-'\"") for clause in CLAUSE_END.split(clean)]
    clauses = [clause for clause in clauses if clause]
    if not clauses:
        return Taken("", "", "")
    heaviest = max(enumerate(clauses), key=lambda item: (_weight(item[1], phrases), item[0]))[1]
    words = heaviest.split()
    clause = " ".join(words[:CLAUSE_WORDS])[:CLAUSE_CHARACTERS].rstrip(" ,")
    is_whole = len(words) <= CLAUSE_WORDS and len(heaviest) <= CLAUSE_CHARACTERS
    topic = _topic(heaviest, phrases)
    return Taken(clause, topic, _you(heaviest) if language == "en" and is_whole else "")


def _visible(text: str) -> str:
    return "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)


def content_words(text: str, phrases: Phrases) -> list[str]:
    """Lower-case words that say what it is about."""
    return [w for w in (word.lower() for word in WORD.findall(text)) if _is_content(w, phrases)]


def _is_content(word: str, phrases: Phrases) -> bool:
    plain = word.replace("’", "'")
    return plain not in phrases.stop and len(plain) > 1 and not plain.isdigit()


def _weight(clause: str, phrases: Phrases) -> int:
    """Many content words, but not a sermon."""
    return min(len(content_words(clause, phrases)), 6)


def _topic(clause: str, phrases: Phrases) -> str:
    """The words, at most TOPIC_WORDS from a content word to a content word, that hold most of them; the first such."""
    found = list(WORD.finditer(clause))
    places = [n for n, match in enumerate(found) if _is_content(match.group().lower(), phrases)]
    if not places:
        return ""
    spans = [[n for n in places if first <= n < first + TOPIC_WORDS] for first in places]
    spans = [span for span in spans if span[-1] + 1 not in places] or spans  # not cut before "dog" in "our old dog"
    best = max(spans, key=lambda span: (len(span), -span[0]))
    topic = clause[found[best[0]].start() : found[best[-1]].end()]
    if len(topic) > TOPIC_CHARACTERS:
        topic = found[best[0]].group()
    return topic[:TOPIC_CHARACTERS]


def _you(clause: str) -> str:
    """ "I lost my keys" becomes "You lost your keys"; empty where that could go wrong."""
    if not re.match(r"(?:i|i'm|i've|i'd|i'll|my)\b", clause, re.IGNORECASE) or UNSAFE.search(clause):
        return ""
    text = clause.replace("’", "'")
    for pattern, other in TO_YOU:
        text = re.sub(pattern, other, text, flags=re.IGNORECASE)
    return text[0].upper() + text[1:]
