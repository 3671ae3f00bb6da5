"""The whole face run on a CPU with a hundred pictures, cut off and gone on with."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from models.training.distil_face import run
from models.training.export_face import net_of
from models.training.face_pack import write_pack
from tests.models.training.made_up_faces import CPU, TINY, made_up_faces, made_up_photographs
from tests.sources import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_pack(tmp_path / "faces.npz", made_up_faces(100), made_up_faces(20), made_up_photographs(100))
    return tmp_path / "faces.npz"


def rows(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def test_run_leaves_teachers_what_they_say_the_student_and_what_the_folds_say(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(data, out, TINY, CPU)
    names = {"teacher_0.pt", "teachers.npz", "student.pt", "folds.npz", "log.jsonl"}
    assert {path.name for path in out.iterdir()} == names
    with np.load(out / "folds.npz") as folds:
        assert np.isfinite(folds["logits"]).all(axis=1).tolist() == (folds["folds"] == 0).tolist()
        assert folds["public_student"].shape == (20, 7)
    state = torch.load(out / "student.pt", weights_only=True)
    assert float(state["live_frequency"].sum()) == pytest.approx(1, abs=1e-4)
    assert net_of(state).eval()(torch.zeros(1, 1, 48, 48)).live.shape == (1, 7)
    assert any("folds_mean_recall" in row for row in rows(out))


def test_run_that_was_cut_off_goes_on_from_its_teachers(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(data, out, TINY, CPU)
    (out / "log.jsonl").unlink()
    (out / "student.pt").unlink()
    before = (out / "teacher_0.pt").read_bytes()
    run(data, out, TINY, CPU)
    assert (out / "teacher_0.pt").read_bytes() == before
    assert (out / "student.pt").exists()
    assert not [row for row in rows(out) if "teacher" in row]


def test_script_for_a_gpu_runs_from_anywhere_and_says_what_it_lacks(tmp_path: Path) -> None:
    python = ROOT / ".venv" / "bin"
    environment = os.environ | {"PATH": f"{tmp_path}:{python}:{os.environ['PATH']}"}
    done = subprocess.run(
        [ROOT / "models/training/gpu_run.sh", tmp_path, tmp_path / "out"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "faces.npz" in done.stderr
