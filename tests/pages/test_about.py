"""The figures on the About page come from the file beside the weights."""

from __future__ import annotations

import json
from types import SimpleNamespace

from pages.about import as_html, figures_of, read_sidecar


def test_figures_are_read_and_written_as_shares():
    facts = {"figures": {"fer2013_privatetest": {"accuracy": 0.7161, "flip": {"accuracy": 0.7222}}, "pictures": 3589}}
    assert figures_of(facts) == [
        ("fer2013 privatetest · accuracy", "71.6 %"),
        ("fer2013 privatetest · flip · accuracy", "72.2 %"),
        ("pictures", "3589"),
    ]


def test_missing_or_broken_sidecar_leaves_the_page_standing(tmp_path):
    assert read_sidecar(tmp_path / "none.json") == {}
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    assert read_sidecar(broken) == {}
    assert "not installed on this server" in as_html({}, SimpleNamespace(is_space=False))


def test_values_of_the_sidecar_cannot_become_markup(tmp_path):
    file = tmp_path / "facts.json"
    file.write_text(json.dumps({"name": "<script>", "training": {}}))
    html = as_html(read_sidecar(file), SimpleNamespace(is_space=False))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_ephemeral_disk_is_told():
    assert "forgets everything" in as_html({}, SimpleNamespace(is_space=True))
