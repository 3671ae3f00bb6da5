"""Connections: a deadline for whatever a client may be slow with, and room kept for the next one.

A connection that has asked nothing yet (or has been answered) gives way, the oldest first, when its address or the
whole server has no room for another: whoever opens hundreds and sends nothing pushes out themselves.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from typing import Protocol

import h11
from uvicorn._types import ASGIReceiveEvent
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from core.addresses import group_of
from core.rest.proxies import Proxies, proxies_of
from core.settings import Settings

log = logging.getLogger(__name__)

HEADERS_S = 10.0
"""from the connection, or from the first byte of a later request, to the end of its headers"""
UNREAD_S = 60.0
"""a client that takes nothing of its answer for this long is let go"""
BACKLOG = 64
"""connections the system accepts before we see the first of them; each has a descriptor already"""
SPARE = 64
"""descriptors for files, pipes to workers and the record, beside those open at the start"""
FEWEST = 16
"""connections there is room for however few descriptors there are"""
MOST_DESCRIPTORS = 65_536
TELL_S = 60.0
STRANGER_BYTES = 65_536
"""of all that a socket brings before its first message has let it in. An `auth` has some 150; of one that is far too
long the transports still say what is wrong
"""
SLICE_BYTES = 64
"""of them read at a time: ten further messages at most slip in behind the first"""
OPENING = 2
"""events a stranger's socket has: that it opens, and its first message"""
MOST_FRAGMENTS = 10_000
"""of a message; a browser makes one of 128 KB or more, a proxy of some KB"""

REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 10\r\ncontent-length: 0\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Connected(Protocol):
    """What Room knows of a connection."""

    @property
    def is_idle(self) -> bool: ...

    def give_way(self) -> None: ...


class Room:
    """How many connections there are, by address and in all."""

    def __init__(self, per_address: int, most: int, proxies: Proxies) -> None:
        self._per_address = per_address
        self._most = most
        self._proxies = proxies
        self._inside: dict[Connected, str] = {}
        """each with its address, the oldest first"""
        self._count: Counter[str] = Counter()
        self._refused = 0
        self._told_s = -TELL_S

    def enter(self, one: Connected, host: str) -> bool:
        """Whether there is room, made where an idle connection can give way. A proxy stands for many clients."""
        address = group_of(host)
        if self._count[address] >= self._per_address and not self._proxies.believes(host):
            is_in = self._make_room(address)
        else:
            is_in = len(self._inside) < self._most or self._make_room(None)
        if is_in:
            self._inside[one] = address
            self._count[address] += 1
        return is_in

    def leave(self, one: Connected) -> None:
        """Calling it again does nothing."""
        address = self._inside.pop(one, None)
        if address is not None:
            self._count[address] -= 1
            if not self._count[address]:
                del self._count[address]

    def _make_room(self, address: str | None) -> bool:
        self._tell()
        for one, its_address in self._inside.items():
            if one.is_idle and address in (None, its_address):
                self.leave(one)
                one.give_way()
                return True
        return False

    def _tell(self) -> None:
        """Once a minute: a flood of lines is a second attack."""
        self._refused += 1
        now_s = asyncio.get_running_loop().time()
        if now_s - self._told_s >= TELL_S:
            log.warning(
                "no room: %d connections open (at most %d, %d an address), %d turned away or let go since last told",
                *(len(self._inside), self._most, self._per_address, self._refused),
            )
            self._told_s, self._refused = now_s, 0


class TimedHttp(H11Protocol):
    """uvicorn's HTTP connection with deadlines; `room` is set by `protocols_in`."""

    room: Room
    _deadline: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None
    _is_refused = False

    @property
    def is_idle(self) -> bool:
        """No request of this connection is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A place, or a short word that there is none."""
        super().connection_made(transport)
        if self.room.enter(self, self.client[0] if self.client else ""):
            self._watch()
            return
        self._is_refused = True
        transport.write(REFUSED)
        transport.close()

    def data_received(self, data: bytes) -> None:
        """Whatever comes in while nothing is being answered has a deadline: headers, and a body nobody reads."""
        if self._is_refused:
            return
        super().data_received(data)
        self._watch()

    def _watch(self) -> None:
        if not self.is_idle or self.transport.is_closing():
            _end(self._deadline)
            self._deadline = None
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEADERS_S, self._too_slow)

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            if self.conn.our_state is h11.IDLE:
                self.transport.write(TOO_SLOW)
            self.transport.close()

    def give_way(self) -> None:
        """Another needs the room."""
        self.transport.abort()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """The socket takes the place over."""
        _end(self._deadline)
        self.room.leave(self)
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        """The client takes its answer more slowly than it is made."""
        super().pause_writing()
        if self._stuck is None:
            self._stuck = self.loop.call_later(UNREAD_S, self.transport.abort)

    def resume_writing(self) -> None:
        """It has taken some."""
        super().resume_writing()
        _end(self._stuck)
        self._stuck = None

    def connection_lost(self, exc: Exception | None) -> None:
        """The place is free."""
        self.room.leave(self)
        _end(self._deadline)
        _end(self._stuck)
        super().connection_lost(exc)


class CountedSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which holds the place that its HTTP connection had; its deadlines are the transports'."""

    room: Room
    is_idle = False
    _asked = 0
    """times the app has asked for what came: the opening, the first message, and more once that has let it in"""
    _left = STRANGER_BYTES
    _held = b""
    """what came behind the first message, perhaps in the middle of a frame; read once the client is in"""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """There is room: the place was given back a moment ago."""
        super().connection_made(transport)
        self.room.enter(self, self.client[0] if self.client else "")

    def give_way(self) -> None:
        """Never asked: a socket is not idle."""
        self.transport.abort()

    @property
    def _is_stranger(self) -> bool:
        return self.handshake_initiated and self._asked <= OPENING

    def data_received(self, data: bytes) -> None:
        """Of a stranger so many bytes, and nothing far behind its first message: a frame may end anywhere."""
        if not self._is_stranger:
            super().data_received(data)
            return
        if not self.handshake_complete:  # it does not even know yet that it may speak
            self._pause()
        if self.read_paused:
            self._held += data
            return
        self._left -= len(data)
        end = len(data) + min(0, self._left)
        for at in range(0, end, SLICE_BYTES):
            super().data_received(data[at : min(at + SLICE_BYTES, end)])
            if self.read_paused:
                self._held += data[at + SLICE_BYTES :]
                return
        if self._left < 0:
            self._fail(CloseCode.MESSAGE_TOO_BIG, "too much before the first message")
            self.transport.close()

    async def receive(self) -> ASGIReceiveEvent:
        """The next event. Whoever asks for what comes behind the first message has let the client in."""
        self._asked += 1
        if self._asked in (OPENING, OPENING + 1):
            self._take_held()
        event = await self.queue.get()
        if not self._is_stranger:
            self._read_on()
        return event

    def _take_held(self) -> None:
        held, self._held = self._held, b""
        self._read_on()
        if held:
            self.data_received(held)

    def _pause(self) -> None:
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def _read_on(self) -> None:
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self.transport.resume_reading()

    def send_receive_event_to_app(self) -> None:
        """A whole message; text that is no UTF-8 ends the connection, which the base class tells with a traceback."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self._fail(CloseCode.INVALID_DATA, "text that is no UTF-8")
                return
        super().send_receive_event_to_app()

    def handle_cont(self, event: Frame) -> None:
        """A further fragment; an empty one takes memory too."""
        if len(self.frames) >= MOST_FRAGMENTS:
            self.frames = []
            self._fail(CloseCode.MESSAGE_TOO_BIG, f"a message in more than {MOST_FRAGMENTS} fragments")
            return
        super().handle_cont(event)

    def _fail(self, code: CloseCode, reason: str) -> None:
        self.conn.fail(code, reason)
        if self.conn.close_sent is not None:
            self.handle_parser_exception()

    def connection_lost(self, exc: Exception | None) -> None:
        """The place is free."""
        self.room.leave(self)
        super().connection_lost(exc)


def _end(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def protocols_in(room: Room) -> tuple[type[asyncio.Protocol], type[asyncio.Protocol]]:
    """The classes for uvicorn's `http` and `ws`; it makes the connections itself, so they find their room by class."""
    return type("Http", (TimedHttp,), {"room": room}), type("Socket", (CountedSocket,), {"room": room})


def connections_at_most() -> int:
    """How many descriptors are left for connections, once the limit is as high as the system lets us set it."""
    limit = _raise_limit()
    try:
        used = len(os.listdir("/dev/fd"))
    except OSError:
        used = SPARE
    return max(FEWEST, limit - used - SPARE - BACKLOG)


def _raise_limit() -> int:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return MOST_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if 0 <= soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return wanted if soft < 0 else min(soft, MOST_DESCRIPTORS)


def room_of(settings: Settings) -> Room:
    """As much as there are descriptors for, and what the settings let an address have of it."""
    return Room(settings.connections_per_address, connections_at_most(), proxies_of(settings))
