"""Every source file has a test file of its own, found by its name; the `__init__.py` of a package needs none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources import ROOT, module, sources


def mirror_of(source: Path) -> Path:
    """core/x/y.py has tests/x/test_y.py, models and pages keep their folder; leading underscores are dropped."""
    parts = source.relative_to(ROOT).with_suffix("").parts
    folders = [part.lstrip("_") for part in parts[:-1]]
    return ROOT / "tests" / Path(*folders[folders[:1] == ["core"] :]) / f"test_{parts[-1].lstrip('_')}.py"


@pytest.mark.parametrize("source", [path for path in sources() if path.name != "__init__.py"], ids=module)
def test_every_source_file_has_a_test_file_with_tests(source: Path) -> None:
    mirror = mirror_of(source)
    assert mirror.is_file(), f"expected {mirror.relative_to(ROOT)}"
    assert "\ndef test_" in (text := mirror.read_text()) or "async def test_" in text
