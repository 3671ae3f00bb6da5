"""Runs a recorded clip through the very session that serves live: `python -m core.transports.replay CLIP [--out FILE]`.

Every picture and all sound is delivered and nothing depends on the machine's speed, so a replay tells the same events
each time, `infer_ms` aside.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from core.engines.registry import choose_engines, find_engines
from core.errors import AppError, Limit, MediaError, Refused
from core.live.assembly import session_parts
from core.live.session import Session
from core.live.timing import REPLAY
from core.metrics import Metrics
from core.people import Person
from core.settings import Settings, read_settings
from core.transports.clip_limits import DecodeTime
from core.transports.media import TAKEN, Clip, Media
from core.transports.wire_events import encode, event_message
from core.types import AudioChunk, ClipProgress, Event, Fault, Modality

PROGRESS_S = 0.5


class Patience:
    """How long a clip may wait in all: paused, or for a client that is away or takes nothing of what it is told."""

    def __init__(self, seconds: float | None = None) -> None:
        """None: for ever."""
        self._given_s = self._left_s = seconds

    async def for_listener(self, session: Session) -> None:
        """Wait until somebody is there. Raises Limit when that takes too long."""
        began_s = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._left_s):
                await session.has_listener()
        except TimeoutError:
            message = f"this clip waited {self._given_s:g} s for its client, paused or away, and ended; send it again"
            raise Limit(message, "clip_waited_too_long") from None
        if self._left_s is not None:
            self._left_s = max(0.0, self._left_s - (asyncio.get_running_loop().time() - began_s))


async def replay(
    clip: Clip,
    session: Session,
    fps: float,
    longest_s: float,
    patience: Patience | None = None,
    *,
    time: DecodeTime | None = None,
) -> None:
    """Feed the clip as fast as the session and its listener take it, then wait for the last event.

    Only what the person's scopes allow is decoded. Raises Refused when that leaves nothing, and Limit when it is
    kept waiting for longer than `patience` (without one: for ever). What `time` does not suffice for is left out.
    """
    patience = patience or Patience()
    sees = clip.has_pictures and "camera" in session.person.scopes
    hears = clip.has_sound and "microphone" in session.person.scopes
    require(clip, session.person)
    if not sees:
        session.without(("face",))
    if not hears:
        session.without(("voice", "text"))
    for track in clip.left_out:
        modality: Modality = "face" if track.kind == "pictures" else "voice"
        message = f"{track.told} is left out: {track.reason}"
        await _tell(session, Fault("track_left_out", message, 0.0, modality, will_retry=False))
    media = clip.media(fps, pictures=sees, sound=hears, time=time)
    told_s = done_s = 0.0
    while True:
        await patience.for_listener(session)
        try:
            item = await asyncio.to_thread(_next, media)
        except MediaError as error:
            await _tell(session, Fault(error.code, error.message, done_s, "face", will_retry=False))
            break
        if item is None:
            break
        if isinstance(item, Fault):
            await _tell(session, item)
            continue
        if item.time_s > longest_s:
            message = f"clips are read up to {longest_s / 60:.0f} minutes; the rest of this one is left out"
            await _tell(session, Fault("clip_too_long", message, done_s, "face", will_retry=False))
            break
        await _offer(session, item, patience)
        done_s = max(done_s, item.time_s)
        if done_s - told_s >= PROGRESS_S:
            told_s = done_s
            await _tell(session, ClipProgress(done_s, clip.duration_s, is_final=False))
    if hears:
        await _unpaused(session, session.end_speech, patience)
    await _tell(session, ClipProgress(done_s, clip.duration_s, is_final=True))


def require(clip: Clip, person: Person) -> None:
    """Whether the scopes leave anything of this clip. Raises Refused."""
    wanted = {"camera": clip.has_pictures, "microphone": clip.has_sound}
    if not any(there and scope in person.scopes for scope, there in wanted.items()):
        named = " or the ".join(scope for scope, there in wanted.items() if there)
        raise Refused(f"no consent for the {named}; this clip may not be looked at or listened to", code="no_scope")


async def _tell(session: Session, event: Event) -> None:
    """Behind everything read so far, so that its place among the events does not depend on the machine's speed."""
    await session.idle()
    session.tell(event)


async def _offer(session: Session, item: Media, patience: Patience) -> None:
    """Hand over one picture or run of sound. Raises Refused or Closed."""
    if isinstance(item, AudioChunk):
        await _unpaused(session, lambda: session.offer_sound(item), patience)
    else:
        await _unpaused(session, lambda: session.offer_picture(item), patience)


async def _unpaused(session: Session, offer: Callable[[], Awaitable[None]], patience: Patience) -> None:
    """A pause only makes a clip wait."""
    while True:
        try:
            return await offer()
        except Refused as error:
            if error.code != "paused":
                raise
        await patience.for_listener(session)


def _next(media: Iterator[Media | Fault]) -> Media | Fault | None:
    return next(media, None)


async def replay_file(path: Path, settings: Settings, tell: Callable[[str], None]) -> None:
    """One clip from a file; `tell` gets one JSON line an event."""
    metrics = Metrics()
    engines = choose_engines(find_engines(), settings, metrics.observe_ms)
    await asyncio.to_thread(engines.load)
    clip = Clip(path)
    try:
        session = Session("replay", _viewer(), session_parts(engines, settings, metrics), REPLAY)
        await session.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(_print(session, tell))
            await replay(clip, session, settings.clip_fps, settings.max_clip_minutes * 60)
            await session.stop()
    finally:
        clip.close()
        await engines.close()


async def _print(session: Session, tell: Callable[[str], None]) -> None:
    while (event := await session.outbox.get()) is not None:
        tell(encode(event_message(event)))


def _viewer() -> Person:
    return Person("replay", "visitor", frozenset({"camera", "microphone"}), "self", "replay", expires_at=float("inf"))


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0, or 2 with one line on standard error when the clip or a setting does not fit."""
    parser = argparse.ArgumentParser(prog="python -m core.transports.replay", description=__doc__)
    parser.add_argument("clip", type=Path, help=TAKEN)
    parser.add_argument("--out", type=Path, help="write the events here instead of printing them")
    chosen = parser.parse_args(arguments)
    try:
        settings = read_settings()
        if chosen.out is None:
            asyncio.run(replay_file(chosen.clip, settings, print))
        else:
            with chosen.out.open("w", encoding="utf-8") as out:
                asyncio.run(replay_file(chosen.clip, settings, lambda line: print(line, file=out)))
    except AppError as error:
        print(f"{chosen.clip}: {error.message}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
