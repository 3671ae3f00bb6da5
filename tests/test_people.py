"""What a person may allow, and what for."""

from __future__ import annotations

from typing import get_args

from core.people import PURPOSES, REFUSED_PURPOSES, SCOPES, Scope


def test_scopes_are_listed_as_they_are_typed() -> None:
    assert get_args(Scope) == SCOPES


def test_work_and_education_are_no_purposes() -> None:
    assert {"workplace", "education"} == set(REFUSED_PURPOSES)
    assert not set(REFUSED_PURPOSES) & set(PURPOSES)
