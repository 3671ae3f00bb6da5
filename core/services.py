"""What the transports share; made once, in app.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.companion.conversation import ReplyParts
from core.engines.registry import Engines
from core.live.sessions import Sessions
from core.metrics import Metrics
from core.record.accounts import Accounts
from core.record.retention import Retention
from core.record.store import Store
from core.settings import Settings

if TYPE_CHECKING:
    from fastapi import APIRouter

VERSION = "0.1.0"


@dataclass
class Services:
    """`tasks` is the app's own TaskGroup: what is started there is kept and ends with the app."""

    settings: Settings
    engines: Engines
    sessions: Sessions
    accounts: Accounts
    store: Store
    metrics: Metrics
    talk: ReplyParts
    retention: Retention
    is_ready: bool = False
    tasks: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup)


@dataclass(frozen=True, slots=True)
class Routes:
    """What a file of core/rest defines as ROUTES, and one of core/transports as TRANSPORT.

    app.py finds it by scanning the folder and adds it to the app.
    """

    name: str
    routes: Callable[[Services], APIRouter]
