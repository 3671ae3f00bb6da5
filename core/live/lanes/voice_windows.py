"""Windows of the voice: when one is due over the speech of an utterance, what is in it, and how it is read. Pure.

Every HOP of speech the last two seconds are read. What came before the utterance is zero in such a window, so silence
and the sentence before say nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.engines.requests import SPEECH_FRAME, VOICE_WINDOW, ClassifyVoice, Encoded, EncodeSpeech
from core.errors import AppError
from core.estimation.sound import voice_quality
from core.live.lanes.lane import Step, Told, ask
from core.live.lanes.voice_state import Hearing, Spoken, VoiceState, Window
from core.types import SOUND_RATE_HZ, Fault

HOP = SOUND_RATE_HZ // 2
LEAST_SPEECH = SOUND_RATE_HZ // 2
"""samples of speech before the first reading, while it goes on"""
LEAST_NEW = SOUND_RATE_HZ // 4
"""samples of speech, since the last reading where there is one, that are worth one at the end"""
RENEWED = 3
"""a window of which one part in so many is new speech is encoded; others are read with the rows of the one before"""
FRESH_FRAMES = 8
"""a window is read only when its newest speech is at most 0.26 s old"""


def is_due(state: VoiceState, spoken: Spoken) -> bool:
    """Whether the speech so far is to be read now."""
    has_enough = state.heard - spoken.speech_start >= LEAST_SPEECH
    return state.in_pause <= FRESH_FRAMES and has_enough and state.heard - spoken.read >= HOP


def is_worth_more(spoken: Spoken, end: int) -> bool:
    """Whether an utterance that ends at this position is read once more, or at all: one word may be all there is."""
    return end - spoken.read >= LEAST_NEW


def noted(state: VoiceState, spoken: Spoken, end: int, hearing: Hearing) -> VoiceState:
    """Note the window that ends at this position; it is read together with the others of its chunk."""
    begin = max(end - VOICE_WINDOW, spoken.speech_start)
    heard = state.cut(begin, end)
    samples = np.zeros(VOICE_WINDOW, dtype=np.float32)
    samples[VOICE_WINDOW - len(heard) :] = heard
    frames = max(1, len(heard) // SPEECH_FRAME)
    newest = (state.heard - end) // SPEECH_FRAME
    recent = state.voiced[max(0, len(state.voiced) - newest - frames) : len(state.voiced) - newest]
    quality = voice_quality(heard, state.noise_db, sum(recent) / max(1, len(recent)))
    end_s = max(hearing.at_s(state.heard, end), spoken.start_s, state.read_s)
    start_s = min(hearing.at_s(state.heard, begin), end_s)
    is_new = (end - max(begin, state.encoded_end)) * RENEWED >= end - begin
    capture_s = hearing.capture_at_s(end_s)
    hearing.told.append(Window(samples, start_s, end_s, capture_s, hearing.arrived_s, quality, is_new))
    encoded_end = end if is_new else state.encoded_end
    return replace(state, spoken=replace(spoken, read=end), read_s=end_s, encoded_end=encoded_end)


def read(state: VoiceState, hearing: Hearing) -> Step[tuple[VoiceState, list[Told]]]:
    """Read the windows of this chunk in one go. A failing model is told once; speech and words go on without it."""
    windows = [told for told in hearing.told if isinstance(told, Window)]
    others = [told for told in hearing.told if not isinstance(told, Window)]
    if not windows:
        return state, others
    state, encoded = yield from _encoded(state, windows)
    try:
        scores = yield from ask(ClassifyVoice(np.stack([window.samples for window in windows]), encoded))
    except AppError as error:
        fault = Fault(error.code, error.message, hearing.time_s, "voice")
        return replace(state, is_faulty=True), others if state.is_faulty else [*others, fault]
    readings = iter([window.read_as(logits, scores) for window, logits in zip(windows, scores.logits, strict=True)])
    told = [next(readings) if isinstance(event, Window) else event for event in hearing.told]
    return replace(state, is_faulty=False), told


def _encoded(state: VoiceState, windows: list[Window]) -> Step[tuple[VoiceState, Encoded | None]]:
    """What the encoder makes of these windows; None where it is absent, fails or takes too long, or nobody reads it.

    That is no fault of the stream: the voice is read without it, and it is asked again with the next window.
    """
    newest, new = state.encoded, [window.samples for window in windows if window.is_new]
    try:
        answer = (yield from ask(EncodeSpeech(np.stack(new)))) if new and not state.is_faulty else newest
    except AppError:
        answer = None
    if answer is None or state.is_faulty:
        return replace(state, encoded=None, encoded_end=0), None
    fresh = iter(answer.rows if new else ())
    rows = [] if newest is None else [newest.rows[-1]]
    for window in windows:
        rows.append(next(fresh) if window.is_new else rows[-1])
    told = Encoded(tuple(rows[-len(windows) :]), answer.engine)
    return replace(state, encoded=replace(told, rows=told.rows[-1:])), told
