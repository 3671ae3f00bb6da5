"""What is said over a reply: a murmur lets it go on, anything else takes its place. Pure.

Speech that outlasts a murmur (`MURMUR_S` of the voice lane) ends the reply before its words are known.
"""

from __future__ import annotations

import re

from core.types import Utterance

BACKCHANNELS = {
    "en": "mhm mm mmm hm hmm uh-huh uhhuh huh yeah yes yep ok okay right sure i see got it oh ah aha really",
    "nl": "mhm hm hmm ja jaja jawel ok oké okay precies juist oh ah echt",
    "de": "mhm hm hmm ja jaja okay ok genau stimmt ach so oh ah echt",
    "fr": "mhm hm hmm oui ouais ok d'accord voilà ah oh bon vraiment",
    "es": "mhm hm hmm sí si ok vale claro ya ajá oh ah ah sí",
}
STOPPING = frozenset(
    (
        *("stop", "wait", "no", "nope", "but", "hold", "sorry", "pause", "quiet"),
        *("wacht", "nee", "maar", "halt", "warte", "nein", "aber"),
        *("non", "attends", "mais", "espera", "pero"),
    )
)
"""single words that mean to interrupt, however short"""
UNSURE = 0.5
"""a transcriber's confidence under which one short word is taken for a murmur"""


def is_murmur(uttered: Utterance) -> bool:
    """Whether what was said means "go on"; typed words never do."""
    return uttered.origin == "speech" and is_backchannel(uttered.text, uttered.language, uttered.confidence)


def is_backchannel(text: str, language: str, confidence: float = 1.0) -> bool:
    """A murmur that means "go on": known ones, nothing at all, or one word nobody is sure of."""
    words = re.findall(r"[\w'-]+", text.lower())
    if not words:
        return True
    if STOPPING & set(words):
        return False
    known = " " + BACKCHANNELS.get(language.partition("-")[0].lower(), BACKCHANNELS["en"]) + " "
    if len(words) <= 3 and all(f" {word} " in known for word in words):
        return True
    return len(words) == 1 and confidence < UNSURE
