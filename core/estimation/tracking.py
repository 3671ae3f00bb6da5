"""Which face is which from picture to picture, and which one is the person: geometry only, never identity.

A pure function from (state, detections, time) to state. All rates are per second of media time, so a replay at
another picture rate behaves the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.estimation.crops import Box, Landmarks

MOST_FACES = 5
FORGET_S = 2.0
"""A face that comes back to about the same place within this time keeps its id."""
REACH_SIDES, REACH_SIDES_PER_S = 0.5, 0.75
"""How far, in sides of the face, a centre may lie from where its track was last seen: at once, and more per second."""
MOST_REACH_SIDES = 1.25
MOST_SIZE_RATIO = 2.0
"""Two boxes whose sides differ by more are not the same face."""
SAME_FACE_OVERLAP = 0.5
"""Two tracks whose boxes overlap by more (intersection over union) have met on one face; the older one keeps it."""
SMOOTH_S = 0.08
"""Time constant of the box: at 10 pictures/s 71 % of a movement is followed at once, at 30 pictures/s 34 %."""
FREE_SIDES = 0.25
"""A movement of this many sides is a movement, not jitter, and is followed at once; smaller ones in proportion."""
CLEARLY_BETTER = 1.25
"""How much more prominent a challenger must be, and for how long, before it becomes the subject."""
CHALLENGE_S = 1.0
SWAY_S = 1.5
"""Time constant of what a face is compared with to see whether it moves, and of how much it did"""
STILL_SWAY, LIVELY_TIMES = 0.012, 2.0
"""Mean way of the landmarks from where they mostly are, in sides of the face: a picture filmed through a noisy camera
has 0.004 to 0.009, people who sit and look 0.010 to 0.03, who talk or turn 0.02 to 0.16. What is under it, beside
somebody that many times livelier, is a picture on the wall"""
STILL_AFTER_S = 2.0
"""A face must have been there for so long before it can be called still"""
STILL_PROMINENCE = 0.3
"""A still face beside a lively one counts as this share of itself"""
EDGE_PROMINENCE = 0.4
"""A face in the corner counts as this share of the same face in the middle."""


@dataclass(frozen=True, slots=True)
class Face:
    """One row of what the detector saw."""

    box: Box
    landmarks: Landmarks
    score: float
    """0..1, the detector's last stage"""


@dataclass(frozen=True, slots=True)
class Track:
    """One face over time."""

    face_id: int
    seen: Face
    """as last seen, unsmoothed: the next look starts from here"""
    box: Box
    """smoothed"""
    landmarks: Landmarks
    """smoothed"""
    first_seen_s: float
    last_seen_s: float
    misses: int = 0
    """pictures in a row in which it was not found; 0 while it is there"""
    usual: Landmarks = ()
    """where the landmarks mostly are, of late; empty at first"""
    sway: float = 0.0
    """how far they were from there of late, on average, in sides of the face"""
    most_sway: float = 0.0
    """the most of it there ever was: who has moved once and now sits still is no picture on the wall"""


@dataclass(frozen=True, slots=True)
class TrackingState:
    """Everything that is remembered between two pictures; plain numbers, so it can be stored and resumed."""

    tracks: tuple[Track, ...] = ()
    """those seen in the last picture and those not yet forgotten, by face_id"""
    next_id: int = 1
    time_s: float = -math.inf
    subject_id: int | None = None
    challenger_id: int | None = None
    challenged_since_s: float = 0.0

    @property
    def visible(self) -> tuple[Track, ...]:
        """Tracks found in the last picture."""
        return tuple(track for track in self.tracks if track.misses == 0)


