from __future__ import annotations

import re
from pathlib import Path

import pytest

from core import errors
from core.commands.docs_errors import error_codes
from core.errors import Limit, NotFound


@pytest.fixture(scope="module")
def table() -> list[str]:
    return error_codes().splitlines()


def test_codes_stand_with_the_status_of_their_class(table: list[str]) -> None:
    lines = {line.split("|")[2]: line.split("|")[1].strip() for line in table[2:]}
    status = {code.strip(" `"): told for codes, told in lines.items() for code in codes.split(",")}
    assert status["not_found"] == str(NotFound.status)
    assert status["server_full"] == str(Limit.status)
    assert status["no_scope"] == "403"


def test_a_code_is_told_with_one_status(table: list[str]) -> None:
    """A client that reads the code need not look at the status too."""
    told: dict[str, set[str]] = {}
    for line in table[2:]:
        _, status, codes, *_ = line.split("|")
        for code in codes.split(","):
            told.setdefault(code.strip(" `"), set()).add(status.strip())
    assert {code: sorted(statuses) for code, statuses in told.items() if len(statuses) > 1} == {}


def test_faults_are_told_without_a_status(table: list[str]) -> None:
    assert "`history_paused`" in table[-1]


def test_every_line_says_what_it_means(table: list[str]) -> None:
    assert all(line.split("|")[3].strip() for line in table)


def test_codes_that_are_put_together_stand_above_the_table() -> None:
    """Nobody can count them up, so their beginnings are told in words."""
    core = Path(errors.__file__).parent
    begun = {
        word for path in core.rglob("*.py") for word in re.findall(r'omplain\(f"(\w+_)\{', path.read_text("utf-8"))
    }
    page = (core.parent / "docs" / "protocol.md").read_text("utf-8")
    assert len(begun) > 2
    assert {word for word in begun if f"`{word}`" not in page} == set()
