"""The source files of the house, for tests about its shape."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("core", "models", "pages")


def sources() -> list[Path]:
    """app.py and every Python file of the three folders."""
    return [ROOT / "app.py", *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))]


def module(path: Path) -> str:
    """The dotted name it is imported by."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
