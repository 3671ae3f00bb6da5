"""The front end's own checks, as `make check` runs them: form, linter, types, lengths."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pages import STATIC

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "node_modules" / ".bin"
LONGEST_LINE = 120
LONGEST_FILE = 420


def run_tool(*command: str) -> None:
    """Fails with the tool's own words; the tools come with `make setup-dev` (npm)."""
    tool = TOOLS / command[0]
    assert tool.exists(), f"{command[0]} is missing; run: npm install --no-package-lock"
    done = subprocess.run([tool, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_form_is_the_formatters():
    run_tool("oxfmt", "--check", "pages/static")


@pytest.mark.slow
def test_linter_finds_nothing():
    run_tool("oxlint", "-f", "unix")


@pytest.mark.slow
def test_types_fit_together():
    run_tool("tsc", "--pretty", "false")


@pytest.mark.parametrize("kind", ["js", "css"])
def test_no_file_and_no_line_is_too_long(kind):
    for file in STATIC.rglob(f"*.{kind}"):
        lines = file.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= LONGEST_FILE, file.name
        assert max(map(len, lines)) <= LONGEST_LINE, f"{file.name}: {max(lines, key=len)}"
