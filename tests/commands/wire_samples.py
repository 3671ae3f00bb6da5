"""One event of each kind, to compare shapes with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.types import EMOTIONS, Estimate, FusedEstimate, Quality, Utterance

_EVEN = np.full(len(EMOTIONS), 1 / len(EMOTIONS), dtype=np.float32)

FACE = Estimate(
    modality="face",
    start_s=0,
    end_s=0,
    capture_s=0,
    probs_raw=_EVEN,
    probs=_EVEN,
    quality=Quality(1.0),
    engine="none",
    infer_ms=0,
    box_px=(0, 0, 1, 1),
    frame_px=(640, 480),
    face_id=1,
    is_subject=True,
)
FUSED = FusedEstimate(
    time_s=0,
    capture_s=0,
    probs_raw=_EVEN,
    probs=_EVEN,
    valence=0,
    arousal=0,
    confidence=0,
    intensity=0,
    weights={"face": 1.0},
    trends={},
    quality=1,
    abstained=False,
    reasons=(),
)
VOICE = replace(FACE, modality="voice", box_px=None, frame_px=None, face_id=None, is_subject=False)
UTTERANCE = Utterance("hello", 0, 1, 1, 1, "en", is_final=True, origin="speech")
