"""The command writes a bundle that opens again."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.commands.sample import main
from core.exports.bundle import read_bundle


@pytest.mark.slow
def test_a_bundle_of_the_sample_study_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "study.zip"
    assert main(["--out", str(out)]) == 0
    tables = read_bundle(out.read_bytes())
    assert list(tables.sessions["session_id"]) == ["sample-1", "sample-2", "sample-3"]
    assert "nobody was recorded" in capsys.readouterr().out
