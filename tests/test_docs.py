"""What is written about the app agrees with the app."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from core.commands.docs import PARTS, filled
from core.settings import Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_front_matter_is_the_space_of_spaces_yaml() -> None:
    front = yaml.safe_load(README.split("---\n")[1])
    facts = yaml.safe_load((ROOT / "spaces.yaml").read_text(encoding="utf-8"))
    assert front == facts["space"]
    assert facts["port"] == Settings.model_fields["port"].default
    assert (ROOT / front["app_file"]).is_file()


def test_space_runs_the_pinned_gradio() -> None:
    front = yaml.safe_load(README.split("---\n")[1])
    assert f"gradio[oauth]=={front['sdk_version']}" in (ROOT / "requirements.txt").read_text()


def test_every_requirement_is_pinned_and_says_why() -> None:
    for file in ROOT.glob("requirements*.txt"):
        for line in file.read_text().splitlines():
            if line and not line.startswith(("#", "-r")):
                assert "==" in line, f"{file.name}: {line} is not pinned"
                assert "#" in line, f"{file.name}: {line} does not say why"


def test_docs_agree_with_the_code() -> None:
    """Fields, notes and defaults of every message, routes, reason codes, settings: made by `make docs`."""
    for path in sorted(DOCS.glob("*.md")):
        page = path.read_text(encoding="utf-8")
        if filled(page) != page:
            pytest.fail(f"docs/{path.name} has drifted from the code; run: make docs")


def test_every_made_part_stands_on_a_page() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in DOCS.glob("*.md"))
    assert set(re.findall(r"<!-- made: (\w+) -->", pages)) == set(PARTS)


def test_every_make_target_has_a_word_of_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in ("setup", "run", "test", "check", "bench", "evaluate", "train", "models", "docs"):
        assert any(line.startswith(f"{target}:") and "##" in line for line in makefile.splitlines()), target


def test_every_screenshot_and_file_the_readme_shows_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
