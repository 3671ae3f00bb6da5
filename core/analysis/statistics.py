"""Small tables from kept readings: what the charts show, the notebook repeats and people download. Pure."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np

from core.modalities import FUSED_FRESH_S, MODALITY_FACTS, with_subject
from core.record.tables import SessionTables
from core.types import EMOTIONS, MODALITIES, Modality

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame

SHORT_S = 0.5
"""spans of one expression shorter than this are no transition"""
MAX_BINS = 300
UNSURE = "uncertain"
LABELS = (*EMOTIONS, UNSURE)
_P = [f"p_{label}" for label in EMOTIONS]


def _frame(rows: list[dict[str, object]], columns: tuple[str, ...]) -> DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(columns))


def _led(frame: DataFrame) -> NDArray[np.int64]:
    """(n,) index of the highest probability; in a tie the first in EMOTIONS."""
    return frame[_P].to_numpy(dtype=np.float64).argmax(axis=1) if len(frame) else np.zeros(0, dtype=np.int64)


def _until_s(times: NDArray[np.float64], most_s: float) -> NDArray[np.float64]:
    """(n,) session time up to which each reading of one session speaks: until the next, at most `most_s`."""
    return np.minimum(np.append(times[1:], np.inf), times + most_s) if len(times) else times


def _held_s(times: NDArray[np.float64], most_s: float) -> NDArray[np.float64]:
    """(n,) seconds each reading of one session speaks for."""
    return np.asarray(_until_s(times, most_s) - times)


def _sessions(tables: SessionTables) -> list[tuple[str, str]]:
    """(id, short name) in the order of their beginning; a participant's code where there is one."""
    rows = tables.sessions.itertuples()
    return [(row.session_id, row.participant_id or f"session {number}") for number, row in enumerate(rows, 1)]


def _of(frame: DataFrame, session_id: str) -> DataFrame:
    return frame[frame["session_id"] == session_id]


def _of_person(estimates: DataFrame) -> DataFrame:
    return estimates[estimates["is_subject"] | ~estimates["modality"].isin(with_subject())]


OVERVIEW = (
    "session",
    "minutes",
    *(f"coverage_{m}" for m in MODALITIES),
    "not_sure",
    "quality",
    "changes_per_minute",
    "longest_s",
    "n",
)


def overview(tables: SessionTables) -> DataFrame:
    """One row per session: minutes; share of time with a fresh reading per modality; share not sure; mean quality
    (0 to 1); changes of the leading expression a minute; longest span in s; n fused readings.
    """
    rows = []
    for session_id, name in _sessions(tables):
        fused, estimates = _of(tables.fused, session_id), _of_person(_of(tables.estimates, session_id))
        end_s = float(max(fused["t"].max() if len(fused) else 0, estimates["t"].max() if len(estimates) else 0))
        row: dict[str, object] = {"session": name, "minutes": end_s / 60, "n": len(fused)}
        for modality in MODALITIES:
            times = estimates[estimates["modality"] == modality]["t"].to_numpy()
            covered_s = _held_s(times, MODALITY_FACTS[modality].fresh_s).sum()
            row[f"coverage_{modality}"] = min(1.0, covered_s / end_s) if end_s else 0.0
        seconds = _seconds(fused)
        row["not_sure"] = float(seconds[-1] / (seconds.sum() or 1.0))
        row["quality"] = float(fused["quality"].mean()) if len(fused) else 0.0
        spans = [span for span in runs(fused) if span[0] != UNSURE]
        changes = sum(one[0] != two[0] for one, two in pairwise(spans))
        row["changes_per_minute"] = changes / (end_s / 60) if end_s else 0.0
        row["longest_s"] = max((end - start for _, start, end in spans), default=0.0)
        rows.append(row)
    return _frame(rows, OVERVIEW)


def runs(fused: DataFrame) -> list[tuple[str, float, float]]:
    """(label, start, end in s) of each stretch of one leading expression in one session; "uncertain" included.

    A time in which nothing was read ends a stretch, as core/record/spans.py has it of what is stored.
    """
    led = _led_or_unsure(fused)
    times = fused["t"].to_numpy()
    spans: list[tuple[str, float, float]] = []
    for label, start, end in zip(led, times, _until_s(times, FUSED_FRESH_S), strict=True):
        if spans and spans[-1][0] == LABELS[label] and start <= spans[-1][2]:
            spans[-1] = (spans[-1][0], spans[-1][1], float(end))
        else:
            spans.append((LABELS[label], float(start), float(end)))
    return spans


