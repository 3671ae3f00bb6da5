"""What of a sentence is spoken: words, numbers and stops; no pictures, no markup, nothing that a front-end obeys."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 600
"""characters; the rest of a longer text stays silent, its words are on the screen"""
MARKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff<>{}\[\]|\\^~`*_#]+")
"""control characters, half characters, and marks that a front-end would spell out or take for commands"""
PICTURES = re.compile("[\ufe0e\ufe0f\u20e3\U0001f1e6-\U0001faff\U000e0020-\U000e007f]+")
"""emoji, skin colours, flags and what changes them: eSpeak would read "grinning face" aloud"""
DRESSED = ("<font>", "<wide>", "<narrow>", "<circle>", "<square>")
"""how Unicode calls letters in bold, full width, circles, and units in one square; in plain dress they are words"""
FIRST_SYMBOL = "\u2190"
"""arrows, boxes, stars and other symbols (So) from here on; before it are signs such as "°" and "№", which are said"""


def spoken_text(text: str) -> str:
    """What is handed to a voice: at most LONGEST characters, cut at a space."""
    said = "".join(_said(character) for character in PICTURES.sub(" ", text))
    clean = " ".join(MARKS.sub(" ", said).split())
    if len(clean) > LONGEST:
        clean = clean[: max(clean.rfind(" ", 0, LONGEST), LONGEST // 2)]
    return clean


def _said(character: str) -> str:
    """The character in plain dress: digits of every script as 0 to 9, symbols as a space."""
    if character < "\u0080":
        return character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    if unicodedata.decomposition(character).startswith(DRESSED):
        return unicodedata.normalize("NFKC", character)
    return " " if category == "So" and character >= FIRST_SYMBOL else character
