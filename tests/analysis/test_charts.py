from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core.analysis import charts
from core.synthetic.study import sample_tables

LABELS_JS = Path(__file__).parents[2] / "pages" / "static" / "shared" / "labels.js"


@pytest.mark.parametrize("sessions", [0, 1, 3])
def test_every_chart_has_title_unit_n_words_and_a_table(sessions: int) -> None:
    for chart in charts.charts(sample_tables(sessions=sessions, minutes=0.5)):
        told = charts.as_json(chart)
        json.dumps(told, allow_nan=False)
        assert told["title"]
        assert told["unit"]
        assert told["text"]
        assert (told["n"] > 0) == (sessions > 0)
        assert told["table"]["columns"] == list(chart.table.columns)
        assert len(told["table"]["rows"]) == len(chart.table)
        assert "you are" not in told["title"].lower() + told["text"].lower()


def test_without_readings_no_title_claims_a_finding() -> None:
    titles = [chart.title for chart in charts.charts(sample_tables(sessions=0))]
    assert all(re.match("No ", title) for title in titles), titles


def test_colours_and_words_are_those_of_the_screen() -> None:
    shown = dict(re.findall(r'^  (\w+): \{ colour: "(#\w+)"', LABELS_JS.read_text(encoding="utf-8"), re.M))
    words = dict(re.findall(r'^  (\w+): \{.*word: "([^"]+)"', LABELS_JS.read_text(encoding="utf-8"), re.M))
    shown["uncertain"] = charts.COLOURS["uncertain"]  # hatched there
    assert shown == charts.COLOURS
    assert words == charts.WORDS


def test_what_is_told_of_a_study_holds_every_chart_and_a_caution() -> None:
    told = charts.describe(sample_tables(sessions=1, minutes=0.5))
    assert [chart["name"] for chart in told["charts"]] == [make.__name__ for make in charts.CHARTS]
    assert "not a feeling" in told["notice"]


def test_quality_is_drawn_on_the_whole_of_its_scale() -> None:
    assert charts.quality(sample_tables(sessions=1, minutes=0.5)).figure.layout.xaxis.range == (0, 1)
