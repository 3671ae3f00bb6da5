"""The notebook runs on a bundle and reproduces each chart's table."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from core.analysis.charts import CHARTS
from core.exports.bundle import EXPORT
from core.synthetic.study import sample_tables

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the kernel's own packages
def test_the_notebook_reproduces_every_chart_of_a_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat
    from nbclient import NotebookClient

    tables = sample_tables(seed=3, sessions=2, minutes=1)
    (tmp_path / "sample.zip").write_bytes(EXPORT.write(tables))
    monkeypatch.setenv("ATTUNE_BUNDLE", str(tmp_path / "sample.zip"))
    monkeypatch.setenv("OUT", str(tmp_path))
    notebook = nbformat.read(ROOT / "notebooks" / "session_analytics.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "outputs are not committed"
    names = ", ".join(repr(make.__name__) for make in CHARTS)
    save = f"for name in [{names}]:\n"
    save += "    globals()[name].to_json(Path(os.environ['OUT']) / f'{name}.json', double_precision=12)"
    notebook.cells.append(nbformat.v4.new_code_cell(save))
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT / "notebooks")}}).execute()
    for make in CHARTS:
        seen = pd.read_json(tmp_path / f"{make.__name__}.json")
        expected = pd.read_json(io.StringIO(make(tables).table.to_json(double_precision=12)))
        pd.testing.assert_frame_equal(seen, expected)
