"""The voice lane: sound becomes begins and ends of speech, readings of the voice, and pieces for the text lane. Pure.

Speech is detected in every frame of 32 ms; only over speech windows are read (`core/live/lanes/voice_windows.py`). An
utterance ends after a silence whose length the words before it decide: they are asked for once in each pause, always
for the same sound, so that a replay waits for them and decides alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.engines.requests import (
    SPEECH_FRAME,
    VOICE_WINDOW,
    DetectEndOfTurn,
    DetectSpeech,
    TranscribeSpeech,
    Transcript,
)
from core.errors import AppError
from core.estimation import end_of_turn, endpointing
from core.estimation.echo import Echo, follow_echo
from core.estimation.endpointing import FRAME_S, Turn
from core.estimation.sound import follow_noise, level_db, onset
from core.live.lanes.lane import EndSpeech, Playback, SpeechPiece, Step, Told, ask
from core.live.lanes.queues import Delivery
from core.live.lanes.settling import LEAST, and_then, is_settled
from core.live.lanes.voice_state import Hearing, Pause, Spoken, VoiceState
from core.live.lanes.voice_windows import is_due, is_worth_more, noted, read
from core.types import (
    SOUND_RATE_HZ,
    AudioChunk,
    Fault,
    FloatArray,
    Modality,
    Preferences,
    SpeechLasting,
    SpeechState,
)

REMEMBERED = 4 * SOUND_RATE_HZ
"""samples kept beside those of the newest chunk, and copied with it: a window of 2 s that ends up to half a second ago,
or what may be a beginning (1.9 s: LEAST_FRAMES as far apart as GIVE_UP_FRAMES lets them be) and its pre-roll"""
PIECE = SOUND_RATE_HZ // 4
"""speech goes to the transcriber in pieces of at least this many samples"""
PRE_ROLL = round(0.3 * SOUND_RATE_HZ)
"""samples before the first voiced frame that belong to the utterance, so that its first sound is whole"""
LOOK_BACK = SOUND_RATE_HZ // SPEECH_FRAME * SPEECH_FRAME
"""samples before that frame, about 1 s, in which the voice is looked for by its level"""
POST_ROLL = round(0.2 * SOUND_RATE_HZ)
PAUSE_FRAMES = -(-POST_ROLL // SPEECH_FRAME)
"""unvoiced frames, 0.22 s, after which the words so far are asked for: what would be transcribed if it ended here"""
SETTLED_WITHIN_S = 3.0
"""so long words that may be settled are waited for: given up they would be heard again, and in a longer stretch"""
LATE = "engine_timeout"
"""code of an answer that did not come in time: then the words alone count, and nothing is wrong with the model"""
GAP_S = 0.05
"""a chunk that begins later than this after the one before did not follow it"""
MURMUR_S = 0.6
"""a "mhm" is over by then; what lasts longer wants the word"""
SILENT_PROBABILITY = 0.2
"""frames under it are noise and tell its level"""


@dataclass(frozen=True, slots=True)
class VoiceLane:
    """Lane of the voice: AudioChunk or EndSpeech in; speech states, readings and pieces of speech out."""

    patience_s: float = 0.7
    """silence that ends an utterance of which the words say nothing; `core/estimation/end_of_turn.py` has the others"""
    language: str = "en"
    """BCP-47, of what is spoken"""
    hears_endings: bool = False
    """where the words leave it open whether they end a turn, an engine is asked what it sounds like"""
    modality: Modality = "voice"
    delivery: Delivery = Delivery.KEEP
    hands_to: Modality | None = "text"

    def start(self, stream_id: str) -> VoiceState:
        """Nothing heard yet."""
        return VoiceState(stream_id)

    def prefer(self, preferences: Preferences) -> VoiceLane:
        """Patience and language may be set."""
        patience_s = self.patience_s if preferences.patience_s is None else preferences.patience_s
        return replace(self, patience_s=patience_s, language=preferences.language or self.language)

    def step(self, state: VoiceState, item: AudioChunk | EndSpeech | Playback) -> Step[tuple[VoiceState, list[Told]]]:
        """One chunk, or the word that the utterance ends here, or that the companion speaks."""
        if isinstance(item, Playback):
            return replace(state, playback_until_s=item.until_s), []
        if isinstance(item, EndSpeech):
            hearing = Hearing.at_the_end(state, item)
            state = _ended(state, hearing, item.text)
        else:
            hearing = Hearing.of_chunk(item)
            state = _after_gap(state, item, hearing)
            state = yield from self._heard(state, item, hearing)
        state, told = yield from read(state, hearing)
        state, pieces = _pieces(state, hearing)
        return state, [*told, *pieces]

    def _heard(self, state: VoiceState, chunk: AudioChunk, hearing: Hearing) -> Step[VoiceState]:
        """Detect speech in the whole frames of this chunk and take them in, one after another."""
        samples = np.concatenate([state.rest, np.nan_to_num(chunk.samples, posinf=1.0, neginf=-1.0)])
        count = len(samples) // SPEECH_FRAME
        whole, rest = samples[: count * SPEECH_FRAME], samples[count * SPEECH_FRAME :]
        state = replace(state, rest=rest.copy(), end_s=chunk.time_s, capture_end_s=hearing.capture_s)
        if count == 0:
            return state
        scores = yield from ask(DetectSpeech(whole, state.memory))
        ring = np.concatenate([state.ring[-REMEMBERED:], whole])
        state = replace(state, memory=scores.memory, ring=ring, ring_end=state.heard + len(whole))
        for number, probability in enumerate(scores.probabilities):
            frame = whole[number * SPEECH_FRAME : (number + 1) * SPEECH_FRAME]
            hearing.unheard = len(rest) + len(whole) - (number + 1) * SPEECH_FRAME
            state = _take(state, frame, float(probability), self._patience(state), hearing)
            if state.spoken is not None and state.in_pause == PAUSE_FRAMES and end_of_turn.knows(self.language):
                state = yield from self._paused(state, state.spoken, hearing)
        return state

    def _patience(self, state: VoiceState) -> int:
        """Frames: what the words before this pause call for, else the person's own."""
        pause = _pause_now(state)
        return endpointing.patience_frames(self.patience_s) if pause is None else pause.patience

    def _paused(self, state: VoiceState, spoken: Spoken, hearing: Hearing) -> Step[VoiceState]:
        """Ask for the words since the settled ones.

        Where they come too late, or nobody can tell them, the person's own patience holds: no answer is worth more than
        the end that would have come without it, but one that may settle words, which are needed either way.
        """
        last = state.segmenting.last_voiced
        upto = max(spoken.sent, state.heard - state.in_pause * SPEECH_FRAME + POST_ROLL)
        samples = np.concatenate([*spoken.pieces, state.cut(spoken.sent, upto)])
        left_s = max(FRAME_S, self.patience_s - PAUSE_FRAMES * FRAME_S)
        within_s = max(left_s, SETTLED_WITHIN_S) if len(samples) >= LEAST else left_s
        said: Transcript | None
        try:
            said = yield from ask(TranscribeSpeech(samples, self.language, is_last=False, pause_s=within_s))
        except AppError:  # the text lane asks again at the end, and tells
            said = None
        if said is None:
            own = endpointing.patience_frames(self.patience_s)
            return replace(state, spoken=replace(spoken, pause=Pause(last, own, None)))
        whole = and_then(spoken.settled, said, len(samples))
        newest = state.cut(max(spoken.start, upto - REMEMBERED), upto)
        sound = samples if len(samples) > len(newest) else newest
        state, frames = yield from self._frames(
            state, whole.said, DetectEndOfTurn(sound, self.language, left_s), hearing
        )
        spoken = replace(spoken, pause=Pause(last, frames, whole.said))
        if is_settled(said, len(samples)):
            spoken = replace(spoken, settled=whole, sent=upto, pieces=())
            hearing.told.append(replace(_piece(state, spoken, hearing, upto, upto, is_last=False), settled=whole))
        return replace(state, spoken=spoken)

    def _frames(
        self, state: VoiceState, said: Transcript, sound: DetectEndOfTurn, hearing: Hearing
    ) -> Step[tuple[VoiceState, int]]:
        """Of silence, after these words and this sound. A failing model is told once; the words alone count then."""
        found = end_of_turn.ending(said.text, self.language, said.confidence, said.closing)
        if self.hears_endings and found in end_of_turn.LONGER:
            try:
                heard = yield from ask(sound)
            except AppError as error:
                if not state.is_turn_faulty and error.code != LATE:
                    hearing.told.append(Fault(error.code, error.message, hearing.time_s, "voice"))
                state = replace(state, is_turn_faulty=error.code != LATE)
            else:
                found = end_of_turn.with_sound(found, heard.probability)
                state = replace(state, is_turn_faulty=False)
        return state, endpointing.patience_frames(end_of_turn.patience_s(found, self.patience_s))


