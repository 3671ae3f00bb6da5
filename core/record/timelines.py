"""Readings for people's eyes, downsampled where they lie: never more points than a screen has pixels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from core.modalities import MODALITY_FACTS, with_subject
from core.record.spans import LABELS, LEADING, SECONDS, SPANS, UNSURE, shares
from core.record.store import Row, Store
from core.typed import as_typed
from core.types import EMOTIONS, MODALITIES

MAX_BINS = 600
SPARKS = 24
"""points of the small line in a list of sessions"""

_WITH_SUBJECT = ", ".join(f"'{modality}'" for modality in with_subject())
_OF_PERSON = f"(is_subject OR modality NOT IN ({_WITH_SUBJECT}))"
_MEANS = ", ".join(f"round(avg(p_{label}), 3)" for label in EMOTIONS)

_PAGE = """
    SELECT session_id, epoch(started_at) AS started_at, epoch(ended_at) AS ended_at FROM sessions
    WHERE user_id = ? AND (? OR list_contains(?, session_id))
    ORDER BY sessions.started_at DESC, session_id LIMIT ? OFFSET ?"""
_COUNT = "SELECT count(*) AS n FROM sessions WHERE user_id = ? AND (? OR list_contains(?, session_id))"

_SPARKS = f"""
    WITH readings AS (SELECT session_id, t, {LEADING} AS led FROM fused WHERE list_contains(?, session_id)),
    ends AS (SELECT session_id, greatest(max(t), 0.001) AS end_s FROM readings GROUP BY session_id)
    SELECT session_id, any_value(end_s) AS duration_s,
           least(floor(greatest(t, 0) / end_s * {SPARKS}), {SPARKS - 1})::INTEGER AS spark, mode(led) AS led
    FROM readings JOIN ends USING (session_id) GROUP BY session_id, spark ORDER BY session_id, spark"""  # noqa: S608

_COVERAGE = f"""
    WITH one AS (SELECT t, quality, lead(t) OVER (ORDER BY t) AS next_t FROM estimates
                 WHERE session_id = ? AND modality = ? AND {_OF_PERSON})
    SELECT count(*) AS n, avg(quality) AS quality, sum(least(coalesce(next_t, t + ?) - t, ?)) AS covered_s
    FROM one"""  # noqa: S608

_FUSED_BINS = f"""
    SELECT floor(greatest(t, 0) / ?)::INTEGER AS bin, [{_MEANS}] AS p, round(avg(quality), 3) AS quality,
           round(avg(valence), 3) AS valence, round(avg(arousal), 3) AS arousal, mode({LEADING}) AS led,
           round(avg(abstained::INTEGER), 3) AS unsure
    FROM fused WHERE session_id = ? GROUP BY bin ORDER BY bin"""  # noqa: S608
_MODALITY_BINS = f"""
    SELECT modality, floor(greatest(t, 0) / ?)::INTEGER AS bin, [{_MEANS}] AS p, round(avg(quality), 3) AS quality
    FROM estimates WHERE session_id = ? AND {_OF_PERSON}
    GROUP BY modality, bin ORDER BY modality, bin"""  # noqa: S608


_OWN = "session_id IN (SELECT session_id FROM sessions WHERE user_id = ?)"
_WORDS = f"SELECT session_id, content AS sealed FROM messages WHERE {_OWN}"  # noqa: S608
_LABELS = f"SELECT session_id, label FROM markers WHERE {_OWN}"  # noqa: S608
_NOTES = "SELECT session_id, note AS sealed FROM sessions WHERE user_id = ? AND note IS NOT NULL"


async def list_with_sparklines(
    store: Store, user_id: str, limit: int, offset: int = 0, among: Sequence[str] | None = None
) -> tuple[int, list[Row]]:
    """How many there are, and a page of them, newest first: id, times, `duration_s`, `main` and `sparkline`.

    `main`: up to three {expression, share of the time that was read}; `sparkline`: SPARKS labels, "" where there was
    nothing.
    """
    given = [user_id, among is None, list(among or ())]
    (total,) = await store.read(_COUNT, given)
    rows = await store.read(_PAGE, [*given, limit, offset])
    ids = [row["session_id"] for row in rows]
    lines: dict[str, list[Row]] = {}
    for spark in await store.read(_SPARKS, [ids]):
        lines.setdefault(spark["session_id"], []).append(spark)
    seconds: dict[str, dict[int, float]] = {}
    for row in await store.read(SECONDS, [ids]):
        seconds.setdefault(row["session_id"], {})[row["led"]] = row["seconds"]
    return total["n"], [
        row | _in_short(lines.get(one, []), seconds.get(one, {})) for one, row in zip(ids, rows, strict=True)
    ]


def _in_short(sparks: list[Row], seconds: dict[int, float]) -> Row:
    line = [""] * SPARKS
    for spark in sparks:
        line[spark["spark"]] = LABELS[spark["led"]]
    most = sorted(shares(seconds).items(), key=lambda one: -one[1])[:3]
    main = [{"expression": label, "share": round(share, 3)} for label, share in most if share]
    return {"duration_s": sparks[0]["duration_s"] if sparks else 0.0, "main": main, "sparkline": line}


async def search_sessions(store: Store, user_id: str, search: str) -> list[str]:
    """Ids of own sessions with this in their words, note or markers. Words are sealed, so they are opened to look."""
    wanted = _as_sought(search).strip()
    words = await store.read(_WORDS, [user_id]) + await store.read(_NOTES, [user_id])
    opened = store.open_words([row["sealed"] for row in words], [row["session_id"] for row in words])
    found = {row["session_id"] for row, text in zip(words, opened, strict=True) if wanted in _as_sought(text)}
    markers = await store.read(_LABELS, [user_id])
    return sorted(found | {row["session_id"] for row in markers if wanted in _as_sought(row["label"])})


def _as_sought(text: str) -> str:
    """Without regard to case, and to how an older version let letters be spelled."""
    return as_typed(as_typed(text).casefold())


async def statistics(store: Store, session_id: str) -> Row:
    """`changes_per_minute`, `longest` {expression, start_s, seconds} or None, `modalities` {n, quality, coverage}.

    A change is one between two leading expressions, "not sure" left out; coverage is the share of the session's
    time with a fresh reading.
    """
    spans = await store.read(SPANS, [[session_id]])
    end_s = max((span["newest_s"] for span in spans), default=0.0)
    sure = [span for span in spans if span["led"] != UNSURE]
    changes = sum(one["led"] != two["led"] for one, two in pairwise(sure))
    longest = max(sure, key=lambda span: span["end_s"] - span["start_s"], default=None)
    told = None
    if longest is not None:
        seconds = longest["end_s"] - longest["start_s"]
        told = {"expression": LABELS[longest["led"]], "start_s": longest["start_s"], "seconds": seconds}
    modalities = {}
    for modality in MODALITIES:
        fresh_s = MODALITY_FACTS[modality].fresh_s
        (row,) = await store.read(_COVERAGE, [session_id, modality, fresh_s, fresh_s])
        coverage = min(1.0, (row["covered_s"] or 0.0) / end_s) if end_s else 0.0
        modalities[modality] = {"n": row["n"], "quality": row["quality"], "coverage": coverage}
    per_minute = changes / end_s * 60 if end_s else 0.0
    return {"changes_per_minute": per_minute, "longest": told, "modalities": modalities}


async def timeline(store: Store, session_id: str, bins: int) -> Row:
    """`bin_s`, `fused` and one list per modality of {bin, p (7), quality, …}, `markers`, `self_reports`."""
    (row,) = await store.read(
        "SELECT greatest(coalesce((SELECT max(t) FROM fused WHERE session_id = ?), 0),"
        " coalesce((SELECT max(t) FROM estimates WHERE session_id = ?), 0)) AS end_s",
        [session_id, session_id],
    )
    bin_s = max(0.25, float(row["end_s"]) / bins * 1.000001)
    fused = await store.read(_FUSED_BINS, [bin_s, session_id])
    lines: dict[str, list[Row]] = {modality: [] for modality in MODALITIES}
    for reading in await store.read(_MODALITY_BINS, [bin_s, session_id]):
        lines[reading.pop("modality")].append(reading)
    markers = await store.read(
        "SELECT t, label, duration FROM markers WHERE session_id = ? ORDER BY t LIMIT 1000", [session_id]
    )
    reports = await store.read(
        "SELECT t, shown, chosen FROM self_reports WHERE session_id = ? ORDER BY t LIMIT 1000", [session_id]
    )
    for reading in fused:
        reading["led"] = LABELS[reading["led"]]
    return (
        {"bin_s": bin_s, "end_s": row["end_s"], "fused": fused} | lines | {"markers": markers, "self_reports": reports}
    )
