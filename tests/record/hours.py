"""Sessions of hours, put in by SQL: 6 estimates and 8 fused readings a second, a line of words every ten seconds."""

from __future__ import annotations

from core.record.store import Store
from core.types import EMOTIONS
from tests.record.events import opened

_LEADING = "[" + ", ".join(f"'{label}'" for label in EMOTIONS) + "]"


def _probabilities(kind: str) -> str:
    """Each expression leads for some seconds, with numbers that have all their digits."""
    return ", ".join(
        f"CASE WHEN (t / 3)::BIGINT % 7 = {number} THEN 0.7 ELSE 0.05 END + 0.001 * random() AS {kind}_{label}"
        for number, label in enumerate(EMOTIONS)
    )


_ESTIMATES = f"""
    INSERT INTO estimates BY NAME
    SELECT ? AS session_id, t, t - 1 AS start_s, t + 100 AS capture_s,
           CASE WHEN n % 6 = 0 THEN 'voice' ELSE 'face' END AS modality,
           {_probabilities("raw")}, {_probabilities("p")}, random() AS quality, ['low_light', 'small_face'] AS reasons,
           'compact' AS engine, 7.0 AS infer_ms, CASE WHEN n % 6 = 0 THEN NULL ELSE 1 END AS face_id,
           n % 6 <> 0 AS is_subject, [1.5, 2.5, 3.5, 4.5] AS box, [640, 480] AS frame
    FROM (SELECT n, n / 6.0 AS t FROM range(?) AS r(n)) ORDER BY n"""
_FUSED = f"""
    INSERT INTO fused BY NAME
    SELECT ? AS session_id, t, t + 100 AS capture_s, {_probabilities("raw")}, {_probabilities("p")},
           0.6 AS weight_face, 0.4 AS weight_voice, 0 AS weight_text, random() AS valence, random() AS arousal,
           0.7 AS confidence, 0.5 AS intensity, random() AS quality, n % 11 = 0 AS abstained, ['stale'] AS reasons
    FROM (SELECT n, n / 8.0 AS t FROM range(?) AS r(n)) ORDER BY n"""


async def session_of(store: Store, session_id: str, user_id: str, hours: float) -> None:
    """A kept session that has ended."""
    await opened(store, session_id, user_id)
    seconds = round(hours * 3600)
    words = [
        (session_id, float(at), at - 3.0, "user", store.seal_words(f"line {at}", session_id), "sad", 0.5)
        for at in range(10, seconds, 10)
    ]

    def write(connection: object) -> None:
        connection.execute(_ESTIMATES, [session_id, 6 * seconds])  # type: ignore[attr-defined]
        connection.execute(_FUSED, [session_id, 8 * seconds])  # type: ignore[attr-defined]
        connection.executemany(  # type: ignore[attr-defined]
            "INSERT INTO messages (session_id, t, start_s, role, content, emotion, intensity)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            words,
        )

    await store.execute(write)
    await store.close_session(session_id, 1_800_000_000.0 + seconds)
