"""Events as lanes and fusion make them, by the shortest way."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.record import consents
from core.record.batches import StoredTables
from core.record.store import Row, Store
from core.types import EMOTIONS, Estimate, FloatArray, FusedEstimate, Marker, Message, Quality

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

ROOT = Path(__file__).parents[2]
MARK = "marker-that-must-go-7b1f"
NOW_S = 1_800_000_000.0


def probs(leading: str = "happy") -> FloatArray:
    """(7,) with 0.4 on `leading` and 0.1 on the others."""
    values = np.full(7, 0.1, dtype=np.float32)
    values[EMOTIONS.index(leading)] = 0.4
    return values


def estimate(end_s: float, **changes: Any) -> Estimate:
    fields: dict[str, Any] = {
        "modality": "face",
        "start_s": end_s,
        "end_s": end_s,
        "capture_s": end_s + 100,
        "probs_raw": probs("sad"),
        "probs": probs(),
        "quality": Quality(0.8, ("low_light",)),
        "engine": "fake",
        "infer_ms": 7.0,
        "box_px": (1.0, 2.0, 3.0, 4.0),
        "frame_px": (640, 480),
        "face_id": 3,
        "is_subject": True,
    }
    return Estimate(**fields | changes)


def fused(time_s: float, leading: str = "happy", **changes: Any) -> FusedEstimate:
    fields: dict[str, Any] = {
        "time_s": time_s,
        "capture_s": time_s + 100,
        "probs_raw": probs("sad"),
        "probs": probs(leading),
        "valence": 0.5,
        "arousal": 0.25,
        "confidence": 0.4,
        "intensity": 0.4,
        "weights": {"face": 1.0, "voice": 0.0, "text": 0.0},
        "trends": {},
        "quality": 0.8,
        "abstained": False,
        "reasons": (),
    }
    return FusedEstimate(**fields | changes)


async def consented(store: Store, user_id: str = "u1") -> None:
    """A consent row, without which nothing of a person is kept."""
    consent = consents.Consent(uuid.uuid4().hex, user_id, frozenset(("camera", "history", "text")), "self")

    def write(connection: Connection) -> None:
        if not consents.has_any(connection, user_id):
            consents.give(connection, consent, 1_800_000_000.0)

    await store.execute(write)


async def opened(
    store: Store, session_id: str = "s1", user_id: str = "u1", started_at: float = 1_800_000_000.0, **settings: object
) -> None:
    await consented(store, user_id)
    await store.open_session(session_id, user_id, started_at, "c1", settings)


async def written(store: Store) -> None:
    """Wait until everything appended so far is on disk, or was given up as unfit."""
    while store.backlog:
        await asyncio.sleep(0.01)
    await store.execute(lambda connection: None)


async def count(store: Store, table: str) -> int:
    return int((await store.read(f"SELECT count(*) AS n FROM {table}"))[0]["n"])


def run(code: str, *arguments: object, timeout_s: float = 60) -> str:
    """Run a script in another process; returns what it printed, fails with what it complained about."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def fill(store: Store, session_id: str = "s1", user_id: str = "u1", mark: str = MARK) -> None:
    await opened(store, session_id, user_id)
    for number in range(50):
        store.append(session_id, fused(number / 4))
        store.append(session_id, Marker(f"{mark}-{number}", number / 4))
    store.append(session_id, Message("user", "some words", "sad", 0.5, 1.0))
    await store.close_session(session_id, NOW_S + 60)


def said(store: Store, session_id: str) -> list[Row]:
    """The conversation of a session, in order, as exports see it."""
    batches = StoredTables(store, [session_id]).batches("messages")
    return [row._asdict() for batch in batches for row in batch.itertuples(index=False)]
