"""Everything fits on a screen: how long functions and files may be."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

import pytest

from tests.sources import ROOT, module, parsed, sources

LONGEST_FUNCTION, LONGEST_FILE = 60, 420
MEDIAN_FUNCTION = 7


def function_lines(path: Path) -> dict[str, int]:
    """Lines of each function from `def` to its end, by name and place; a nested one counts by itself too."""
    found = (node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {f"{node.name}:{node.lineno}": (node.end_lineno or node.lineno) - node.lineno + 1 for node in found}


@pytest.mark.parametrize("path", sources(), ids=module)
def test_no_function_and_no_file_is_too_long(path: Path) -> None:
    lines = function_lines(path)
    assert {name: count for name, count in lines.items() if count > LONGEST_FUNCTION} == {}
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_of_tests_is_too_long_to_be_about_one_subject(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


def test_half_of_all_functions_are_shorter_than_a_paragraph() -> None:
    lines = [count for path in sources() for count in function_lines(path).values()]
    print(f"median of {len(lines)} functions: {median(lines)} lines")
    assert median(lines) <= MEDIAN_FUNCTION
