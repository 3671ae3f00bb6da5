"""The accuracy tables: Markdown, what is written beside them, and the sidecar's headline figures."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from models.training import evaluate
from models.training.evaluate import WEIGHTS, circumstances, commit_name, percent, table, write_figures


def test_shares_are_percentages_and_a_missing_one_is_a_dash() -> None:
    assert (percent(0.1234), percent(1.0), percent(None)) == ("12.3", "100.0", "-")


def test_table_has_a_rule_under_its_header() -> None:
    assert table(["a", "b"], [["1", "2"]]).splitlines() == ["| a | b |", "| --- | --- |", "| 1 | 2 |"]


def test_figures_can_be_repeated_from_what_is_told() -> None:
    told = circumstances()
    assert set(told) == {"date", "machine", "commit", "python", "packages", "seed", "command"}
    assert told["commit"]
    assert "numpy" in told["packages"]


def test_commit_is_unknown_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_name() == "unknown"


def test_headline_figures_go_beside_the_other_facts(tmp_path: Path) -> None:
    shutil.copy(WEIGHTS / "face_compact.json", tmp_path)
    before = json.loads((tmp_path / "face_compact.json").read_text())
    heads = {head: {"plain": {"accuracy": 0.5}} for head in ("logits", "logits_votes", "logits_live")}
    live = {"conditions": {"clean": {"whole": {"uar": 0.25}}}}
    write_figures({"fer2013": {"heads": heads}, "photographs": live, "abstention": {"coverage": 0.75}}, tmp_path)
    after = json.loads((tmp_path / "face_compact.json").read_text())
    assert {**after, "figures": None} == {**before, "figures": None}
    assert sorted(after["figures"].values()) == [0.25, 0.5, 0.5, 0.5, 0.75]


def test_one_kind_is_measured_written_and_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds = {
        "voice": (lambda: {"uar": 1}, lambda told: f"# {told}\n"),
        "text": (lambda: pytest.fail("not asked for"), str),
    }
    monkeypatch.setattr(evaluate, "KINDS", kinds)
    monkeypatch.setattr(sys, "argv", ["evaluate", "--only", "voice", "--results", str(tmp_path)])
    evaluate.main()
    made = {path.suffix: path.read_text() for path in tmp_path.iterdir()}
    assert json.loads(made[".json"]) == {"uar": 1}
    assert made[".md"] == capsys.readouterr().out == "# {'uar': 1}\n"