def track_detections(
    state: TrackingState, faces: Sequence[Face], time_s: float, frame_px: tuple[int, int]
) -> TrackingState:
    """After a look at the whole picture: known faces go on, unknown ones get the next id, largest first."""
    state = _turn_clock(state, time_s)
    pairs = _associate(state, faces, time_s)
    tracks = [
        _follow(track, faces[pairs[track.face_id]], state, time_s) if track.face_id in pairs else _miss(track)
        for track in state.tracks
    ]
    known = [faces[index] for index in pairs.values()]
    strangers = [
        face
        for index, face in enumerate(faces)
        if index not in pairs.values() and all(overlap(face.box, other.box) <= SAME_FACE_OVERLAP for other in known)
    ]
    room = max(0, MOST_FACES - len(pairs))
    for face in sorted(strangers, key=lambda face: -_side(face.box))[:room]:
        tracks.append(Track(state.next_id, face, face.box, face.landmarks, time_s, time_s))
        state = replace(state, next_id=state.next_id + 1)
    return _settle(replace(state, tracks=_part(tracks)), time_s, frame_px)


def track_refined(
    state: TrackingState, faces: Sequence[Face | None], time_s: float, frame_px: tuple[int, int]
) -> TrackingState:
    """After a look around `state.visible` alone: one face, or None where it is gone, for each in order."""
    state = _turn_clock(state, time_s)
    found = dict(zip((track.face_id for track in state.visible), faces, strict=True))
    tracks = [
        _miss(track) if (face := found.get(track.face_id)) is None else _follow(track, face, state, time_s)
        for track in state.tracks
    ]
    return _settle(replace(state, tracks=_part(tracks)), time_s, frame_px)


def prominence(box: Box, frame_px: tuple[int, int]) -> float:
    """0..1: side of the face as a share of the picture's, less towards the corners."""
    width, height = frame_px
    reach = math.hypot(width, height) / 2
    away = math.hypot((box[0] + box[2] - width) / 2, (box[1] + box[3] - height) / 2) / reach
    share = min(1.0, _side(box) / math.sqrt(width * height))
    return share * (1 - (1 - EDGE_PROMINENCE) * min(1.0, away))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union, 0..1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return width * height / (both - width * height)


def _side(box: Box) -> float:
    """Geometric mean of width and height, px; never 0, so that it can divide."""
    return math.sqrt(max(1.0, box[2] - box[0]) * max(1.0, box[3] - box[1]))


def _distance(one: Box, other: Box) -> float:
    """Between centres, in mean sides."""
    gap = math.hypot(one[0] + one[2] - other[0] - other[2], one[1] + one[3] - other[1] - other[3]) / 2
    return gap / ((_side(one) + _side(other)) / 2)


def _turn_clock(state: TrackingState, time_s: float) -> TrackingState:
    """Where time runs backwards nothing may lie in the future, or it would never be forgotten."""
    if time_s >= state.time_s:
        return state
    tracks = tuple(replace(track, last_seen_s=min(track.last_seen_s, time_s)) for track in state.tracks)
    since = min(state.challenged_since_s, time_s)
    return replace(state, tracks=tracks, time_s=time_s, challenged_since_s=since)


def _associate(state: TrackingState, faces: Sequence[Face], time_s: float) -> dict[int, int]:
    """face_id to index in `faces`, MOST_FACES at most: nearest pairs first; those there before those remembered."""
    pairs = []
    for track in state.tracks:
        away_s = time_s - track.last_seen_s
        reach = min(MOST_REACH_SIDES, REACH_SIDES + REACH_SIDES_PER_S * away_s)
        for index, face in enumerate(faces):
            ratio = _side(face.box) / _side(track.seen.box)
            gap = _distance(face.box, track.seen.box)
            if gap <= reach and 1 / MOST_SIZE_RATIO <= ratio <= MOST_SIZE_RATIO and away_s <= FORGET_S:
                pairs.append((track.misses > 0, gap + abs(math.log(ratio)), track.face_id, index))
    chosen: dict[int, int] = {}
    for _, _, face_id, index in sorted(pairs):
        if len(chosen) < MOST_FACES and face_id not in chosen and index not in chosen.values():
            chosen[face_id] = index
    return chosen


