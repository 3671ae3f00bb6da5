"""Runs a recorded clip through the very session that serves live: `python -m core.transports.replay CLIP [--out FILE]`.

Every picture is delivered and nothing depends on the machine's speed, so a replay tells the same events each time,
`infer_ms` aside.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from core.errors import AppError, MediaError, Refused
from core.live.assembly import choose_engines, session_parts
from core.live.lanes.runner import Delivery
from core.live.session import Session
from core.metrics import Metrics
from core.plugins import discover
from core.settings import Settings, read_settings
from core.transports.media import Clip
from core.transports.protocol import encode, event_message
from core.types import ClipProgress, Event, Fault, Person, VideoFrame

PROGRESS_S = 0.5


async def replay(clip: Clip, session: Session, fps: float, longest_s: float) -> None:
    """Feed the clip as fast as the session and its listener take it, then wait for the last event."""
    pictures = clip.frames(fps)
    told_s = 0.0
    done_s = 0.0
    while True:
        await session.has_listener()
        try:
            frame = await asyncio.to_thread(_next, pictures)
        except MediaError as error:
            await _tell(session, Fault(error.code, error.message, done_s, "face", will_retry=False))
            break
        if frame is None:
            break
        if frame.time_s > longest_s:
            message = f"clips are read up to {longest_s / 60:.0f} minutes; the rest of this one is left out"
            await _tell(session, Fault("clip_too_long", message, done_s, "face", will_retry=False))
            break
        await _offer(session, frame)
        done_s = frame.time_s
        if done_s - told_s >= PROGRESS_S:
            told_s = done_s
            await _tell(session, ClipProgress(done_s, clip.duration_s, is_final=False))
    await _tell(session, ClipProgress(done_s, clip.duration_s, is_final=True))


async def _tell(session: Session, event: Event) -> None:
    """Behind everything read so far, so that its place among the events does not depend on the machine's speed."""
    await session.idle()
    session.tell(event)


async def _offer(session: Session, frame: VideoFrame) -> None:
    """Hand over one picture; a pause only makes it wait. Raises Refused or Closed."""
    while True:
        try:
            return await session.offer_picture(frame)
        except Refused as error:
            if error.code != "paused":
                raise
        await session.has_listener()


def _next(pictures: Iterator[VideoFrame]) -> VideoFrame | None:
    return next(pictures, None)


async def replay_file(path: Path, settings: Settings, tell: Callable[[str], None]) -> None:
    """One clip from a file; `tell` gets one JSON line an event."""
    metrics = Metrics()
    engines = choose_engines(discover("models", "ENGINE"), settings, metrics)
    engines.load()
    clip = Clip(path)
    try:
        session = Session("replay", _viewer(), session_parts(engines, settings, metrics), Delivery.EVERY)
        await session.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(_print(session, tell))
            await replay(clip, session, settings.clip_fps, settings.max_clip_minutes * 60)
            await session.stop()
    finally:
        clip.close()
        engines.close()


async def _print(session: Session, tell: Callable[[str], None]) -> None:
    while (event := await session.outbox.get()) is not None:
        tell(encode(event_message(event)))


def _viewer() -> Person:
    return Person("replay", "visitor", frozenset({"camera"}), "self", "replay", expires_at=float("inf"))


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0, or 2 with one line on standard error when the clip or a setting does not fit."""
    parser = argparse.ArgumentParser(prog="python -m core.transports.replay", description=__doc__)
    parser.add_argument("clip", type=Path, help="MP4, WebM or MOV")
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