def _led_or_unsure(fused: DataFrame) -> NDArray[np.int64]:
    """(n,) index into LABELS of each fused reading."""
    return np.where(fused["abstained"].to_numpy(dtype=bool), len(EMOTIONS), _led(fused))


def _seconds(fused: DataFrame) -> NDArray[np.float64]:
    """(len(LABELS),) seconds each label led in one session."""
    held = _held_s(fused["t"].to_numpy(), FUSED_FRESH_S)
    return np.bincount(_led_or_unsure(fused), weights=held, minlength=len(LABELS)).astype(np.float64)


def shares(tables: SessionTables) -> DataFrame:
    """Rows per session and expression ("uncertain" too): `share` of the time it led, summing to 1, and `seconds`."""
    rows = []
    for session_id, name in _sessions(tables):
        seconds = _seconds(_of(tables.fused, session_id))
        total = seconds.sum() or 1.0
        rows += [
            {"session": name, "expression": label, "share": s / total, "seconds": s}
            for label, s in zip(LABELS, seconds, strict=True)
        ]
    return _frame(rows, ("session", "expression", "share", "seconds"))


def timelines(tables: SessionTables, bins: int = MAX_BINS) -> DataFrame:
    """Rows per session and bin: `t` (start of the bin, s), mean probability per expression, `quality`, `n`.

    All sessions share one bin width, so that they lie under each other.
    """
    longest = float(tables.fused["t"].max()) if len(tables.fused) else 0.0
    width = max(0.25, longest / bins * 1.000001)
    parts = []
    for session_id, name in _sessions(tables):
        fused = _of(tables.fused, session_id)
        grouped = fused.groupby((fused["t"] // width).astype("int64"))
        means = grouped[[*_P, "quality"]].mean()
        made = means.rename(columns=dict(zip(_P, EMOTIONS, strict=True)))
        made.insert(0, "t", made.index.to_numpy() * width)
        made.insert(0, "session", name)
        parts.append(made.assign(n=grouped.size()))
    columns = ("session", "t", *EMOTIONS, "quality", "n")
    if not parts:
        return _frame([], columns)
    import pandas as pd

    return pd.concat(parts, ignore_index=True)[list(columns)]


def transitions(tables: SessionTables) -> DataFrame:
    """Rows per (before, after): `n` and `probability` of `after` given `before`. Spans under SHORT_S and times when the
    machine was not sure are left out, so a pause of those does not hide a change.
    """
    counts = np.zeros((len(EMOTIONS), len(EMOTIONS)))
    for session_id, _ in _sessions(tables):
        spans = [
            span for span in runs(_of(tables.fused, session_id)) if span[0] != UNSURE and span[2] - span[1] >= SHORT_S
        ]
        for before, after in pairwise(spans):
            if before[0] != after[0]:
                counts[EMOTIONS.index(before[0]), EMOTIONS.index(after[0])] += 1
    totals = counts.sum(axis=1, keepdims=True)
    probabilities = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    rows = [
        {"before": one, "after": two, "n": int(counts[i, j]), "probability": probabilities[i, j]}
        for i, one in enumerate(EMOTIONS)
        for j, two in enumerate(EMOTIONS)
        if i != j
    ]
    return _frame(rows, ("before", "after", "n", "probability"))


def agreement(tables: SessionTables) -> DataFrame:
    """Rows per pair of modalities: of the rarer one's readings beside a fresh one of the other, `same` (share with one
    leading expression), Cohen's `kappa` (Cohen 1960), mean Jensen-Shannon `divergence` in bits (Lin 1991), `n`.
    """
    rows = []
    for one, two in combinations(MODALITIES, 2):
        pairs = [_pairs(_of(tables.estimates, session_id), one, two) for session_id, _ in _sessions(tables)]
        first = np.concatenate([pair[0] for pair in pairs]) if pairs else np.zeros((0, len(EMOTIONS)))
        second = np.concatenate([pair[1] for pair in pairs]) if pairs else first
        row: dict[str, object] = {"pair": f"{one} and {two}", "n": len(first)}
        if len(first):
            labels = first.argmax(axis=1), second.argmax(axis=1)
            row |= {"same": float((labels[0] == labels[1]).mean()), "kappa": kappa(*labels)}
            row["divergence"] = float(divergence(first, second).mean())
        rows.append(row)
    return _frame(rows, ("pair", "same", "kappa", "divergence", "n"))


def _pairs(estimates: DataFrame, one: Modality, two: Modality) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probabilities (n, 7) of both, for each reading of the rarer with a fresh one of the other before it."""
    found = _of_person(estimates)
    a, b = (found[found["modality"] == modality].sort_values("t") for modality in (one, two))
    if not len(a) or not len(b):
        empty = np.zeros((0, len(EMOTIONS)))
        return empty, empty
    is_swapped = len(a) > len(b)
    rare, often = (b, a) if is_swapped else (a, b)
    fresh_s = MODALITY_FACTS[one if is_swapped else two].fresh_s
    times = often["t"].to_numpy()
    newest = np.searchsorted(times, rare["t"].to_numpy(), side="right") - 1
    is_fresh = (newest >= 0) & (rare["t"].to_numpy() - times[newest] <= fresh_s)
    seen = rare[_P].to_numpy(dtype=np.float64)[is_fresh], often[_P].to_numpy(dtype=np.float64)[newest[is_fresh]]
    return (seen[1], seen[0]) if is_swapped else seen


def kappa(one: NDArray[np.int64], two: NDArray[np.int64]) -> float:
    """Cohen's kappa, -1 to 1; 0 where chance alone would agree always."""
    size = len(EMOTIONS)
    table = np.bincount(one * size + two, minlength=size * size).reshape(size, size) / max(1, len(one))
    expected = float(table.sum(axis=0) @ table.sum(axis=1))
    return (float(np.trace(table)) - expected) / (1 - expected) if expected < 1 else 0.0


def divergence(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) Jensen-Shannon divergence in bits, 0 to 1, of probabilities (n, k)."""
    middle = (one + two) / 2

    def relative(p: NDArray[np.float64]) -> NDArray[np.float64]:
        ratio = np.divide(p, middle, out=np.ones_like(p), where=(p > 0) & (middle > 0))
        return np.asarray((p * np.log2(np.maximum(ratio, 1e-300))).sum(axis=1))

    return (relative(one) + relative(two)) / 2


def self_report(tables: SessionTables) -> DataFrame:
    """Rows per expression shown: `agreed` of `n`, `share` and its Wilson 95 % interval `low`, `high` (Wilson 1927);
    the last row, "all", counts every answer.
    """
    reports = tables.self_reports
    groups = [(label, reports[reports["shown"] == label]) for label in LABELS]
    rows = []
    for label, group in [*((label, group) for label, group in groups if len(group)), ("all", reports)]:
        agreed = int((group["shown"] == group["chosen"]).sum())
        low, high = wilson(agreed, len(group))
        share = agreed / len(group) if len(group) else 0.0
        rows.append({"shown": label, "agreed": agreed, "n": len(group), "share": share, "low": low, "high": high})
    return _frame(rows, ("shown", "agreed", "n", "share", "low", "high"))


def wilson(k: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """95 % interval of a share; (0, 1) without observations."""
    if n == 0:
        return 0.0, 1.0
    share, spread = k / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * float(np.sqrt(share * (1 - share) / n + spread / (4 * n))) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def quality(tables: SessionTables) -> DataFrame:
    """Rows per modality: quartiles `low`, `median`, `high` of quality (0 to 1), `n`, `reasons` (commonest three)."""
    found = _of_person(tables.estimates)
    rows = []
    for modality in MODALITIES:
        own = found[found["modality"] == modality]
        if not len(own):
            continue
        low, median, high = np.quantile(own["quality"], (0.25, 0.5, 0.75))
        codes = own["reasons"].str.split(";").explode()
        common = codes[codes != ""].value_counts().head(3)
        reasons = ", ".join(f"{code} ({count / len(own):.0%})" for code, count in common.items())
        rows.append(
            {"modality": modality, "low": low, "median": median, "high": high, "n": len(own), "reasons": reasons}
        )
    return _frame(rows, ("modality", "low", "median", "high", "n", "reasons"))
