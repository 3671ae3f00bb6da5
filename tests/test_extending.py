"""The examples of docs/extending.md, run as they stand there: each is put beside the house's own files and found."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core.engines.registry import choose_engines, find_engines
from core.engines.requests import ClassifyText
from core.exports import Export
from core.plugins import discover
from core.settings import Settings
from core.synthetic.study import sample_tables
from core.types import EMOTIONS
from tests.server import Server

ROOT = Path(__file__).parent.parent
EXAMPLES = dict(
    re.findall(r"```python\n# (\S+\.py)\n(.*?)```", (ROOT / "docs" / "extending.md").read_text("utf-8"), re.DOTALL)
)
"""path of an example's file -> its text"""
SHOW_PAGES = """
import json, sys
import pages
pages.__path__.append(sys.argv[1])
from core.settings import Settings
blocks = pages.build_ui(pages.Services(Settings(), None, None))
print(json.dumps([path for path, *_ in blocks.pages]))
"""

Place = Callable[[str], Path]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Write an example where its package finds it; gives the folder. It is gone again afterwards."""
    placed: list[tuple[str, str]] = []

    def write(path: str) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True)
        file.write_text(EXAMPLES[path], encoding="utf-8")
        package = ".".join(Path(path).parent.parts)
        module = importlib.import_module(package)
        monkeypatch.setattr(module, "__path__", [*module.__path__, str(file.parent)])
        placed.append((package, file.stem))
        return file.parent

    yield write
    for package, name in placed:
        sys.modules.pop(f"{package}.{name}", None)
        vars(sys.modules[package]).pop(name, None)


async def test_the_model_is_found_chosen_and_asked(place: Place) -> None:
    place("models/text_keywords.py")
    engines = choose_engines(find_engines(), Settings(text_engine="text_keywords"))
    engine = engines.of("text")[0]
    engine.load()
    try:
        answer = await engine.ask(ClassifyText(("I am so glad", "it is Tuesday"), "en"), 5.0)
    finally:
        await engine.close()
        await engines.close()
    assert answer.engine == "text_keywords"
    assert EMOTIONS[int(np.argmax(answer.logits[0]))] == "happy"
    assert not answer.logits[1].any()


@pytest.mark.slow
def test_the_transport_is_found_and_carries_a_session(place: Place, tmp_path: Path) -> None:
    place("core/transports/lines.py")
    with Server(Settings(data_dir=tmp_path / "data")) as server:
        auth = {"type": "auth", "token": server.guest("camera")}
        lines = "\n".join(json.dumps(line) for line in (auth, {"type": "text", "text": "I am so glad"}))
        status, answer = server.call("/api/lines", lines.encode())
    told = [json.loads(line) for line in answer.splitlines()]
    assert status == 200
    assert [message["type"] for message in told[:2]] == ["ready", "state"]
    assert {"transcript", "text_emotion", "fused_emotion"} <= {message["type"] for message in told}
    assert told[-1]["type"] == "state"
    assert told[-1]["ended"]


@pytest.mark.slow  # Gradio starts in a process of its own
def test_the_page_is_found_and_gets_its_route(place: Place) -> None:
    folder = place("pages/settings_shown.py")
    shown = importlib.import_module("pages.settings_shown")
    assert "| patience_s | 0.7 |" in shown.as_markdown(type("Some", (), {"settings": Settings()}))
    answer = subprocess.run(
        [sys.executable, "-c", SHOW_PAGES, str(folder)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "settings" in json.loads(answer.stdout.splitlines()[-1])


def test_the_export_is_found_and_writes_what_it_says(place: Place) -> None:
    place("core/exports/as_markers.py")
    export = discover("core.exports", "EXPORT", Export)["markers"]
    tables = sample_tables(sessions=1, minutes=1)
    lines = export.write(tables).decode().splitlines()
    assert len(lines) == len(tables.markers) > 0
    session_id, seconds, label = lines[0].split("\t")
    assert (session_id, label) == (tables.markers["session_id"][0], tables.markers["label"][0])
    assert float(seconds) == pytest.approx(tables.markers["t"][0], abs=0.001)


def test_every_example_of_the_page_is_run_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert {"models", "core/transports", "pages", "core/exports"} == {str(Path(path).parent) for path in EXAMPLES}
    assert all(f'place("{path}")' in source for path in EXAMPLES)


@pytest.mark.parametrize("path", EXAMPLES)
def test_every_example_keeps_to_the_form_of_the_house(path: str, tmp_path: Path) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(EXAMPLES[path], encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--config", str(ROOT / "pyproject.toml"), str(file)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout
    assert "Any" not in {node.id for node in ast.walk(ast.parse(EXAMPLES[path])) if isinstance(node, ast.Name)}
