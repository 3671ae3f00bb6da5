"""Figures from tables: each with a title that says what it shows, units, n, and words for those who cannot see it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from core.analysis import statistics
from core.modalities import MODALITY_FACTS
from core.record.tables import SessionTables
from core.types import EMOTIONS

if TYPE_CHECKING:
    from pandas import DataFrame
    from plotly.graph_objects import Figure

COLOURS = {
    **{"neutral": "#8C8C8C", "happy": "#E69F00", "sad": "#0072B2", "angry": "#D55E00", "fear": "#CC79A7"},
    **{"disgust": "#009E73", "surprise": "#56B4E9", "uncertain": "#C9C9C9"},
}
"""Okabe and Ito (2008); the same as pages/static/shared/labels.js, which a test holds it to"""
WORDS = dict(zip(EMOTIONS, ("neutral", "happy", "sad", "angry", "afraid", "disgusted", "surprised"), strict=True)) | {
    "uncertain": "not sure"
}
WORD: dict[str, str] = {modality: facts.word for modality, facts in MODALITY_FACTS.items()}
"""for people, of each modality"""
INK = "#808080"
"""readable on both grounds; the page puts its own ink in its place"""
NOTICE = "A machine estimated expressions here; it can be wrong, and an expression is not a feeling."
HEIGHT = 340
ROW_HEIGHT = 44


@dataclass(frozen=True, slots=True)
class Chart:
    name: str
    title: str
    unit: str
    n: int
    """readings, pairs or answers in it"""
    figure: Figure
    table: DataFrame
    text: str
    """for those who do not see it"""


def _figure(height: int = HEIGHT, **layout: object) -> Figure:
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.update_layout(
        height=height,
        margin={"l": 90, "r": 20, "t": 12, "b": 44},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": INK, "size": 14},
        showlegend=False,
        template="none",
        **layout,
    )
    return figure


def _add_ranges(figure: Figure, table: DataFrame, middle: str, names: list[str], colours: list[str]) -> None:
    """A dot at the column `middle` of each row, and a line from `low` to `high`."""
    figure.add_scatter(
        x=table[middle].tolist(),
        y=names,
        mode="markers",
        cliponaxis=False,
        marker={"size": 13, "color": colours, "line": {"color": INK, "width": 1}},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": (table["high"] - table[middle]).tolist(),
            "arrayminus": (table[middle] - table["low"]).tolist(),
            "color": INK,
        },
    )


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def overview(tables: SessionTables) -> Chart:
    """Share of each session's time with a fresh reading, per modality."""
    table = statistics.overview(tables)
    figure = _figure(120 + ROW_HEIGHT * max(1, len(table)), barmode="group")
    for modality, facts in MODALITY_FACTS.items():
        shown = table[f"coverage_{modality}"].tolist()
        figure.add_bar(
            y=table["session"].tolist(),
            x=shown,
            orientation="h",
            name=facts.word,
            marker_color=facts.colour,
            marker_line={"color": INK, "width": 1},
            text=[facts.word] * len(shown),
            textposition="auto",
        )
    figure.update_xaxes(title="share of the time with a fresh reading", range=[0, 1], tickformat=".0%")
    figure.update_yaxes(autorange="reversed")
    n = int(table["n"].sum())
    minutes = float(table["minutes"].sum())
    title = (
        f"{len(table)} sessions, {minutes:.1f} minutes: how much of the time could be read"
        if n
        else "No readings to show"
    )
    lines = [
        f"{row.session}: {row.minutes:.1f} min, {_covered(row)}, not sure {_percent(row.not_sure)}"
        for row in table.itertuples()
    ]
    return Chart("overview", title, "share of time", n, figure, table, "; ".join(lines) or title)


def _covered(row: object) -> str:
    """ "face 90 %, voice 40 %, words 40 %" """
    covered = {facts.word: getattr(row, f"coverage_{modality}") for modality, facts in MODALITY_FACTS.items()}
    return ", ".join(f"{word} {_percent(share)}" for word, share in covered.items())


