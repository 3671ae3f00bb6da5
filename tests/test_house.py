"""The shape of the house: imports go one way, and nothing heavy is imported before it is needed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from core.engines.registry import find_engines
from core.plugins import discover
from core.services import Routes
from tests.sources import ROOT, module, parsed, sources

HEAVY = {"av", "cv2", "onnx", "onnxruntime", "joblib", "duckdb", "pandas", "gradio", "torch", "plotly", "pyarrow"}

LAYERS = {
    "core": 0,
    "core.estimation": 1,
    "core.engines": 2,
    "core.record": 2,
    "core.companion": 3,
    "core.exports": 3,
    "core.analysis": 3,
    "core.live": 4,
    "core.services": 5,
    "core.acts": 6,
    "core.synthetic": 6,
    "core.transports": 7,
    "models": 7,
    "core.rest": 8,
    "pages": 9,
    "core.commands": 11,
    "app": 10,
}
MAY_NOT_KNOW = [
    ("core.live", "core.record"),
    ("core.engines", "core.record"),
    ("core.record", "core.engines"),
    ("core.rest", "models"),
    ("core.transports", "models"),
    ("models", "core.transports"),
    ("models", "pages"),
    ("pages", "models"),
    ("pages", "core.transports"),
]
"""allowed by layer, and forbidden all the same"""


def _place(name: str) -> str | None:
    """The room a module is in: the longest name in LAYERS that it starts with."""
    rooms = [room for room in LAYERS if name == room or name.startswith(room + ".")]
    return max(rooms, key=len, default=None)


def _imports(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", sources(), ids=module)
def test_imports_go_one_way(path: Path) -> None:
    here = _place(module(path))
    assert here is not None
    for name in _imports(parsed(path)):
        there = _place(name)
        if there is None or there == here:
            continue
        assert LAYERS[there] < LAYERS[here] or here == "app", f"{module(path)} ({here}) imports {name} ({there})"
        assert (here, there) not in MAY_NOT_KNOW, f"{here} must not know {there}: {module(path)} imports {name}"


def test_no_modules_import_each_other_in_a_circle() -> None:
    """At module level: what a function imports when it runs, or a type checker alone, makes no circle."""
    known = {module(path) for path in sources()}
    wants = {
        module(path): known & {*named, *(name.rpartition(".")[0] for name in named)} - {module(path)}
        for path, named in ((path, _imports_when_loaded(parsed(path))) for path in sources())
    }
    assert list(TopologicalSorter(wants).static_order())


def _imports_when_loaded(tree: ast.Module) -> set[str]:
    """Names imported outside of functions and of TYPE_CHECKING blocks."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= _imports(node)
    return names


@pytest.mark.parametrize("path", [p for p in sources() if "training" not in p.parts], ids=module)
def test_heavy_packages_are_not_imported_at_module_level(path: Path) -> None:
    tree = parsed(path)
    for node in tree.body:
        for name in _imports(node) if isinstance(node, ast.Import | ast.ImportFrom) else set():
            assert name.split(".")[0] not in HEAVY, f"{module(path)} imports {name} at module level"


UNSTEADY = {"asyncio", "threading", "time", "datetime", "logging", "os", "pathlib", "random", "secrets", "uuid"}


def _is_pure(path: Path) -> bool:
    """All of core/estimation, and every file whose docstring says so."""
    told = ast.get_docstring(parsed(path)) or ""
    return "estimation" in path.parts or re.search(r"\bpure\b", told, re.IGNORECASE) is not None


def test_files_that_call_themselves_pure_are_held_to_it() -> None:
    found = {module(path) for path in sources() if _is_pure(path)}
    lanes = {f"core.live.lanes.{name}" for name in ("lane", "face", "voice", "voice_state", "text")}
    companion = {f"core.companion.{name}" for name in ("prompt", "chat_format", "safety", "sentences", "visemes")}
    others = {"core.live.judge", "core.transports.clock", "core.transports.protocol", "core.transports.wire_events"}
    assert lanes | companion | others <= found


@pytest.mark.parametrize("path", [path for path in sources() if _is_pure(path)], ids=module)
def test_what_is_pure_has_no_await_clock_or_chance(path: Path) -> None:
    tree = parsed(path)
    used = {name.split(".")[0] for name in _imports(tree)}
    assert not used & UNSTEADY
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.Await | ast.AsyncFunctionDef)]
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert "open" not in called
    assert "print" not in called


def test_every_plugin_folder_is_found() -> None:
    assert {"websocket", "predict"} <= set(discover("core.transports", "TRANSPORT", Routes))
    assert {"platform", "clips"} <= set(discover("core.rest", "ROUTES", Routes))
    assert {"detect_mtcnn", "face_compact"} <= set(find_engines())


SQL = re.compile(r"\b(SELECT\s.*\sFROM|UPDATE\s+\w+\s+SET|INSERT\s+INTO|DELETE\s+FROM)\b", re.DOTALL)
STORES_OWN = {"execute", "submit", "read", "read_frame", "erase"}
"""what the record's own files ask the store by; everybody else asks them"""


