"""How the companion sounds and looks in answer to what was read. It answers an expression, it does not copy it. Pure.

Slower and lower speech is heard as calm and caring, and rate and pitch are the two clearest carriers of emotion in a
voice (Scherer 2003, "Vocal communication of emotion"); an angry or frightened person is met with calm, not with more.
"""

from __future__ import annotations

from collections.abc import Mapping

MOST = 0.12
"""of rate and pitch, either way: more sounds acted"""

# rate, pitch: parts of MOST at full intensity
SOUND: Mapping[str, tuple[float, float]] = {
    "neutral": (0.0, 0.0),
    "happy": (0.5, 0.8),
    "sad": (-1.0, -0.6),
    "angry": (-0.7, -0.5),
    "fear": (-0.8, -0.3),
    "disgust": (-0.3, -0.3),
    "surprise": (0.3, 0.6),
}

# what the companion's face shows in answer, and how much of the person's intensity
FACE: Mapping[str, tuple[str, float]] = {
    "neutral": ("happy", 0.25),
    "happy": ("happy", 0.9),
    "sad": ("sad", 0.6),
    "angry": ("sad", 0.3),
    "fear": ("sad", 0.4),
    "disgust": ("sad", 0.25),
    "surprise": ("surprise", 0.5),
}


def emotion_speech(expression: str, intensity: float) -> tuple[float, float]:
    """Rate and pitch, 0.88 to 1.12 of the ordinary, for the expression the companion shows (intensity 0..1)."""
    rate, pitch = SOUND.get(expression, (0.0, 0.0))
    strength = MOST * min(1.0, max(0.0, intensity))
    return 1.0 + strength * rate, 1.0 + strength * pitch


def companion_expression(expression: str, intensity: float, abstained: bool) -> tuple[str, float]:
    """The companion's expression and its intensity 0..1 in answer to what was read; unsure: friendly attention."""
    if abstained:
        return "happy", 0.2
    shown, share = FACE.get(expression, ("happy", 0.2))
    return shown, max(0.15, min(1.0, share * max(0.3, intensity)))
