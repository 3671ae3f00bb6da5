from __future__ import annotations

from pathlib import Path

from core.commands.docs import PARTS, filled, main, reason_codes, scopes, settings_table
from core.record.consent_text import ENGLISH
from core.settings import Settings

PAGE = "# Settings\n\nProse.\n\n<!-- made: settings -->\nnot any more\n<!-- end -->\n\nMore prose.\n"


def test_every_setting_stands_in_the_table_with_its_help() -> None:
    table = settings_table()
    for name, field in Settings.model_fields.items():
        assert f"| `{name}` |" in table
        assert str(field.description) in table


def test_a_secret_default_is_told_as_empty_not_as_stars() -> None:
    assert "| `words_key` | empty |" in settings_table()


def test_filling_keeps_the_prose_and_is_done_once() -> None:
    page = filled(PAGE)
    assert page.startswith("# Settings\n\nProse.\n")
    assert page.endswith("\n\nMore prose.\n")
    assert "not any more" not in page
    assert filled(page) == page


def test_check_tells_a_drifted_page_and_writes_nothing(tmp_path: Path, capsys) -> None:
    (tmp_path / "settings.md").write_text(PAGE)
    assert main(["--check", "--folder", str(tmp_path)]) == 1
    assert "settings.md: drifted" in capsys.readouterr().out
    assert (tmp_path / "settings.md").read_text() == PAGE
    assert main(["--folder", str(tmp_path)]) == 0
    assert main(["--check", "--folder", str(tmp_path)]) == 0


def test_every_scope_stands_in_the_words_that_people_read() -> None:
    for scope in ENGLISH.scopes:
        assert f"| `{scope.name}` | {scope.title} | {scope.text} |" in scopes()


def test_every_part_is_made_and_none_is_empty() -> None:
    assert all(part().strip() for name, part in PARTS.items() if name != "routes")
    assert "| `stale` |" in reason_codes()
