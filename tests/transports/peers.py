"""What a Peer stands on, without a server and without a socket: real sessions and accounts, scripted lanes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from core.companion.conversation import ReplyParts
from core.companion.sound_shelf import SoundShelf
from core.estimation.fusion import FusionSettings
from core.live.admission import Admission, Places
from core.live.parts import SessionParts
from core.live.sessions import Sessions
from core.metrics import Metrics
from core.record.accounts import Accounts
from core.record.retention import Retention
from core.record.store import Store
from core.services import Services
from core.settings import Settings
from core.transports.peer import Gone
from tests.fakes import ScriptedEngines, ScriptedLane, ScriptedTextLane, ScriptedVoiceLane


class Engines(ScriptedEngines):
    """Scripted, and able to say what they are."""

    def describe(self) -> list[dict[str, Any]]:
        return [{"name": "scripted", "kind": "face"}]


LANES: dict[str, Callable[[], Any]] = {"face": ScriptedLane, "voice": ScriptedVoiceLane, "text": ScriptedTextLane}


@asynccontextmanager
async def services_of(data_dir: Path, lanes: Mapping[str, Any] = LANES, **settings: Any) -> AsyncIterator[Services]:
    """Everything a transport shares; ends all sessions afterwards."""
    chosen, metrics, engines = Settings(data_dir=data_dir, **settings), Metrics(), Engines()
    store = Store(data_dir / "attune.duckdb")
    parts = SessionParts(engines, lanes, FusionSettings(), metrics)
    sessions = Sessions(parts, Admission({"live": Places(2), "predict": Places(1), "clip": Places(1)}), chosen.resume_s)
    talk = ReplyParts(engines, engines, SoundShelf())
    accounts = Accounts(store, chosen)
    yield Services(chosen, engines, sessions, accounts, store, metrics, talk, Retention(store, 90))
    await sessions.close_all()
    accounts.passwords.close()
    store.close()


class Client:
    """The other end: what it says is received, what it is told is kept; it may hang up or stop listening."""

    def __init__(self) -> None:
        self.told: list[Mapping[str, Any]] = []
        self.is_deaf = False
        self._says: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._told_more = asyncio.Event()

    def say(self, *messages: str | bytes | None) -> None:
        """None hangs up."""
        for message in messages:
            self._says.put_nowait(message)

    async def receive(self) -> str | bytes | None:
        return await self._says.get()

    async def send(self, message: Mapping[str, Any]) -> None:
        if self.is_deaf:
            raise Gone
        self.told.append(message)
        self._told_more.set()

    async def until(self, kind: str, timeout_s: float = 10.0, **fields: Any) -> Mapping[str, Any]:
        """The first message of this type with these fields, told already or to come."""
        async with asyncio.timeout(timeout_s):
            while True:
                for message in self.told:
                    if message["type"] == kind and all(message.get(name) == value for name, value in fields.items()):
                        return message
                self._told_more.clear()
                await self._told_more.wait()

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        return [message for message in self.told if message["type"] == kind]
