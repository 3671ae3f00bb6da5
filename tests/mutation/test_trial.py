"""Which tests are asked, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation.trial import KILLED, Tree, files_importing


def test_tests_that_name_a_file_come_before_those_that_meet_it_through_another() -> None:
    files = files_importing("core/estimation/baseline.py")
    assert files[0] == "tests/estimation/test_baseline.py"
    assert "tests/live/test_judge.py" in files
    assert not [name for name in files if name.startswith("tests/browser")]


@pytest.mark.slow
def test_patience_gives_a_slow_machine_the_time_that_a_fast_one_would_not_need(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    (tree.root / "tests/test_waits.py").write_text("import time\n\ndef test_waits():\n    time.sleep(3)\n")
    assert tree._run(["tests/test_waits.py"], "not slow", 1.0)[0] == KILLED
    tree.patience = 60
    assert tree._run(["tests/test_waits.py"], "not slow", 1.0)[0] == 0
