"""The figures on the About page come from the file beside the weights."""

from __future__ import annotations

import json
from types import SimpleNamespace

from core.engines.spec import Figure
from pages.about import as_html, figures_html, read_sidecar

HOME = Figure("other <pictures>", True, "mean recall", 0.776, 0.75, 0.8, 3375)
STRANGERS = Figure("photographs", False, "mean recall", 0.589, 0.53, 0.64, 4090)


def test_figures_at_home_and_on_strangers_stand_side_by_side_with_number_and_interval():
    html = figures_html([HOME, STRANGERS])
    assert html.index("At home") < html.index("On strangers")
    assert "78 %" in html
    assert "53 to 64 %; 4,090 of them" in html
    assert "other &lt;pictures&gt;" in html
    assert figures_html([]) == ""


def test_page_shows_the_figures_of_the_shipped_weights():
    html = as_html(read_sidecar(), SimpleNamespace(is_space=False))
    assert html.count("On strangers") == 2
    assert html.count("At home") == 4


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