def shares(tables: SessionTables) -> Chart:
    """How long each expression led, per session."""
    table = statistics.shares(tables)
    names = list(dict.fromkeys(table["session"]))
    figure = _figure(110 + ROW_HEIGHT * max(1, len(names)), barmode="stack")
    for label in statistics.LABELS:
        own = table[table["expression"] == label]
        figure.add_bar(
            y=own["session"].tolist(),
            x=own["share"].tolist(),
            orientation="h",
            name=WORDS[label],
            marker={
                "color": COLOURS[label],
                "line": {"color": INK, "width": 1},
                "pattern": {"shape": "/" if label == "uncertain" else ""},
            },
            text=[WORDS[label] if share > 0.09 else "" for share in own["share"]],
            textposition="inside",
            insidetextanchor="middle",
            hovertemplate=f"{WORDS[label]}: %{{x:.0%}}<extra>%{{y}}</extra>",
        )
    figure.update_xaxes(title="share of the time it led", range=[0, 1], tickformat=".0%")
    figure.update_yaxes(autorange="reversed")
    n = len(tables.fused)
    totals = table.groupby("expression")["seconds"].sum().sort_values(ascending=False)
    led = (
        f"{WORDS[totals.index[0]]} led most ({_percent(totals.iloc[0] / totals.sum())} of the time)"
        if n and totals.sum()
        else ""
    )
    title = f"All sessions together: {led}" if led else "No readings to show"
    lines = [f"{WORDS[label]} {_percent(s / totals.sum())}" for label, s in totals.items() if led and s > 0]
    return Chart("shares", title, "share of time", n, figure, table, ", ".join(lines) or title)


def timelines(tables: SessionTables) -> Chart:
    """Every session from its own beginning, one under the other."""
    from plotly.subplots import make_subplots

    table = statistics.timelines(tables)
    names = list(dict.fromkeys(table["session"]))
    rows = max(1, len(names))
    figure = make_subplots(rows=rows, cols=1, shared_xaxes=True, vertical_spacing=0.25 / (rows + 4))
    figure.update_layout(_figure(100 + 110 * rows).layout)
    for row, name in enumerate(names, 1):
        own = table[table["session"] == name]
        for label in EMOTIONS:
            figure.add_scatter(
                x=own["t"].round(2).tolist(),
                y=own[label].round(3).tolist(),
                stackgroup=name,
                name=WORDS[label],
                mode="lines",
                line={"width": 0.6, "color": INK},
                fillcolor=COLOURS[label],
                row=row,
                col=1,
                hovertemplate=f"{WORDS[label]} %{{y:.0%}} at %{{x:.0f}} s<extra></extra>",
            )
        figure.update_yaxes(title=name, range=[0, 1], showticklabels=False, row=row, col=1)
    figure.update_xaxes(title="session time (s)", row=rows, col=1)
    n = int(table["n"].sum())
    title = f"The estimate over time, {len(names)} sessions aligned at their start" if n else "No readings to show"
    means = ", ".join(f"{WORDS[label]} {_percent(float(table[label].mean()))}" for label in EMOTIONS) if n else ""
    return Chart(
        "timelines",
        title,
        "probability, session time in s",
        n,
        figure,
        table,
        f"Mean probability: {means}" if n else title,
    )


def transitions(tables: SessionTables) -> Chart:
    """From which expression to which."""
    table = statistics.transitions(tables)
    grid = table.pivot(index="before", columns="after", values="probability").reindex(index=EMOTIONS, columns=EMOTIONS)
    words = [WORDS[label] for label in EMOTIONS]
    figure = _figure(400)
    shown = [[None if isnan(value) else round(value, 3) for value in row] for row in grid.to_numpy()]
    texts = [["" if not value else _percent(value) for value in row] for row in shown]
    figure.add_heatmap(
        z=shown,
        x=words,
        y=words,
        zmin=0,
        zmax=1,
        colorscale=[[0, "rgba(0, 114, 178, 0.04)"], [1, "rgba(0, 114, 178, 0.9)"]],
        text=texts,
        texttemplate="%{text}",
        showscale=False,
        xgap=2,
        ygap=2,
    )
    figure.update_yaxes(title="before", autorange="reversed")
    figure.update_xaxes(title="after")
    n = int(table["n"].sum())
    common = table.sort_values("n", ascending=False).head(3)
    lines = [f"{WORDS[row.before]} to {WORDS[row.after]} {row.n} times" for row in common.itertuples() if row.n]
    title = f"What followed on what: most often {lines[0]}" if n else "No changes of expression to show"
    return Chart(
        "transitions", title, "probability of the next expression", n, figure, table, "; ".join(lines) or title
    )


