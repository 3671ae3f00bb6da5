"""What every door shares, and how a REST file says what it adds."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import create_api
from core import rest
from core.plugins import discover
from core.services import VERSION, Routes, Services
from core.settings import Settings
from tests.sources import ROOT

NO_ROUTES = {"__init__", "access_log", "aside", "authentication", "bodies", "connections", "guard", "proxies"}
NO_ROUTES |= {"consent_fields", "rate_limits", "security_headers", "streams", "tries", "uploads"}
"""files of core/rest that stand before the routes"""


def test_every_rest_file_defines_routes_under_its_own_name() -> None:
    files = {path.stem for path in Path(rest.__path__[0]).glob("*.py")} - NO_ROUTES
    found = discover("core.rest", "ROUTES", Routes)
    assert set(found) == files
    assert all(isinstance(routes, Routes) for routes in found.values())


def test_routes_cannot_be_changed_once_they_are_found() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        discover("core.rest", "ROUTES", Routes)["history"].name = "another"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Of an app that was never started."""
    made: Services = create_api(Settings(data_dir=tmp_path)).state.services
    yield made
    made.accounts.passwords.close()
    made.store.close()


def test_version_is_that_of_the_package() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


def test_rooms_of_one_app_are_joined_to_each_other_and_not_ready_before_its_engines(services: Services) -> None:
    assert services.sessions.parts.engines is services.engines
    assert services.sessions.parts.replies is services.talk
    assert services.sessions.parts.metrics is services.metrics
    assert not services.is_ready