def _pause_now(state: VoiceState) -> Pause | None:
    """The pause that the utterance is in, where words were asked for."""
    pause = state.spoken.pause if state.spoken is not None else None
    return pause if pause is not None and pause.last_voiced == state.segmenting.last_voiced else None


def _after_gap(state: VoiceState, chunk: AudioChunk, hearing: Hearing) -> VoiceState:
    """Where sound is missing the utterance has ended and the detector begins anew; noise and times told stay."""
    if state.end_s is None or chunk.start_s - state.end_s <= GAP_S:
        return state
    before = Hearing.at_the_end(state, chunk)
    state = _ended(state, before, None)
    hearing.told += before.told
    return VoiceState(
        state.stream_id,
        turned_s=state.turned_s,
        read_s=state.read_s,
        count=state.count,
        noise_db=state.noise_db,
        is_faulty=state.is_faulty,
        is_turn_faulty=state.is_turn_faulty,
    )


def _take(state: VoiceState, frame: FloatArray, probability: float, patience: int, hearing: Hearing) -> VoiceState:
    """One frame: into the ring, through the segmentation, and a window where one is due."""
    state, probability = _without_echo(state, frame, probability, hearing)
    segmenting, turns = endpointing.hear(state.segmenting, probability, patience)
    voiced = (*state.voiced, probability >= endpointing.GO_ON_ABOVE)[-(VOICE_WINDOW // SPEECH_FRAME) :]
    noise_db = state.noise_db
    if probability < SILENT_PROBABILITY and state.spoken is None:
        noise_db = follow_noise(noise_db, level_db(frame), FRAME_S)
    state = replace(
        state,
        voiced=voiced,
        heard=state.heard + SPEECH_FRAME,
        segmenting=segmenting,
        noise_db=noise_db,
    )
    for turn in turns:
        state = _begun(state, turn, hearing) if turn.kind == "start" else _finished(state, turn, hearing, None)
    if state.spoken is not None and is_due(state, state.spoken):
        state = noted(state, state.spoken, state.heard, hearing)
    return _lasting(state, hearing)


def _without_echo(
    state: VoiceState, frame: FloatArray, probability: float, hearing: Hearing
) -> tuple[VoiceState, float]:
    """While the companion is heard, only what is clearly louder than its echo can be the person."""
    if hearing.at_s(state.heard + SPEECH_FRAME, state.heard) >= state.playback_until_s:
        return (state, probability) if state.echo == Echo() else (replace(state, echo=Echo()), probability)
    echo, is_echo = follow_echo(state.echo, level_db(frame), is_speaking=state.spoken is not None)
    return replace(state, echo=echo), 0.0 if is_echo else probability


def _lasting(state: VoiceState, hearing: Hearing) -> VoiceState:
    """Speech that outlasts a murmur is told once."""
    spoken, segmenting = state.spoken, state.segmenting
    if spoken is None or spoken.is_lasting or segmenting.began is None:
        return state
    if (segmenting.last_voiced - segmenting.began + 1) * FRAME_S <= MURMUR_S:
        return state
    hearing.told.append(SpeechLasting(max(hearing.at_s(state.heard, state.heard), spoken.start_s)))
    return replace(state, spoken=replace(spoken, is_lasting=True))


def _begun(state: VoiceState, turn: Turn, hearing: Hearing) -> VoiceState:
    position = state.heard - (state.segmenting.frame - turn.frame) * SPEECH_FRAME
    start = max(state.ended, position - PRE_ROLL, state.ring_end - len(state.ring))
    start_s = max(hearing.at_s(state.heard, position), state.turned_s)
    hearing.told.append(SpeechState("start", start_s))
    speech_start = _speech_start(state, position)
    spoken = Spoken(state.count + 1, start, speech_start, start_s, sent=start, read=speech_start)
    return replace(state, spoken=spoken, turned_s=start_s, count=state.count + 1)


def _speech_start(state: VoiceState, position: int) -> int:
    """First sample that belongs to the speech which was surely heard from this position on."""
    begin = max(state.ended, position - LOOK_BACK, state.ring_end - len(state.ring))
    frames = state.cut(begin, state.heard).reshape(-1, SPEECH_FRAME)
    first = (position - begin) // SPEECH_FRAME
    return begin + onset([level_db(frame) for frame in frames], first, state.noise_db) * SPEECH_FRAME


def _finished(state: VoiceState, turn: Turn, hearing: Hearing, text: str | None) -> VoiceState:
    """The utterance has ended: its last reading where enough is new, its end, its last piece."""
    spoken = state.spoken
    if spoken is None:
        return state
    end = state.heard - (state.segmenting.frame - turn.frame) * SPEECH_FRAME
    if is_worth_more(spoken, end):
        state = noted(state, spoken, end, hearing)
        spoken = state.spoken or spoken
    end_s = max(hearing.at_s(state.heard, end), state.turned_s)
    hearing.told.append(SpeechState("end", end_s))
    last = _piece(state, spoken, hearing, end, min(state.heard, end + POST_ROLL), text=text)
    if (pause := spoken.pause) is not None and pause.last_voiced == turn.frame - 1:
        last = replace(last, said=pause.said)
    hearing.told.append(last)
    return replace(state, spoken=None, turned_s=end_s, ended=end)


def _ended(state: VoiceState, hearing: Hearing, text: str | None) -> VoiceState:
    """End what runs; words without speech that was heard make an utterance of their own."""
    segmenting, turns = endpointing.end_now(state.segmenting)
    for turn in turns:
        state = _finished(state, turn, hearing, text)
    if not turns and text:
        at_s = hearing.time_s
        silence, number = np.zeros(0, dtype=np.float32), state.count + 1
        piece = SpeechPiece(
            f"{state.stream_id}-{number}", silence, at_s, at_s, at_s, hearing.capture_s, hearing.arrived_s, True, text
        )
        hearing.told.append(piece)
        state = replace(state, count=number)
    return replace(state, segmenting=segmenting)


# -- pieces for the text lane -----------------------------------------------------------------------------


def _pieces(state: VoiceState, hearing: Hearing) -> tuple[VoiceState, list[Told]]:
    """What the running utterance has gained, or word that everything up to here has been heard."""
    spoken = state.spoken
    if spoken is not None and state.heard - spoken.sent >= PIECE:
        piece = _piece(state, spoken, hearing, state.heard, state.heard, is_last=False)
        return replace(state, spoken=replace(spoken, sent=state.heard, pieces=(*spoken.pieces, piece.samples))), [piece]
    nothing = np.zeros(0, dtype=np.float32)
    at_s = hearing.time_s
    return state, [SpeechPiece("", nothing, at_s, at_s, at_s, hearing.capture_s, hearing.arrived_s)]


def _piece(
    state: VoiceState,
    spoken: Spoken,
    hearing: Hearing,
    end: int,
    upto: int,
    *,
    is_last: bool = True,
    text: str | None = None,
) -> SpeechPiece:
    """Samples not yet sent, up to a position; `end` is the last voiced one."""
    end_s = max(hearing.at_s(state.heard, end), spoken.start_s)
    return SpeechPiece(
        stream_id=f"{state.stream_id}-{spoken.number}",
        samples=state.cut(spoken.sent, upto),
        start_s=spoken.start_s,
        end_s=end_s,
        time_s=hearing.time_s,
        capture_s=hearing.capture_at_s(end_s),
        arrived_s=hearing.arrived_s,
        is_last=is_last,
        text=text,
    )