def _follow(track: Track, face: Face, state: TrackingState, time_s: float) -> Track:
    """The track moved on to a face: smoothed while it was there without a break, taken as it is after one."""
    elapsed_s = max(0.0, time_s - state.time_s) if track.misses == 0 else math.inf
    share = 1 - math.exp(-elapsed_s / SMOOTH_S)
    share = max(share, min(1.0, _distance(face.box, track.box) / FREE_SIDES))
    x1, y1, x2, y2 = (old + share * (new - old) for old, new in zip(track.box, face.box, strict=True))
    landmarks = tuple(
        (old_x + share * (new_x - old_x), old_y + share * (new_y - old_y))
        for (old_x, old_y), (new_x, new_y) in zip(track.landmarks, face.landmarks, strict=True)
    )
    usual, sway = _swayed(track, face, max(0.0, time_s - track.last_seen_s))
    track = replace(track, usual=usual, sway=sway, most_sway=max(track.most_sway, sway))
    return replace(track, seen=face, box=(x1, y1, x2, y2), landmarks=landmarks, last_seen_s=time_s, misses=0)


def _swayed(track: Track, face: Face, elapsed_s: float) -> tuple[Landmarks, float]:
    """Where the landmarks mostly are, and how far from there, after one more look."""
    if not track.usual or not face.landmarks:
        return face.landmarks, track.sway
    share = 1 - math.exp(-elapsed_s / SWAY_S)
    ways = [math.dist(usual, now) for usual, now in zip(track.usual, face.landmarks, strict=True)]
    away = sum(ways) / len(ways) / _side(face.box)
    usual = tuple(
        (x + share * (now_x - x), y + share * (now_y - y))
        for (x, y), (now_x, now_y) in zip(track.usual, face.landmarks, strict=True)
    )
    return usual, track.sway + share * (away - track.sway)


def _miss(track: Track) -> Track:
    return replace(track, misses=track.misses + 1)


def _part(tracks: Sequence[Track]) -> tuple[Track, ...]:
    """Where two followed faces have met on one, the one known for longer keeps it."""
    kept: list[Track] = []
    for track in tracks:
        others = (other for other in kept if other.misses == 0 and track.misses == 0)
        met = any(overlap(track.seen.box, other.seen.box) > SAME_FACE_OVERLAP for other in others)
        kept.append(_miss(track) if met else track)
    return tuple(kept)


def _standing(tracks: Sequence[Track], time_s: float, frame_px: tuple[int, int]) -> dict[int, float]:
    """Prominence by face_id; a picture on the wall, beside somebody who moves, stands back."""
    liveliest = max((track.most_sway for track in tracks), default=0.0)

    def share(track: Track) -> float:
        is_known = time_s - track.first_seen_s >= STILL_AFTER_S
        is_still = track.most_sway < STILL_SWAY and LIVELY_TIMES * track.most_sway < liveliest
        return STILL_PROMINENCE if is_known and is_still else 1.0

    return {track.face_id: share(track) * prominence(track.box, frame_px) for track in tracks}


def _settle(state: TrackingState, time_s: float, frame_px: tuple[int, int]) -> TrackingState:
    """Forget, then choose the subject: at once where there is none, else only after a second of being outshone."""
    tracks = tuple(t for t in state.tracks if t.misses == 0 or time_s - t.last_seen_s <= FORGET_S)
    state = replace(state, tracks=tracks, time_s=time_s)
    standing = _standing(state.visible, time_s, frame_px)
    if not standing:
        is_gone = all(track.face_id != state.subject_id for track in tracks)
        return replace(state, subject_id=None if is_gone else state.subject_id, challenger_id=None)
    best = max(standing, key=lambda face_id: (standing[face_id], -face_id))
    if state.subject_id is None or all(track.face_id != state.subject_id for track in tracks):
        return replace(state, subject_id=best, challenger_id=None)
    if best == state.subject_id or standing[best] <= CLEARLY_BETTER * standing.get(state.subject_id, 0.0):
        return replace(state, challenger_id=None)
    if best != state.challenger_id:
        return replace(state, challenger_id=best, challenged_since_s=time_s)
    if time_s - state.challenged_since_s >= CHALLENGE_S:
        return replace(state, subject_id=best, challenger_id=None)
    return state
