"""The table says what was tried, what was noticed, and what was not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mutation import report


def one(verdict: str, kind: str = "return") -> dict[str, Any]:
    place = {
        "path": "core/x.py",
        "line": 7,
        "within": "f",
        "kind": kind,
        "was": "return a | b",
        "becomes": "return None",
    }
    return {**place, "verdict": verdict, "is_again": False}


def test_share_leaves_out_what_cannot_be_noticed_and_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "EQUIVALENT", {"same": "it is a cache", "caught after all": "not so"})
    tried = {"a": one("caught"), "b": one("waited"), "c": one("survived", "boolean"), "same": one("survived")}
    tried["caught after all"] = one("caught") | {"is_again": True}
    told = {"when": "today", "commit": "abc", "seed": 1, "all": 900, "chosen": 200, "tried": tried}
    text = report.table(told)
    assert "5 of 200 chosen places" in text
    assert "**3 were caught (75 %)**, 1 survived" in text
    assert "Of the caught ones 1 survived\nat first" in text
    assert r"| `core/x.py:7` f | boolean | `return a \| b` | `return None` |" in text
    assert r"| `core/x.py:7` f | `return a \| b` | `return None` | it is a cache |" in text
    assert "| return | 3 | 3 |" in text
