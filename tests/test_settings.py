from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import Settings, read_settings


def test_command_line_wins_over_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_PORT", "1234")
    assert read_settings().port == 1234
    assert read_settings(["--port", "4321"]).port == 4321


def test_host_is_loopback_unless_on_a_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda _self: False)
    monkeypatch.delenv("SPACE_ID", raising=False)
    assert read_settings().host == "127.0.0.1"
    monkeypatch.setenv("SPACE_ID", "someone/attune")
    assert read_settings().host == "0.0.0.0"
    assert read_settings().is_space


@pytest.mark.parametrize(
    "arguments", [["--port", "many"], ["--port", "99999"], ["--weight-face", "2"], ["--tls-cert", "x.pem"]]
)
def test_misfit_names_the_setting(arguments: list[str]) -> None:
    with pytest.raises(SettingsError, match=r"port|weight_face|tls_key"):
        read_settings(arguments)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_help(name: str) -> None:
    assert Settings.model_fields[name].description
