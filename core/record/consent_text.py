"""The words a person agrees to, part by part: the card shows exactly these, and the ledger keeps their hash.

Whoever changes a word changes CONSENT_VERSION too; the tests keep the hash of every version there was.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace

from core.people import Scope

CONSENT_VERSION = "2026-11-26b"


@dataclass(frozen=True, slots=True)
class ScopeText:
    """One thing that may be allowed."""

    name: Scope
    title: str
    """beside the switch"""
    text: str
    """beneath it: what is allowed, in whole sentences"""


@dataclass(frozen=True, slots=True)
class PurposeText:
    """One answer to what it is for."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class ConsentText:
    """Everything that is shown before anything is captured, in one language."""

    language: str
    """BCP-47"""
    title: str
    what: str
    """what this does"""
    notice: str
    """the notice of Regulation (EU) 2024/1689, Art. 50(3)"""
    purpose: str
    """the question"""
    purposes: tuple[PurposeText, ...]
    """all of PURPOSES and REFUSED_PURPOSES"""
    scopes: tuple[ScopeText, ...]
    """all of SCOPES; the card has a switch for what it asks for and shows the others under `elsewhere`"""
    ephemeral: str
    """about a disk that does not outlive a restart; empty where it does"""
    more: str
    """heading of what follows"""
    kept: str
    withdrawal: str
    elsewhere: str
    """heading of the scopes that are not asked for on this card"""
    refused: str
    """why two purposes are refused"""


ENGLISH = ConsentText(
    language="en",
    title="What a machine reads in face, voice and words",
    what=(
        "As far as you allow it, Attune looks through your camera, listens to your microphone, and shows what it reads "
        "and how sure it is."
    ),
    notice=(
        "A machine estimates emotional expression here. It sees a face, a voice and words, not what you feel, and it "
        "can be wrong: treat every reading as a guess."
    ),
    purpose="What is it for?",
    purposes=(
        PurposeText("self", "For myself"),
        PurposeText("research", "Research, with people who agreed"),
        PurposeText("art", "Art or performance"),
        PurposeText("accessibility", "Accessibility"),
        PurposeText("other", "Something else"),
        PurposeText("workplace", "At work: staff, applicants, teams"),
        PurposeText("education", "In education: pupils, students"),
    ),
    scopes=(
        ScopeText("camera", "Camera", "Read the expression in my face; pictures are forgotten at once."),
        ScopeText("microphone", "Microphone", "Read my voice, write down and answer what I say; sound is forgotten."),
        ScopeText("history", "Keep readings", "Numbers only, never pictures. Off: no reading is kept."),
        ScopeText("text", "Keep words", "The conversation, sealed on the server's disk. Needs kept readings."),
        ScopeText("observe", "Let a facilitator watch", "A facilitator may follow my readings while I am here."),
        ScopeText(
            "device",
            "Read on my own device",
            "Take readings that my own device made. Picture and sound stay there: neither camera nor microphone is "
            "asked for.",
        ),
        ScopeText(
            "train",
            "Keep pictures and sound",
            "Keep my pictures and sound, encrypted, to improve the models. This is switched off everywhere.",
        ),
    ),
    ephemeral="",
    more="What is kept, and how to withdraw",
    kept=(
        "Pictures and sound are used in the moment and never saved. This answer is noted: what you allow, what for "
        "and when."
    ),
    withdrawal=(
        "You can pause, change these choices or stop at any time, without giving a reason. The page Your data shows "
        "what is kept about you and deletes it."
    ),
    elsewhere="Not asked for here",
    refused=(
        "Attune is not available for use at work or in education: in the European Union, estimating people's emotions "
        "there is not allowed (Regulation (EU) 2024/1689, Art. 5(1)(f))."
    ),
)
EPHEMERAL = "This server forgets everything when it restarts."


def consent_text(is_ephemeral: bool = False) -> ConsentText:
    """The parts as this server shows them; `is_ephemeral`: its disk does not outlive a restart."""
    return replace(ENGLISH, ephemeral=EPHEMERAL) if is_ephemeral else ENGLISH


def as_json(text: ConsentText) -> dict[str, object]:
    """The parts by name, for GET /api/consent."""
    return asdict(text)


def hash_of(text: ConsentText) -> str:
    """sha256, hexadecimal, of the version, a line feed, and the parts as JSON: keys sorted, no blanks, UTF-8."""
    parts = json.dumps(as_json(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{CONSENT_VERSION}\n{parts}".encode()).hexdigest()
