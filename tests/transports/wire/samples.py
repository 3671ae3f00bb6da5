"""One event of each kind, with every optional field filled and, where that changes the message, once without."""

from __future__ import annotations

from dataclasses import replace

from core.types import (
    BaselineState,
    ClipProgress,
    Event,
    Fault,
    FusedEstimate,
    Marker,
    Message,
    Reply,
    ReplyCancelled,
    ReplyResumed,
    SelfReport,
    SessionState,
    SpeechLasting,
    SpeechState,
    Stats,
    Utterance,
    UtteranceEstimate,
    VisemeFrame,
)
from tests.fakes import estimate, probs

FUSED = FusedEstimate(
    time_s=1.23456,
    capture_s=7.0,
    probs_raw=probs("disgust"),
    probs=probs("disgust"),
    valence=-0.3,
    arousal=0.2,
    confidence=0.7,
    intensity=0.7,
    weights={"face": 1.0, "voice": 0.0, "text": 0.0},
    trends={"happy": "steady"},
    quality=0.9,
    abstained=False,
    reasons=("stale",),
)
VISEME = VisemeFrame(0.033, {"jawOpen": 0.501, "viseme_aa": 0.7})

EVENTS: tuple[Event, ...] = (
    estimate(at_s=1.5),
    replace(estimate(), box_px=None),
    estimate("sad", 2.0, "voice"),
    estimate("fear", 3.0, "text"),
    FUSED,
    UtteranceEstimate(0.5, 1.23456, FUSED),
    SpeechState("start", 0.25),
    SpeechLasting(0.85),
    Utterance("hello", 0.1, 1.0, 101.0, 1.1, "en", is_final=True, origin="speech", confidence=0.41234, engine="x"),
    BaselineState("running", 3.0, 30.0, ("face",), "look at the screen", 3.0),
    SessionState(("camera", "history"), paused=False, recording=True),
    Stats(6.04, 1, 40.06, None),
    Stats(6.04, 1, 40.06, 12.5, 3.14),
    ClipProgress(1.0, 2.0, is_final=False),
    Marker("here", 1.0),
    SelfReport(1.0, "happy", "sad"),
    Reply(1, 0, False, "Well.", "happy", 0.4, "/api/replies/a.wav", (VISEME,), "reply_offline", 2.0, 1.5),
    Reply(1, 1, True, "", "neutral", 0.0, None, (), "reply_offline", 2.0),
    ReplyCancelled(1, "Well.", 2.5),
    ReplyResumed(1, 2.5),
    Message("user", "hello", "happy", 0.7, 1.0),
    Fault("media", "not a picture", 1.0, "face"),
    Fault("history_paused", "the disk refuses", 1.0, None, will_retry=True),
)
