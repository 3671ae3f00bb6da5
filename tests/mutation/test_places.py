"""What counts as a small change, and that the choice of them is the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation.places import Place, choose, places_of

SOURCE = '''"""Words."""
def grade(count: int = 3, *, is_kind: bool = True) -> float | None:
    """More words, and 7."""
    log.info("graded %d", count + 1)
    note(count, is_kind)
    if count < 2 and not is_kind:
        return None
    return f"{count * 2}" if count == 4 else count * 0.5
'''


def found(folder: Path, source: str = SOURCE) -> list[Place]:
    (folder / "grade.py").write_text(source)
    return places_of(folder, folder / "grade.py")


def test_each_kind_of_change_is_found_and_words_logs_and_annotations_are_left_alone(tmp_path: Path) -> None:
    assert sorted((place.kind, place.was, place.becomes) for place in found(tmp_path)) == [
        ("arguments", "note(count, is_kind)", "note(is_kind, count)"),
        ("arithmetic", "count * 0.5", "(count / 0.5)"),
        ("boolean", "True", "False"),
        ("boolean", "count < 2 and not is_kind", "(count < 2 or not is_kind)"),
        ("boolean", "not is_kind", "(is_kind)"),
        ("boundary", "count < 2", "(count <= 2)"),
        ("call removed", "note(count, is_kind)", "pass"),
        ("comparison", "count == 4", "(count != 4)"),
        ("condition", "count < 2 and not is_kind", "(not (count < 2 and (not is_kind)))"),
        ("condition", "count == 4", "(not (count == 4))"),
        ("constant", "0.5", "(5.0)"),
        ("constant", "2", "(3)"),
        ("constant", "3", "(4)"),
        ("constant", "4", "(5)"),
        ("return", 'return f"{count * 2}" if count == 4 else count * 0.5', "return None"),
    ]


def test_every_change_still_parses_and_changes_the_file(tmp_path: Path) -> None:
    source = SOURCE.replace("Words", "Wörter").encode()
    for place in found(tmp_path, source.decode()):
        changed = place.applied(source)
        compile(changed, "grade.py", "exec")
        assert changed != source


def test_keys_stay_when_lines_move_and_tell_all_places_apart(tmp_path: Path) -> None:
    keys = [place.key for place in found(tmp_path)]
    assert len(set(keys)) == len(keys)
    assert [place.key for place in found(tmp_path, "import this\n\n" + SOURCE)] == keys


def test_choice_is_the_same_each_time_and_takes_the_kinds_in_turn(tmp_path: Path) -> None:
    places = found(tmp_path)
    chosen = choose(places, 8, 10)
    assert chosen == choose(list(reversed(places)), 8, 10)
    assert len({place.kind for place in chosen}) == 8
    assert len(choose(places, 100, 10)) == len(places)


@pytest.mark.parametrize("still", ["if TYPE_CHECKING:\n    x = 1\n", '@dataclass(slots=True)\nclass A:\n    """1"""\n'])
def test_what_never_runs_is_no_place(tmp_path: Path, still: str) -> None:
    assert found(tmp_path, still) == []
