"""The exception tree is what its docstring says, and each leaf answers with a status of its own class."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from core import errors
from core.errors import AppError, Limit, Refused, Taken, TooLarge, Unauthorised
from tests.sources import module, parsed, sources

LINE = re.compile(r"^( *)(\w+)(?: +(\d{3}))?", re.MULTILINE)


def described() -> dict[str, tuple[str, int | None]]:
    """Class name to the name it stands under and the status written beside it."""
    found: dict[str, tuple[str, int | None]] = {}
    above: list[str] = ["Exception"]
    tree = (errors.__doc__ or "").split("\n\n")[1]
    for indent, name, status in LINE.findall(tree):
        depth = len(indent) // 2
        del above[depth + 1 :]
        found[name] = (above[-1], int(status) if status else None)
        above.append(name)
    return found


def test_docstring_shows_the_tree_as_it_is() -> None:
    classes = {n: c for n, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, AppError)}
    assert {name: cls.__mro__[1].__name__ for name, cls in classes.items()} == {
        n: up for n, (up, _) in described().items()
    }
    for name, (_, status) in described().items():
        assert status in (None, classes[name].status), name


@pytest.mark.parametrize(
    ("error", "caught_as", "status", "code"),
    [
        (Unauthorised("who are you"), Refused, 401, "unauthorised"),
        (TooLarge("less"), Limit, 413, "too_large"),
        (Taken("another", "username_taken"), errors.SessionError, 409, "username_taken"),
    ],
)
def test_narrower_error_is_caught_as_the_wider_one(
    error: AppError, caught_as: type[AppError], status: int, code: str
) -> None:
    assert isinstance(error, caught_as)
    assert (error.status, error.code) == (status, code)
    assert error.message == str(error)


@pytest.mark.parametrize("path", sources(), ids=module)
def test_no_status_is_patched_onto_an_error(path: Path) -> None:
    """A status is a class of its own, so that a door can catch it."""
    for node in ast.walk(parsed(path)):
        targets = node.targets if isinstance(node, ast.Assign) else []
        assert not [t for t in targets if isinstance(t, ast.Attribute) and t.attr == "status"], node.lineno
