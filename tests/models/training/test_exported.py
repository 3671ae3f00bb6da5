from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs requirements-train.txt")

from models.training.exported import export_from_shell, write_facts


def test_an_export_from_the_shell_writes_both_files_beside_the_net_and_prints_the_facts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = {"name": "net", "sha256": "ab" * 32}

    def export(checkpoint: Path, folder: Path) -> Path:
        assert checkpoint == Path("best.pt")
        write_facts(folder / "net.onnx", facts)
        return folder / "net.onnx"

    monkeypatch.setattr("sys.argv", ["export", "best.pt", "--folder", str(tmp_path)])
    export_from_shell("what it does", export)
    assert json.loads((tmp_path / "net.json").read_text()) == facts == json.loads(capsys.readouterr().out)
    assert (tmp_path / "net.sha256").read_text() == f"{'ab' * 32}  net.onnx\n"


def test_an_export_without_a_checkpoint_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["export"])
    with pytest.raises(SystemExit, match="2"):
        export_from_shell(None, lambda checkpoint, folder: folder)
    assert "checkpoint" in capsys.readouterr().err
