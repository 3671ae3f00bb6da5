"""Which tests are asked, and in which order."""

from __future__ import annotations

from tests.mutation.trial import files_importing


def test_tests_that_name_a_file_come_before_those_that_meet_it_through_another() -> None:
    files = files_importing("core/estimation/baseline.py")
    assert files[0] == "tests/estimation/test_baseline.py"
    assert "tests/live/test_judge.py" in files
    assert not [name for name in files if name.startswith("tests/browser")]
