"""`make models`: one line an engine, and a status that says whether the chosen ones can be used."""

from __future__ import annotations

import pytest

from core.commands.models import main
from core.engines.registry import find_engines


@pytest.fixture(autouse=True)
def _no_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["models"])


@pytest.mark.slow
def test_every_engine_has_a_line_with_its_licence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    told = capsys.readouterr().out
    for name, engine in find_engines().items():
        (line,) = [line for line in told.splitlines() if f" {name} " in line]
        assert line.startswith(engine.spec.kind)
    assert told.count("licence: ") == len(find_engines())


def test_unknown_engine_in_the_settings_is_one_line_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATTUNE_FACE_ENGINE", "face_of_nobody")
    assert main() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "face_of_nobody" in line
    assert "face_compact" in line
