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


AT_LEAST_ONE = ("guests_per_minute", "max_messages_per_s", "max_sessions", "retention_days", "logins_per_minute")
ABOVE_ZERO = ("max_message_mb", "max_picture_mp", "max_clip_mb", "max_clip_minutes")


@pytest.mark.parametrize(("names", "least"), [(AT_LEAST_ONE, "1"), (ABOVE_ZERO, "0.5")])
def test_the_smallest_that_makes_sense_is_taken_and_nothing_is_refused(names: tuple[str, ...], least: str) -> None:
    for name in names:
        option = "--" + name.replace("_", "-")
        assert getattr(read_settings([option, least]), name) == float(least)
        with pytest.raises(SettingsError, match=name):
            read_settings([option, "0"])


def test_settings_stay_as_they_were_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings([]).port = 1
