"""POST /api/clips: a recorded clip, read as a stream into memory, analysed by a replay session.

The answer names a session; whoever enters it over /ws with its resume token gets progress and events.
No multipart, no temporary file: the raw bytes never reach the disk.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack
from functools import partial

from fastapi import APIRouter, Request

from core.errors import AppError, Closed, Refused
from core.live.admission import Owner
from core.live.session import Session
from core.people import Person
from core.rest.authentication import asking
from core.rest.bodies import read_body
from core.rest.rate_limits import address_of
from core.rest.uploads import Uploads
from core.services import Routes, Services
from core.transports.clip_limits import ClipMemory, DecodeTime
from core.transports.media import Clip
from core.transports.replay import Patience, replay, require
from core.transports.tracks import Track
from core.types import Fault

log = logging.getLogger(__name__)


async def analyse(clip: Clip, held: ExitStack, session: Session, services: Services) -> None:
    """Wait for the client, feed the clip, end the session and let go of what is held. A client that never comes lets
    it expire.

    A transport's door: whatever goes wrong ends this session only.
    """
    settings = services.settings
    try:
        patience, time = Patience(settings.clip_wait_s), DecodeTime(settings.clip_decode_s)
        await replay(clip, session, settings.clip_fps, settings.max_clip_minutes * 60, patience, time=time)
        await services.sessions.close(session)
    except Closed:
        log.info("clip session %s ended before its clip", session.session_id)
    except AppError as error:
        log.info("clip session %s ended early: %s", session.session_id, error.code)
        session.tell(Fault(error.code, error.message, session.now_s(), will_retry=False))
        await services.sessions.close(session)
    except Exception:
        log.exception("clip session %s failed", session.session_id)
        await services.sessions.close(session)
    finally:
        held.close()


async def _allowing(request: Request, services: Services) -> Person:
    """Who asks, as they stand now. Raises Unauthorised, or Refused for whose scopes leave nothing of any clip."""
    person = await asking(request, services)
    if not person.scopes & {"camera", "microphone"}:
        raise Refused("no consent for camera or microphone; a clip may not be looked at", code="no_scope")
    return person


async def _require_still(clip: Clip, session: Session, services: Services) -> None:
    """What was taken back while the session opened. Raises Refused, and the session is gone then."""
    try:
        require(clip, session.person)
    except Refused:
        await services.sessions.close(session)
        raise


def _told(track: Track) -> dict[str, object]:
    return {"track": track.number, "kind": track.kind, "codec": track.codec}


def routes(services: Services) -> APIRouter:
    """POST /api/clips"""
    router = APIRouter(prefix="/api", tags=["clips"])
    memory, uploads = ClipMemory(), Uploads()

    @router.post("/clips", summary="Analyse a recorded clip")
    async def upload(request: Request) -> dict[str, object]:
        """Raw body, 100 MB at most. Then open the named socket and send auth with the resume token.
        `read` and `left_out` name the file's tracks, the first being 1; one left out says why, here and as an `error`
        of code `track_left_out` over the socket. Consent and token are asked again once the body is whole.
        """
        person = await _allowing(request, services)
        admission, owner = services.sessions.admission, Owner(person.user_id, address_of(request))
        with ExitStack() as held:
            bound, enter = partial(admission.bound, "upload", owner), partial(admission.place, "upload", owner)
            async with uploads.place(owner, bound, enter) as upload:
                largest_mb = services.settings.max_clip_mb
                body = await read_body(request, largest_mb, "send a shorter or smaller clip", upload.watch)
                person = await _allowing(request, services)  # a body may take minutes
                clip = await asyncio.to_thread(Clip, body)
                held.callback(clip.close)
                require(clip, person)
                held.enter_context(memory.place(clip.memory_bytes))
                session, resume_token = await services.sessions.open(person, kind="clip", address=owner.address)
                await _require_still(clip, session, services)
            work = analyse(clip, held.pop_all(), session, services)
        session.leave()
        services.tasks.create_task(work, name=f"clip-{session.session_id}")
        return {
            "clip_id": session.session_id,
            "session_id": session.session_id,
            "resume_token": resume_token,
            "socket": "/ws",
            "duration_s": round(clip.duration_s, 3),
            "read": [_told(track) for track in clip.read],
            "left_out": [_told(track) | {"reason": track.reason} for track in clip.left_out],
        }

    return router


ROUTES = Routes("clips", routes)