def _words_in(node: ast.AST) -> str:
    """A string, or the fixed parts of an f-string."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "…".join(p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str))


@pytest.mark.parametrize("path", [p for p in sources() if not module(p).startswith("core.record")], ids=module)
def test_sql_lives_in_the_record_alone(path: Path) -> None:
    """Behind methods named after what they are for, so that a table changes in one room."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Constant | ast.JoinedStr):
            assert not SQL.search(_words_in(node)), f"{module(path)}:{node.lineno} writes SQL"
        if isinstance(node, ast.Attribute) and node.attr in STORES_OWN:
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            assert owner.lstrip("_") != "store", f"{module(path)}:{node.lineno} asks the store for {node.attr}"


BROAD = {
    "core.engines.local:_infer": "lane worker: what a model throws is its answer, EngineFailed",
    "core.engines.local:load": "engine: one broken library is that engine's fault, not the end of the app's start",
    "core.engines.streamed:load": "engine: the same for one that answers in pieces",
    "core.engines.streamed:_pieces": "lane worker: the same for one that answers in pieces",
    "core.live.lanes.runner:run": "lane worker: a lane that fails is a Fault, the session goes on",
    "core.rest.clips:analyse": "transport: a clip that fails ends its own session alone",
    "core.transports.peer:talk": "transport: whatever goes wrong ends this connection alone",
    "core.record.writer:_run": "store writer: told, kept or dropped, never the end of the thread",
    "core.record.writer:_tell": "store writer: a listener that fails must not end the thread either",
}
"""every broad except there is, as module:function, and its reason"""


def _broad_excepts(path: Path) -> Iterator[str]:
    """`module:function` of each except that catches every Exception."""

    def is_broad(caught: ast.expr | None) -> bool:
        names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
        return any(n is None or (isinstance(n, ast.Name) and n.id in {"Exception", "BaseException"}) for n in names)

    def within(node: ast.AST, function: str) -> Iterator[str]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node.name
        if isinstance(node, ast.ExceptHandler) and is_broad(node.type):
            yield f"{module(path)}:{function}"
        is_suppress = isinstance(node, ast.Call) and "suppress" in (
            getattr(node.func, "id", ""),
            getattr(node.func, "attr", ""),
        )
        if is_suppress and any(is_broad(argument) for argument in node.args):
            yield f"{module(path)}:{function}"
        for child in ast.iter_child_nodes(node):
            yield from within(child, function)

    yield from within(parsed(path), "")


def test_every_broad_except_is_listed_with_its_reason() -> None:
    found = [place for path in sources() for place in _broad_excepts(path)]
    assert sorted(found) == sorted(BROAD)


ANY = {
    "core.engines.engine:infer": "each back-end takes requests of its own kind; the registry brings it no others",
    "core.engines.engine:stream": "the same for one that answers in pieces",
    "core.live.lanes.lane:AnyLane": "lanes in one table have states and inputs of their own",
    "core.live.lanes.runner:AnyRunner": "the same for those who run them",
    "core.transports.protocol:_CHECKS": "a table by type: each check takes the message it stands beside",
    "core.transports.wire_events:_WRITERS": "the same for the writer of an event",
    "core.transports.peer:__init__": "the same for the handler of a message",
    "core.record.columns:Table": "the same for the row of an event",
    "core.transports.peer:_admit": "a coroutine, as the standard library types it",
    "core.live.sessions:keep": "a coroutine, as the standard library types it",
    "core.record.backlog:Task": "the writer answers each task with what it alone knows",
    "core.record.store:Row": "what DuckDB gives for a column is known to its query alone",
    "core.commands.docs_routes:_route": "a part of an OpenAPI document, which is JSON of any shape",
    "core.commands.docs_routes:_field": "the same",
    "core.commands.docs_routes:_type": "the same",
}
"""every place in core where a type is Any, as module:function, class or name, and what forces it"""


def _anys(path: Path) -> Iterator[str]:
    """`module:name` of each use of Any, by the innermost function, class or assigned name around it."""

    def name_of(node: ast.AST, before: str) -> str:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return node.name
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        return target.id if isinstance(target, ast.Name) and not before else before

    def within(node: ast.AST, around: str) -> Iterator[str]:
        around = name_of(node, around)
        if isinstance(node, ast.Name) and node.id == "Any":
            yield f"{module(path)}:{around}"
        for child in ast.iter_child_nodes(node):
            yield from within(child, around)

    yield from within(parsed(path), "")


def test_every_any_in_core_is_listed_with_what_forces_it() -> None:
    found = {place for path in sources() if module(path).startswith("core") for place in _anys(path)}
    assert sorted(found) == sorted(ANY)


def test_tests_in_the_browser_come_last(request: pytest.FixtureRequest) -> None:
    """Playwright keeps an event loop running in its thread, and no other test may then start its own."""
    in_browser = ["browser" in item.path.relative_to(ROOT).parts for item in request.session.items]
    assert in_browser == sorted(in_browser)
