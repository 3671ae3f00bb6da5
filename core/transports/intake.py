"""From socket messages to pictures of a session: size, rate and consent first, then time, then the lane."""

from __future__ import annotations

import time
from typing import Any

from core.errors import AppError, Limit, Refused
from core.live.session import Session
from core.settings import Settings
from core.transports.clock import RateLimit, TrackClock
from core.transports.protocol import ClientMessage, Picture, parse_binary, parse_text, picture_bytes
from core.types import EncodedFrame

SMALL_BYTES = 4096
"""text up to this size is taken for control and has a rate of its own, so a flood of pictures cannot hide a stop"""
TELL_AGAIN_S = 5.0


class Intake:
    """One connection's way in. Raises AppError for what is turned away; `once` keeps the answers few."""

    def __init__(self, session: Session, settings: Settings) -> None:
        self._session = session
        self._largest = int(settings.max_message_mb * 1e6)
        self._rates = {name: RateLimit(settings.max_messages_per_s) for name in ("media", "control")}
        self._clock = TrackClock()
        self._told_s: dict[str, float] = {}

    def parse(self, message: dict[str, Any]) -> ClientMessage | EncodedFrame | None:
        """One message as the socket gave it; None for what this server does not know. Raises AppError."""
        data: str | bytes = message.get("bytes") or message.get("text") or ""
        self._admit(data)
        if isinstance(data, bytes):
            self._session.check("face")
            frame = parse_binary(data)
            return None if frame is None else self._picture(frame.payload, frame.capture_s)
        parsed = parse_text(data)
        if isinstance(parsed, Picture):
            self._session.check("face")
            return self._picture(picture_bytes(parsed), parsed.t)
        return parsed

    def _admit(self, data: str | bytes) -> None:
        if len(data) > self._largest:
            raise Limit(
                f"a message may have {self._largest / 1e6:.1f} MB, this one has {len(data) / 1e6:.1f} MB; send a "
                "smaller picture (640x480 is plenty)",
                code="too_large",
            )
        kind = "control" if isinstance(data, str) and len(data) <= SMALL_BYTES else "media"
        rate = self._rates[kind]
        if not rate.take(time.monotonic()):
            raise Limit(f"more than {rate.per_s:.0f} messages a second; the rest is left out", code="rate_limited")

    def _picture(self, data: bytes, capture_s: float | None) -> EncodedFrame:
        self._session.begin()
        arrived_s = self._session.now_s()
        time_s = self._clock.map(capture_s, arrived_s)
        return EncodedFrame(data, time_s, time_s if capture_s is None else capture_s, arrived_s)

    def once(self, error: AppError) -> bool:
        """Count what was turned away; whether it is to be told now (the first of its kind, then rarely)."""
        self._session.refused += 1
        now_s = time.monotonic()
        last_s = self._told_s.get(error.code)
        if last_s is not None and (isinstance(error, Refused) or now_s - last_s < TELL_AGAIN_S):
            return False
        self._told_s[error.code] = now_s
        return True

    def tell_anew(self) -> None:
        """Consent or pause changed: a refusal after it is worth a word again."""
        self._told_s.clear()
