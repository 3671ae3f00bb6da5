"""Where core/ could be wrong by a little: every small change there is, and a repeatable choice of them."""

from __future__ import annotations

import ast
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

FLIPPED: dict[type[ast.cmpop], tuple[str, type[ast.cmpop]]] = {
    ast.Lt: ("boundary", ast.LtE),
    ast.LtE: ("boundary", ast.Lt),
    ast.Gt: ("boundary", ast.GtE),
    ast.GtE: ("boundary", ast.Gt),
    ast.Eq: ("comparison", ast.NotEq),
    ast.NotEq: ("comparison", ast.Eq),
    ast.In: ("comparison", ast.NotIn),
    ast.NotIn: ("comparison", ast.In),
    ast.Is: ("comparison", ast.IsNot),
    ast.IsNot: ("comparison", ast.Is),
}
OTHER: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
}
SAME_EITHER_WAY = {"max", "min", "isinstance", "gcd"}
"""their order of arguments means nothing, or breaks at once"""
SAYS_ONLY = {"log", "print"}
"""what a log says is not what the house does"""
NOT_RUN = {"annotation", "returns", "decorator_list", "bases"}

Change = tuple[str, ast.AST, str]
"""kind, the node that is replaced, and by what text"""


@dataclass(frozen=True)
class Place:
    """One small change of one file."""

    path: str
    """from the root of the tree"""
    within: str
    """names of the classes and functions around it, with dots"""
    kind: str
    start: int
    end: int
    """bytes of the file that are replaced"""
    line: int
    was: str
    becomes: str
    number: int
    """which of the same changes within the same function, from 0"""

    @property
    def key(self) -> str:
        """The same as long as the function keeps that piece, wherever in its file it stands."""
        told = "\0".join((self.path, self.within, self.kind, self.was, self.becomes, str(self.number)))
        return hashlib.sha256(told.encode()).hexdigest()[:10]

    def applied(self, source: bytes) -> bytes:
        """The file with the change in it."""
        return source[: self.start] + self.becomes.encode() + source[self.end :]


def choose(places: list[Place], count: int, seed: int) -> list[Place]:
    """`count` of them, the kinds in turn, so that numbers in tables do not outweigh decisions."""
    kinds: dict[str, list[Place]] = defaultdict(list)
    for place in sorted(places, key=lambda place: hashlib.sha256(f"{seed} {place.key}".encode()).digest()):
        kinds[place.kind].append(place)
    in_turn = chain.from_iterable(zip_longest(*(kinds[kind] for kind in sorted(kinds))))
    return [place for place in in_turn if place is not None][:count]


def places_of(root: Path, path: Path) -> list[Place]:
    """All of one file that still parse when changed."""
    source = path.read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    seen: dict[tuple[str, ...], int] = defaultdict(int)
    found = []
    for within, (kind, node, becomes) in _changes(ast.parse(source), ""):
        start, end = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        was = source[start:end].decode()
        number = seen[within, kind, was, becomes]
        seen[within, kind, was, becomes] += 1
        name = str(path.relative_to(root))
        found.append(Place(name, within, kind, start, end, node.lineno, was, becomes, number))  # type: ignore[attr-defined]
    return found


def _changes(node: ast.AST, within: str) -> Iterator[tuple[str, Change]]:
    """Depth first. Pieces of f-strings have no places of their own before Python 3.12, and annotations never run."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        within = f"{within}.{node.name}".lstrip(".")
    for change in [] if _is_type_or_log(node) else _of(node):
        yield within, change
    for field, value in ast.iter_fields(node):
        if field in NOT_RUN or isinstance(value, ast.JoinedStr) or _is_type_or_log(node):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                yield from _changes(child, within)


def _is_type_or_log(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return ast.unparse(node.test) in {"TYPE_CHECKING", "__name__ == '__main__'"}
    is_said = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _first_name(node.value) in SAYS_ONLY
    is_alias = isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript | ast.BinOp) and _is_type(node)
    return is_said or is_alias


def _is_type(node: ast.Assign) -> bool:
    """An alias such as `Change = tuple[...]`: a capital and small letters."""
    target = node.targets[0]
    return isinstance(target, ast.Name) and target.id[:1].isupper() and not target.id.isupper() and "_" not in target.id


def _first_name(call: ast.Call) -> str:
    named: ast.AST = call.func
    while isinstance(named, ast.Attribute):
        named = named.value
    return named.id if isinstance(named, ast.Name) else ""


def _of(node: ast.AST) -> list[Change]:
    make: Callable[..., list[Change]] | None = _MAKERS.get(type(node))
    return [] if make is None else make(node)


def _compare(node: ast.Compare) -> list[Change]:
    kind, flipped = FLIPPED[type(node.ops[0])]
    return [(kind, node, f"({ast.unparse(ast.Compare(node.left, [flipped(), *node.ops[1:]], node.comparators))})")]


def _constant(node: ast.Constant) -> list[Change]:
    if isinstance(node.value, bool):
        return [("boolean", node, str(not node.value))]
    if not isinstance(node.value, int | float):
        return []
    is_scaled = isinstance(node.value, float) and node.value != 0
    return [("constant", node, f"({node.value * 10!r})" if is_scaled else f"({node.value + 1!r})")]


def _bool_op(node: ast.BoolOp) -> list[Change]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    return [("boolean", node, f"({ast.unparse(ast.BoolOp(other, node.values))})")]


def _unary(node: ast.UnaryOp) -> list[Change]:
    return [("boolean", node, f"({ast.unparse(node.operand)})")] if isinstance(node.op, ast.Not) else []


def _condition(node: ast.If | ast.IfExp) -> list[Change]:
    return [("condition", node.test, f"(not ({ast.unparse(node.test)}))")]


def _statement(node: ast.Expr) -> list[Change]:
    called = node.value.value if isinstance(node.value, ast.Await) else node.value
    is_call = isinstance(called, ast.Call) and _first_name(called) not in SAYS_ONLY
    return [("call removed", node, "pass")] if is_call else []


def _call(node: ast.Call) -> list[Change]:
    if len(node.args) < 2 or _first_name(node) in SAYS_ONLY | SAME_EITHER_WAY:
        return []
    first, second, *rest = node.args
    if any(isinstance(argument, ast.Starred) for argument in (first, second)):
        return []
    return [("arguments", node, ast.unparse(ast.Call(node.func, [second, first, *rest], node.keywords)))]


def _return(node: ast.Return) -> list[Change]:
    is_none = node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None)
    return [] if is_none else [("return", node, "return None")]


def _arithmetic(node: ast.BinOp) -> list[Change]:
    other = OTHER.get(type(node.op))
    is_words = any(
        isinstance(side, ast.JoinedStr | ast.Constant) and _is_text(side) for side in (node.left, node.right)
    )
    if other is None or is_words:
        return []
    return [("arithmetic", node, f"({ast.unparse(ast.BinOp(node.left, other(), node.right))})")]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))


_MAKERS: dict[type[ast.AST], Callable[..., list[Change]]] = {
    ast.Compare: _compare,
    ast.Constant: _constant,
    ast.BoolOp: _bool_op,
    ast.UnaryOp: _unary,
    ast.If: _condition,
    ast.IfExp: _condition,
    ast.Expr: _statement,
    ast.Call: _call,
    ast.Return: _return,
    ast.BinOp: _arithmetic,
}