def agreement(tables: SessionTables) -> Chart:
    """How often two modalities led with the same expression."""
    table = statistics.agreement(tables)
    seen = table[table["n"] > 0]
    figure = _figure(110 + ROW_HEIGHT * max(1, len(seen)))
    pairs = [" and ".join(WORD[modality] for modality in pair.split(" and ")) for pair in seen["pair"]]
    texts = [f"{_percent(row.same)}, kappa {row.kappa:.2f}, n = {row.n}" for row in seen.itertuples()]
    figure.add_bar(
        y=pairs,
        x=seen["same"].tolist(),
        orientation="h",
        marker={"color": "#56B4E9", "line": {"color": INK, "width": 1}},
        text=texts,
        textposition="auto",
    )
    figure.update_xaxes(title="share of moments with the same leading expression", range=[0, 1], tickformat=".0%")
    n = int(table["n"].sum())
    title = (
        "How often face, voice and words led to the same expression"
        if n
        else "No moments with two modalities to compare"
    )
    return Chart(
        "agreement",
        title,
        "share of moments",
        n,
        figure,
        table,
        "; ".join(f"{p}: {t}" for p, t in zip(pairs, texts, strict=True)) or title,
    )


def self_report(tables: SessionTables) -> Chart:
    """The estimate against the person's own word."""
    table = statistics.self_report(tables)
    seen = table[table["n"] > 0]
    figure = _figure(110 + ROW_HEIGHT * max(1, len(seen)))
    names = [f"{WORDS.get(row.shown, 'all')} (n = {row.n})" for row in seen.itertuples()]
    _add_ranges(figure, seen, "share", names, [COLOURS.get(label, INK) for label in seen["shown"]])
    figure.update_xaxes(title="share of answers that agreed (95 % interval)", range=[0, 1], tickformat=".0%")
    figure.update_yaxes(automargin=True, autorange="reversed")
    n = len(tables.self_reports)
    every = table.iloc[-1]
    title = (
        f"People agreed with {_percent(every.share)} of what was shown"
        f" ({_percent(every.low)} to {_percent(every.high)})"
        if n
        else "No answers to “was this right?” to show"
    )
    lines = [f"{name}: {_percent(row.share)}" for name, row in zip(names, seen.itertuples(), strict=True)]
    return Chart("self_report", title, "share of answers", n, figure, table, "; ".join(lines) or title)


def quality(tables: SessionTables) -> Chart:
    """How fit the inputs were."""
    table = statistics.quality(tables)
    figure = _figure(110 + ROW_HEIGHT * max(1, len(table)))
    names = [WORD[modality] for modality in table["modality"]]
    _add_ranges(figure, table, "median", names, ["#0072B2"] * len(names))
    figure.update_xaxes(title="quality, median and middle half", range=[0, 1])
    figure.update_yaxes(autorange="reversed")
    n = int(table["n"].sum())
    lines = [
        f"{name}: median {row.median:.2f}, n = {row.n}{', ' + row.reasons if row.reasons else ''}"
        for name, row in zip(names, table.itertuples(), strict=True)
    ]
    title = "How fit picture, sound and words were for reading" if n else "No readings to show"
    return Chart("quality", title, "quality, 0 to 1", n, figure, table, "; ".join(lines) or title)


CHARTS: tuple[Callable[[SessionTables], Chart], ...] = (
    overview,
    shares,
    timelines,
    transitions,
    agreement,
    self_report,
    quality,
)


def charts(tables: SessionTables) -> list[Chart]:
    """Every chart, in the order people read them."""
    return [make(tables) for make in CHARTS]


def as_json(chart: Chart) -> dict[str, object]:
    """For the browser: the figure as plotly's JSON, the table as columns and rows."""
    table = chart.table.round(4)
    rows = json.loads(table.to_json(orient="split"))
    facts = {"name": chart.name, "title": chart.title, "unit": chart.unit, "n": chart.n, "text": chart.text}
    return facts | {
        "figure": json.loads(str(chart.figure.to_json())),
        "table": {"columns": rows["columns"], "rows": rows["data"]},
    }


def describe(tables: SessionTables) -> dict[str, object]:
    """Every chart as JSON, and the words all of them share."""
    return {"charts": [as_json(chart) for chart in charts(tables)], "notice": NOTICE}
