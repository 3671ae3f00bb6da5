"""Coming in, going out, consent, and how the session is: `auth` to `stop`, `ready` to `error`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NotRequired, TypedDict, cast

from core.errors import AppError
from core.transports.wire.message import FromClient, one_digit, three_digits
from core.types import ClipProgress, Fault, SessionState, Stats


class Auth(FromClient, frozen=True):
    """First, always, within 10 s. With a `resume_token` it re-enters a session left less than 30 s ago.

    The server closes with 1000 when the session has ended, with 1012 when it waits for its client.
    """

    TYPE = "auth"
    token: str
    """as POST /api/guest, /api/signup or /api/login gave it"""
    resume_token: str | None = None
    """as the last `ready` of that session gave it"""


class Pause(FromClient, frozen=True):
    """Nothing is read until `resume`."""

    TYPE = "pause"


class Resume(FromClient, frozen=True):
    """Undoes `pause`."""

    TYPE = "resume"


class Stop(FromClient, frozen=True):
    """Ends the session."""

    TYPE = "stop"


class Ping(FromClient, frozen=True):
    """Answered by `pong`."""

    TYPE = "ping"
    id: int | float | str | None = None
    """comes back as it was sent"""


class Consent(FromClient, frozen=True):
    """Replaces the scopes at once, in all sessions of the person."""

    TYPE = "consent"
    scopes: list[str]
    """all that is allowed from now on, as in GET /api/consent"""
    delete: bool = False
    """also delete what the scopes taken back (history, text) have covered"""


class FigureLine(TypedDict):
    """How often a model's weights were right, measured."""

    on: str
    """what on, for people"""
    at_home: bool
    """other persons or texts of a collection that taught it; else of one that never did"""
    measure: str
    """what is counted, for people"""
    value: float
    """0..1"""
    low: float
    """where its 95 % interval begins"""
    high: float
    """where that ends"""
    count: int
    """pictures, recordings or texts"""


class EngineLine(TypedDict):
    """One engine: what it reads or writes, and whether it can. A kind without an engine has a line too."""

    name: str
    """of the file in models/; empty: no engine of this kind is set"""
    kind: str
    """decode, detect, face, speech, encode, voice, transcribe, turn, text, speak or reply"""
    available: bool
    """loaded, and answering"""
    note: str
    """what it is; where it is not available, what is missing, and what goes on without it"""
    is_optional: bool
    """everything else goes on without this kind"""
    version: NotRequired[str]
    """the engine's own; this and all below only where there is an engine"""
    licence: NotRequired[str]
    """of its weights"""
    languages: NotRequired[list[str]]
    """BCP-47 primary subtags it knows; empty: any, or none needed"""
    grade: NotRequired[Literal["rough", "embedded", "full-size"]]
    """rough: worth a warning beside what it gives"""
    runs_in: NotRequired[Literal["thread", "process", "network"]]
    """of this server, a process of its own, or somebody's server"""
    max_batch: NotRequired[int]
    """requests that are answered together"""
    leaves_machine: NotRequired[bool]
    """what it is given is sent away"""
    is_default: NotRequired[bool]
    """of its kind it is asked first"""
    figures: NotRequired[list[FigureLine]]
    """measured on its weights, those at home first"""


class ReadyMessage(TypedDict):
    """The answer to `auth`; a `state` follows at once."""

    type: Literal["ready"]
    session_id: str
    """names the session over REST"""
    resume_token: str
    """re-enters this session; new at each entry"""
    modalities: list[str]
    """those this server can read: face, text, voice"""
    engines: list[EngineLine]
    """as in GET /api/status"""


class StateMessage(TypedDict):
    """After `ready`, and whenever one of these changes."""

    type: Literal["state"]
    scopes: list[str]
    """in force"""
    paused: bool
    """by `pause`"""
    recording: bool
    """readings of this session are being kept right now"""
    ended: bool
    """nothing follows"""


class StatsMessage(TypedDict):
    """Once a second."""

    type: Literal["stats"]
    fps: float
    """face readings a second"""
    dropped: int
    """pictures and messages left out since the start, whatever the reason"""
    latency_ms: float
    """median of the last second, arrival to fused event"""
    stored_to_s: float | None
    """readings up to this session time are on disk; null when nothing is kept"""
    drift_ms: float | None
    """how much later the clock of the sound has come to run than that of the picture; null without both"""


class ClipProgressMessage(TypedDict):
    """How far an uploaded clip has been read."""

    type: Literal["clip_progress"]
    done_s: float
    """seconds of the clip"""
    total_s: float
    """seconds; 0 where the container does not tell"""
    is_final: bool
    """the whole clip has been read"""


class PongMessage(TypedDict):
    """The answer to `ping`."""

    type: Literal["pong"]
    id: int | float | str | None
    """as it was sent"""


class ErrorMessage(TypedDict):
    """Something was refused or failed. `history_paused` and `history_resumed` tell of a disk that refuses readings,
    `quota_reached` of a person of whom no more is kept until they delete something."""

    type: Literal["error"]
    code: str
    """short and stable, such as bad_message or no_scope"""
    message: str
    """what was expected, what came, what to do"""
    fatal: bool
    """the connection ends with it"""
    modality: NotRequired[str | None]
    """of a failing lane, or null; here and below only where the session tells it"""
    t: NotRequired[float]
    """seconds of session time"""
    will_retry: NotRequired[bool]
    """the next input is tried again"""


def ready(
    session_id: str, resume_token: str, modalities: Iterable[str], engines: Iterable[Mapping[str, object]]
) -> ReadyMessage:
    """Where the client is, and what can be read here; `engines` as Engines.describe gives them."""
    return {
        "type": "ready",
        "session_id": session_id,
        "resume_token": resume_token,
        "modalities": sorted(modalities),
        "engines": [cast("EngineLine", engine) for engine in engines],
    }


def pong(ping: Ping) -> PongMessage:
    """The id of the ping."""
    return {"type": "pong", "id": ping.id}


def error(refusal: AppError, fatal: bool = False) -> ErrorMessage:
    """`fatal` tells that the connection ends with it."""
    return {"type": "error", "code": refusal.code, "message": refusal.message, "fatal": fatal}


def fault(event: Fault) -> ErrorMessage:
    """What failed inside the session, which goes on."""
    return {
        "type": "error",
        "code": event.code,
        "message": event.message,
        "fatal": False,
        "modality": event.modality,
        "t": three_digits(event.time_s),
        "will_retry": event.will_retry,
    }


def state(event: SessionState) -> StateMessage:
    """Scopes, and whether anything is read or kept."""
    return {
        "type": "state",
        "scopes": list(event.scopes),
        "paused": event.paused,
        "recording": event.recording,
        "ended": event.ended,
    }


def stats(event: Stats) -> StatsMessage:
    """The second's figures."""
    return {
        "type": "stats",
        "fps": one_digit(event.fps),
        "dropped": event.dropped,
        "latency_ms": one_digit(event.latency_ms),
        "stored_to_s": event.stored_to_s,
        "drift_ms": None if event.drift_ms is None else one_digit(event.drift_ms),
    }


def clip_progress(event: ClipProgress) -> ClipProgressMessage:
    """Seconds of the clip."""
    return {
        "type": "clip_progress",
        "done_s": three_digits(event.done_s),
        "total_s": three_digits(event.total_s),
        "is_final": event.is_final,
    }
