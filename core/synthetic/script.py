"""What a made-up person shows, says and types: the one form that the demo and the sample study are written in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from core.types import EMOTIONS, FloatArray

Mood = Mapping[str, float]
"""probability by label of EMOTIONS; what is left to 1 is spread over all seven"""


@dataclass(frozen=True, slots=True)
class Scene:
    """From `start_s` on, what the face moves towards."""

    start_s: float
    mood: Mood
    quality: float = 0.9
    reasons: tuple[str, ...] = ()
    """reason codes of that quality"""
    has_face: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One invented sentence, spoken or typed."""

    start_s: float
    end_s: float
    text: str
    words: Mood
    voice: Mood = field(default_factory=dict)
    """empty where it is typed"""
    origin: Literal["speech", "typed"] = "speech"
    answer: str = ""
    """what the companion says to it, where the script decides that"""


@dataclass(frozen=True, slots=True)
class Passer:
    """Somebody walks by behind the person: a second face that is not the subject."""

    start_s: float
    end_s: float
    mood: Mood
    quality: float = 0.55


@dataclass(frozen=True, slots=True)
class Script:
    """A whole session; scenes and lines in order of time, the first scene at 0."""

    duration_s: float
    scenes: tuple[Scene, ...]
    lines: tuple[Line, ...] = ()
    passers: tuple[Passer, ...] = ()
    pictures_hz: float = 6.0
    markers: tuple[tuple[float, str], ...] = ()
    """(time in s, label)"""

    def scene_at(self, time_s: float) -> Scene:
        """The scene that is on."""
        return max((scene for scene in self.scenes if scene.start_s <= time_s), key=lambda scene: scene.start_s)


def probabilities(mood: Mood) -> FloatArray:
    """A mood as (7,) summing to 1."""
    probs = np.array([mood.get(label, 0.0) for label in EMOTIONS], dtype=np.float32)
    return np.asarray(probs + (1 - probs.sum()) / len(EMOTIONS), dtype=np.float32)
