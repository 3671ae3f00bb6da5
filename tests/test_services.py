"""What every door shares, and how a REST file says what it adds."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from core import rest
from core.plugins import discover
from core.services import Routes

NO_ROUTES = {"__init__", "door", "guard"}
"""files of core/rest that stand before the routes"""


def test_every_rest_file_defines_routes_under_its_own_name() -> None:
    files = {path.stem for path in Path(rest.__path__[0]).glob("*.py")} - NO_ROUTES
    found = discover("core.rest", "ROUTES")
    assert set(found) == files
    assert all(isinstance(routes, Routes) for routes in found.values())


def test_routes_cannot_be_changed_once_they_are_found() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        discover("core.rest", "ROUTES")["history"].name = "another"
