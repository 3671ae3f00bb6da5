"""The companion's own voice in the microphone: how loud it comes back, and what is louder than that. Pure.

The browser's echo cancellation comes first; this is for what it leaves. The echo's level is learned while the companion
speaks: its loudest moments count, for they are what could be taken for the person.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

FRAME_S = 0.032
LEARN_S = 0.35
"""at the start of playback everything heard is taken for echo: nobody answers within a third of a second"""
MARGIN_DB = 6.0
"""the person must be this much louder than the echo"""
FALL_DB_S = 6.0
"""the learned level falls so fast, so that one clap does not make the companion deaf for long"""
QUIETEST_DB, LOUDEST_DB = -56.0, -26.0
"""an echo is never taken to be outside of these: below is no speech at arm's length, above is the person for sure"""


@dataclass(frozen=True, slots=True)
class Echo:
    """What is remembered while the companion is heard."""

    frames: int = 0
    level_db: float = QUIETEST_DB


def follow_echo(echo: Echo, frame_db: float, *, is_speaking: bool) -> tuple[Echo, bool]:
    """The state after one frame of this level, and whether the frame is taken for echo.

    Once the person was let through (`is_speaking`) the whole of their sentence is, quiet sounds included.
    """
    if is_speaking:
        return replace(echo, frames=echo.frames + 1), False
    is_learning = echo.frames * FRAME_S < LEARN_S
    is_echo = is_learning or frame_db < echo.level_db + MARGIN_DB
    level_db = max(QUIETEST_DB, echo.level_db - FALL_DB_S * FRAME_S)
    if is_echo:
        level_db = min(LOUDEST_DB, max(level_db, frame_db))
    return Echo(echo.frames + 1, level_db), is_echo
