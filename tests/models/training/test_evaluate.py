"""The accuracy tables: Markdown, what is written beside them, and the sidecar's headline figures."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from core.engines.spec import figures_of
from models._sidecar import WEIGHTS
from models.training import evaluate
from models.training.evaluate import Kind, circumstances, commit_name, percent, table
from models.training.exported import keep_measured


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


JUDGED = {"uar": 0.51234, "uar_interval": {"low": 0.4, "high": 0.6}, "pictures": 70}
CLEAN = {"conditions": {"clean": {"whole": JUDGED}}}
MEASURED = {
    "face": (
        "face_compact",
        {"weights": {}, "fer2013": {"heads": {"logits_live": {"plain": JUDGED}}}, "photographs": CLEAN},
    ),
    "voice": ("voice_rows", {"sets": {name: {"recordings": JUDGED} for name in ("RAVDESS", "TESS")}}),
    "text": ("text_compact", {"sets": {name: {"with_rules": JUDGED} for name in ("goemotions test", "meld valid")}}),
}


@pytest.mark.parametrize("kind", MEASURED)
def test_figures_at_home_and_on_strangers_go_beside_the_other_facts(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, result = MEASURED[kind]
    shutil.copy(WEIGHTS / f"{name}.json", tmp_path)
    before = json.loads((tmp_path / f"{name}.json").read_text())
    monkeypatch.setattr(evaluate, "keep_measured", lambda name, rows: keep_measured(name, rows, tmp_path))
    evaluate.KINDS[kind].keep(result)
    after = json.loads((tmp_path / f"{name}.json").read_text())
    assert {**after, "measured": None, "figures": None} == {**before, "measured": None, "figures": None}
    home, other = figures_of(after)
    assert (home.at_home, other.at_home) == (True, kind == "text")
    assert (home.value, home.low, home.high, home.count) == (0.5123, 0.4, 0.6, 70)


def test_photographs_that_trained_the_face_net_are_no_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[list[dict[str, object]]] = []
    monkeypatch.setattr(evaluate, "keep_measured", lambda _, rows: kept.append(rows))
    _, result = MEASURED["face"]
    evaluate.KINDS["face"].keep({**result, "weights": {"strangers": JUDGED | {"uar": 0.25}}})
    assert [row["value"] for row in kept[0]] == [0.5123, 0.25]


def test_one_kind_is_measured_written_printed_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept: list[dict[str, object]] = []
    kinds = {
        "voice": Kind(lambda: {"uar": 1}, lambda told: f"# {told}\n", kept.append),
        "text": Kind(lambda: pytest.fail("not asked for"), str),
    }
    monkeypatch.setattr(evaluate, "KINDS", kinds)
    monkeypatch.setattr(sys, "argv", ["evaluate", "--only", "voice", "--results", str(tmp_path)])
    evaluate.main()
    made = {path.suffix: path.read_text() for path in tmp_path.iterdir()}
    assert json.loads(made[".json"]) == {"uar": 1}
    assert made[".md"] == capsys.readouterr().out == "# {'uar': 1}\n"
    assert kept == [{"uar": 1}]
