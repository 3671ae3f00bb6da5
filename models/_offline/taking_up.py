"""The person's own words, made fit to be said back: one whole sentence, and the turn to "you". Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from models._offline.clauses.languages import GRAMMARS
from models._offline.phrases import Phrases

READ = 1_500
"""characters of a turn that are looked at"""
CLAUSE_WORDS, CLAUSE_CHARACTERS = 14, 90
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
MARKUP = re.compile(r"<[^<>]*>|[<>{}\[\]|`*_#~^\\]|https?://\S+")
SENTENCE = re.compile(r"[^.!?;:\n…]+(?![^.!?;:\n…]*\?)")
"""what ends in a question mark is asked, not told"""
CLAUSE_END = re.compile(r",\s+(?=(?:and|but|en|maar|und|aber|et|mais|y|pero)\b)| - ")

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
    r"^(?:(?:well|so|and|but|oh|um|uh|yes|yeah|ok|okay|because|actually|honestly|anyway|ja|nou|maar|en|dus|also|und|aber|oui"
    r"|mais|et|donc|alors|eh|bueno|sí|pero|y|pues)\b[, ]+|(?:no|nee|nein|non)\b, *)+",
    re.IGNORECASE,
)
"""words of address and joints; a "no" goes only before a comma: "no puedo dormir" without it says the opposite"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What of a turn can be said back; both empty where nothing of it is a plain sentence."""

    clause: str
    """as it was said, at most CLAUSE_WORDS words"""
    you: str
    """the clause in the second person, English only"""


def take_up(text: str, phrases: Phrases, language: str) -> Taken:
    """The weightiest clause of a turn that is grammatical by itself; the language by the first part of BCP-47."""
    clean = " ".join(MARKUP.sub(" ", _visible(text[:READ])).split())
    clauses = [clause for clause in _clauses(clean) if _can_be_said_back(clause, language)]
    if not clauses:
        return Taken("", "")
    clause = max(enumerate(clauses), key=lambda item: (_weight(item[1], phrases), -item[0]))[1]
    return Taken(clause, _you(clause) if language == "en" else "")


def _clauses(clean: str) -> list[str]:
    """Whole sentences, then the parts of those joined by "and" or "but"; words of address before them go, questions too."""
    parts = [part for sentence in SENTENCE.findall(clean) for part in (sentence, *CLAUSE_END.split(sentence))]
    bare = [LEADING.sub("", part).strip(" ,-'\"") for part in parts]
    return list(dict.fromkeys(part for part in bare if part))


def _can_be_said_back(clause: str, language: str) -> bool:
    is_short = len(clause.split()) <= CLAUSE_WORDS and len(clause) <= CLAUSE_CHARACTERS
    return is_short and language in GRAMMARS and GRAMMARS[language].is_sentence(clause)


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


def _you(clause: str) -> str:
    """ "I lost my keys" becomes "You lost your keys"; empty where that could go wrong."""
    if not re.match(r"(?:i|i'm|i've|i'd|i'll|my)\b", clause, re.IGNORECASE) or UNSAFE.search(clause):
        return ""
    text = clause.replace("’", "'")
    for pattern, other in TO_YOU:
        text = re.sub(pattern, other, text, flags=re.IGNORECASE)
    return text[0].upper() + text[1:]
