"""When somebody begins and ceases to speak, from the probability of speech in each frame of 32 ms. Pure.

Two thresholds (hysteresis), a least length against clicks, and patience against pauses within a sentence, which shrinks
when somebody speaks for so long that no recogniser would hear it well in one piece. The state is a few numbers; time
is counted in frames, so the way the sound was cut into chunks makes no difference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

FRAME_S = 0.032
"""512 samples at 16 kHz"""
BEGIN_ABOVE, GO_ON_ABOVE = 0.5, 0.35
"""probability that makes a frame voiced: at first, and while somebody speaks (Silero's own defaults)"""
LEAST_FRAMES = 6
"""voiced frames before it counts as speech: 0.19 s, longer than a click or a cough's onset"""
GIVE_UP_FRAMES = 10
"""unvoiced frames in a row, 0.32 s, after which what began was nothing"""
LONG_FRAMES, PRESSING_FRAMES = 500, 688
"""16 s and 22 s: between them the patience shrinks, so that long speech is cut at a pause, at last at any"""
LONGEST_FRAMES = 750
"""24 s: then the utterance is ended where it is and the next begins at once; recognisers hear 25 s well"""


@dataclass(frozen=True, slots=True)
class Segmenting:
    """What is remembered from frame to frame; frames are numbered from the start of the stream."""

    frame: int = 0
    """number of the next frame"""
    began: int | None = None
    """first voiced frame of what may be, or is, an utterance"""
    voiced: int = 0
    """voiced frames in it"""
    last_voiced: int = 0
    is_speaking: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A begin or an end, decided at this frame."""

    kind: Literal["start", "end"]
    frame: int
    """start: the first voiced frame; end: the one after the last voiced"""


def patience_frames(patience_s: float) -> int:
    """Unvoiced frames after which an utterance has ended."""
    return max(1, round(patience_s / FRAME_S))


def hear(state: Segmenting, probability: float, patience: int) -> tuple[Segmenting, tuple[Turn, ...]]:
    """Take in one frame. At most two turns: a forced end and the begin that follows it."""
    is_voiced = probability >= (GO_ON_ABOVE if state.is_speaking else BEGIN_ABOVE)
    number, state = state.frame, replace(state, frame=state.frame + 1)
    if is_voiced:
        began = number if state.began is None else state.began
        state = replace(state, began=began, voiced=state.voiced + 1, last_voiced=number)
    return _speaking(state, number, patience) if state.is_speaking else _waiting(state, number)


def end_now(state: Segmenting) -> tuple[Segmenting, tuple[Turn, ...]]:
    """Whoever speaks has finished, whatever the patience says."""
    after = Segmenting(frame=state.frame)
    return after, (Turn("end", state.last_voiced + 1),) if state.is_speaking else ()


def _waiting(state: Segmenting, number: int) -> tuple[Segmenting, tuple[Turn, ...]]:
    if state.began is None:
        return state, ()
    if state.voiced >= LEAST_FRAMES:
        return replace(state, is_speaking=True), (Turn("start", state.began),)
    if number - state.last_voiced >= GIVE_UP_FRAMES:
        return Segmenting(frame=state.frame), ()
    return state, ()


def _speaking(state: Segmenting, number: int, patience: int) -> tuple[Segmenting, tuple[Turn, ...]]:
    length = 0 if state.began is None else number - state.began
    if number - state.last_voiced >= _shrunk(patience, length):
        return end_now(state)
    if length >= LONGEST_FRAMES:
        after, ends = end_now(state)
        next_one = replace(after, began=state.frame, voiced=0, last_voiced=number, is_speaking=True)
        return next_one, (*ends, Turn("start", state.frame))
    return state, ()


def _shrunk(patience: int, length: int) -> int:
    """The patience after so many frames of speech: whole up to LONG_FRAMES, one frame from PRESSING_FRAMES on."""
    left = (PRESSING_FRAMES - length) / (PRESSING_FRAMES - LONG_FRAMES)
    return max(1, round(patience * min(1.0, left)))
