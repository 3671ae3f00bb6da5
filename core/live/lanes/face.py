"""The face lane: a picture becomes one estimate per face. Pure: it yields requests and is sent their answers.

The whole picture is searched every DETECT_EVERY_S of media time or when a face is lost; between, the detector's
last net follows the faces that are known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.engines.requests import (
    ClassifyFaces,
    DecodePicture,
    DetectFaces,
    Detections,
    RefineFaces,
    Scores,
)
from core.estimation.calibration import softmax
from core.estimation.crops import face_patch, net_crop
from core.estimation.quality import face_quality
from core.estimation.tracking import MOST_FACES, Face, Track, TrackingState, track_detections, track_refined
from core.live.lanes.lane import Step, ask
from core.live.lanes.queues import Delivery
from core.types import ByteImage, Estimate, Fault, Frame, Modality, Preferences, RawFrame, VideoFrame

DETECT_EVERY_S = 1.0
"""A newcomer waits at most this long; a detection costs about ten times a refinement."""
SEARCH_EVERY_S = 0.25
"""Between searches while no face, or fewer than before, is there."""
FOLLOW_SCORE = 0.7
"""A followed face is gone below this; it had to pass the detector's 0.9 to be followed at all. Patches of coffee,
grass, gravel and brick reach 0.58 at most."""


@dataclass(frozen=True, slots=True)
class FaceState:
    """What the lane remembers of one person's stream; picklable."""

    tracking: TrackingState = field(default_factory=TrackingState)
    detected_s: float = -math.inf
    """media time of the last search of a whole picture"""
    has_told_crowd: bool = False
    """that there are more faces than are read; once is enough"""


class FaceLane:
    """Lane of the face: a Frame in, one Estimate per visible face out."""

    modality: Modality = "face"
    delivery = Delivery.LATEST
    hands_to: Modality | None = None

    def start(self, _stream_id: str) -> FaceState:
        """No faces yet; the first picture is searched."""
        return FaceState()

    def prefer(self, _preferences: Preferences) -> FaceLane:
        """Nothing of a face can be set."""
        return self

    def step(self, state: FaceState, item: Frame) -> Step[tuple[FaceState, list[Estimate | Fault]]]:
        """One picture. The same state, picture and answers give the same estimates, whatever the clock says."""
        frame = yield from _decoded(item)
        state, crowd = yield from _found(state, frame)
        tracks = state.tracking.visible
        if not tracks:
            return state, list(crowd)
        patches = [face_patch(frame.image, track.box, track.landmarks) for track in tracks]
        scores = yield from ask(ClassifyFaces(np.stack([net_crop(patch) for patch in patches])[:, None]))
        subject_id = state.tracking.subject_id
        estimates = [
            _estimate(frame, track, patch, scores, place, is_subject=track.face_id == subject_id)
            for place, (track, patch) in enumerate(zip(tracks, patches, strict=True))
        ]
        return state, [*estimates, *crowd]


def _decoded(item: Frame) -> Step[VideoFrame]:
    if isinstance(item, VideoFrame):
        return item
    image = yield from ask(DecodePicture(item.picture if isinstance(item, RawFrame) else item.data))
    return VideoFrame(image, item.time_s, item.capture_s, item.arrived_s)


def _found(state: FaceState, frame: VideoFrame) -> Step[tuple[FaceState, list[Fault]]]:
    """The state after this picture, and what is to be told beside its readings.

    Faces are followed where that is enough, else the whole picture is searched. The search misses a face now and then
    that the last net still sees where it was; that is asked before it is lost.
    """
    size, since_s = _size(frame), frame.time_s - state.detected_s
    visible = state.tracking.visible
    looked: dict[int, Face | None] = {}
    if visible and 0 <= since_s < DETECT_EVERY_S:
        looked = yield from _followed(frame, visible)
        tracking = track_refined(state.tracking, list(looked.values()), frame.time_s, size)
        if None not in looked.values() or since_s < SEARCH_EVERY_S:
            return replace(state, tracking=tracking), []
    elif not visible and 0 <= since_s < SEARCH_EVERY_S:
        return replace(state, tracking=track_detections(state.tracking, [], frame.time_s, size)), []
    faces = _faces((yield from ask(DetectFaces(frame.image))))
    tracking = track_detections(state.tracking, faces, frame.time_s, size)
    here = {track.face_id for track in tracking.visible}
    missed = [track for track in visible if track.face_id not in here]
    unseen = [track for track in missed if track.face_id not in looked]
    if unseen:
        looked |= yield from _followed(frame, unseen)
    still = [face for track in missed if (face := looked[track.face_id]) is not None]
    if still:
        tracking = track_detections(state.tracking, faces + still, frame.time_s, size)
    crowd = [_crowd(len(faces), frame.time_s)] if len(faces) > MOST_FACES and not state.has_told_crowd else []
    return FaceState(tracking, frame.time_s, state.has_told_crowd or bool(crowd)), crowd


def _crowd(count: int, time_s: float) -> Fault:
    message = f"{count} faces are in the picture; {MOST_FACES} of them are read, those known and the largest"
    return Fault("too_many_faces", message, time_s, "face", will_retry=False)


def _followed(frame: VideoFrame, tracks: Sequence[Track]) -> Step[dict[int, Face | None]]:
    """For each track's face_id, in order, its face in this picture, or None where it is gone."""
    boxes = np.array([track.seen.box for track in tracks], dtype=np.float32)
    rows = _faces((yield from ask(RefineFaces(frame.image, boxes))))
    return {
        track.face_id: face if face.score >= FOLLOW_SCORE else None for track, face in zip(tracks, rows, strict=True)
    }


def _size(frame: VideoFrame) -> tuple[int, int]:
    """Width, height in px."""
    return frame.image.shape[1], frame.image.shape[0]


def _faces(found: Detections) -> list[Face]:
    return [
        Face(tuple(box), tuple((x, y) for x, y in spots), score)
        for box, spots, score in zip(
            found.boxes_px.tolist(), found.landmarks_px.tolist(), found.scores.tolist(), strict=True
        )
    ]


def _estimate(
    frame: VideoFrame, track: Track, patch: ByteImage, scores: Scores, place: int, *, is_subject: bool
) -> Estimate:
    size, logits = _size(frame), scores.logits[place]
    hidden = 0.0 if scores.hidden is None else float(scores.hidden[place])
    return Estimate(
        modality="face",
        start_s=frame.time_s,
        end_s=frame.time_s,
        capture_s=frame.capture_s,
        probs_raw=softmax(logits),
        probs=softmax(logits, scores.temperature),
        quality=face_quality(patch, track.box, size, track.landmarks, track.seen.score, hidden=hidden),
        engine=scores.engine,
        infer_ms=0.0,
        box_px=track.box,
        frame_px=size,
        face_id=track.face_id,
        is_subject=is_subject,
        arrived_s=frame.arrived_s,
    )
