"""The audit of known holes: asked only where the advisories can be reached, and its answer is handed on."""

from __future__ import annotations

import socket
import subprocess

import pytest

from core.commands import audit


class Reached:
    def close(self) -> None:
        """Nothing was opened."""


def refuse(*_: object) -> None:
    raise OSError("no network")


def test_unreachable_advisories_are_said_and_break_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("nothing can be asked"))
    assert audit.main() == 0
    assert "audit skipped" in capsys.readouterr().out


@pytest.mark.parametrize("status", [0, 1])
def test_status_of_the_audit_is_handed_on(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], check: bool) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, status)

    monkeypatch.setattr(socket, "create_connection", lambda *_: Reached())
    monkeypatch.setattr(subprocess, "run", run)
    assert audit.main() == status
    assert str(audit.REQUIREMENTS) in asked[0]
    assert audit.REQUIREMENTS.is_file()
