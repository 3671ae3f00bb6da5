"""A reply's text on its way to the ear: plain words, sentence by sentence, and how much of it was heard. Pure."""

from __future__ import annotations

import html
import re

FENCED_WHOLE = re.compile(r"```.*?```", re.DOTALL)
FENCED = re.compile(r"```.*?(?:```|$)", re.DOTALL)
LINK = re.compile(r"\[([^\]]{1,200})\]\([^)]{0,2000}\)")
TAG = re.compile(r"<[^<>]{0,2000}>")
UNCLOSED_TAG = re.compile(r"<[A-Za-z/!][^<>]*$")
HELD = 4_000
"""characters of unclosed markup that are waited for"""
MARKS = re.compile(r"(?<!\w)[*_~`#>|]+|[*_~`|]+(?!\w)")
ROLE = re.compile(r"^\s*(?:assistant|companion|therapist|coach|system|user)\s*:\s*", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff]")
SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|(?<=[。！？])|\n+")
ABBREVIATION = re.compile(r"(?:^|\s)(?:[A-Za-z]|Mr|Mrs|Ms|Dr|St|etc|e\.g|i\.e|z\.B|bijv|p\.ej|Sr|Sra)\.$")
LONGEST, SHORTEST_CLAUSE = 160, 30
"""characters of one part: some 10 s of sound, made in a tenth of a second of work; a longer sentence is cut where a
clause ends that is no shorter than that, else at a space, so that its sound does not keep anyone waiting"""
CLAUSE_END = re.compile(r"[,;:—–](?=\s)|[，、；：،؛]")


def plain(text: str) -> str:
    """Without markup, code, tags and control characters: what a person would say aloud."""
    text = LINK.sub(r"\1", FENCED.sub(" ", html.unescape(text)))
    text = MARKS.sub("", TAG.sub(" ", text))
    return re.sub(r"[ \t]+", " ", CONTROL.sub("", text))


def take_sentences(buffer: str, is_over: bool = False) -> tuple[list[str], str]:
    """Whole plain sentences at the start of what has come so far, and the rest that may still grow."""
    buffer = FENCED_WHOLE.sub(" ", buffer)
    held = "" if is_over else _unclosed(buffer)
    sentences, rest = _split(plain(buffer) if is_over else buffer[: len(buffer) - len(held)], is_over)
    clean = [plain(sentence).strip() for sentence in sentences]
    return [part for sentence in clean for part in _short(ROLE.sub("", sentence))], rest + held


def _unclosed(buffer: str) -> str:
    """The end of it from where code or a tag was begun and not closed."""
    fence = buffer.find("```")
    tag = UNCLOSED_TAG.search(buffer)
    starts = [place for place in (fence, tag.start() if tag else -1) if place >= 0]
    return buffer[min(starts) :] if starts and len(buffer) - min(starts) <= HELD else ""


def _split(buffer: str, is_over: bool) -> tuple[list[str], str]:
    found: list[str] = []
    start = 0
    for match in SENTENCE_END.finditer(buffer):
        sentence = buffer[start : match.end()].strip()
        if ABBREVIATION.search(sentence):
            continue
        if sentence:
            found.append(sentence)
        start = match.end()
    rest = buffer[start:]
    if is_over and rest.strip():
        found.append(rest.strip())
        rest = ""
    return found, rest


def _short(sentence: str) -> list[str]:
    parts = []
    while len(sentence) > LONGEST:
        clauses = [found.end() for found in CLAUSE_END.finditer(sentence, SHORTEST_CLAUSE, LONGEST)]
        cut = clauses[-1] if clauses else sentence.rfind(" ", 0, LONGEST)
        cut = cut if cut > 0 else LONGEST
        parts.append(sentence[:cut].strip())
        sentence = sentence[cut:].strip()
    return [part for part in (*parts, sentence) if part]


def heard_of(text: str, heard_s: float, duration_s: float) -> str:
    """The words of a sentence that were played, by share of its sound; a word in mid-air was not heard."""
    if heard_s <= 0:
        return ""
    if duration_s <= 0 or heard_s >= duration_s - 0.15:
        return text
    position = round(len(text) * heard_s / duration_s)
    cut = text.rfind(" ", 0, position + 1)
    return text[:cut].rstrip() if cut > 0 else ""
