"""What is written about the app agrees with the app."""

from __future__ import annotations

from pathlib import Path

import yaml

from core.settings import Settings
from core.transports import protocol

ROOT = Path(__file__).parent.parent
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


def test_every_client_message_stands_in_the_readme() -> None:
    for name in protocol.CLIENT_MESSAGES:
        assert f"`{name}`" in README, name


def test_every_make_target_has_a_word_of_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in ("setup", "run", "test", "check", "bench", "evaluate", "train", "models"):
        assert any(line.startswith(f"{target}:") and "##" in line for line in makefile.splitlines()), target


def test_every_screenshot_and_file_the_readme_shows_is_there() -> None:
    import re

    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
