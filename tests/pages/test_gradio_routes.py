"""Every route of the mounted app is ours, needed by the pages, or refused; Gradio's upload above all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pages import find_pages
from pages.gradio_routes import NEEDED, NeededOnly

ROOT = Path(__file__).parents[2]
WALK = """
import asyncio, json, re, sys
from pathlib import Path
import httpx
from app import create_app
from core.settings import Settings

def walk(routes, before=""):
    for route in routes:
        if hasattr(route, "original_router"):
            yield from walk(route.original_router.routes, before + route.include_context.prefix)
        else:
            yield before + route.path, sorted(getattr(route, "methods", None) or ["GET"])

async def ask(app, routes, mark=""):
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        for path, methods in routes:
            for method in methods:
                # the refusal stands before anything that hangs (a stream of events) can begin
                answer = await asyncio.wait_for(client.request(method, path), 5)
                try:
                    code = answer.json()["error"]["code"]
                except (ValueError, KeyError, TypeError):
                    code = "not_served" if (method, answer.status_code) == ("HEAD", 404) else ""  # it has no body
                print(mark + json.dumps({"method": method, "path": path, "status": answer.status_code, "code": code}))

app = create_app(Settings(data_dir=Path(sys.argv[1])))
guarded = app.routes[-1].app
gradio = guarded._app
own = {re.sub("{.*?}", "x", path) for path, _ in walk(app.routes[:-1])}
found = [(re.sub("{.*?}", "x", path), methods) for path, methods in walk(gradio.routes)]
odd = "ODD "
tries = ("//gradio_api/upload", "/gradio_api/upload/", "/assets/../gradio_api/upload")
extra = [(path, ["POST"]) for path in tries]
asyncio.run(ask(app, [(p, m) for p, m in found + extra if p not in own]))
names = ["x" * 3000, "x" * 256, "%C3%A4" * 130, "a/" * 3000, "%00", "a%00b", "%0a", "", "x%0a", "x.js/" + "y" * 300]
folders = ("/assets/", "/static/js/", "/static/fonts/", "/attune/", "/attune/vendor/three/", "/attune/vendor/plotly/")
asyncio.run(ask(app, [(folder + name, ["GET", "HEAD"]) for folder in folders for name in names], odd))
app.state.services.store.close()
"""


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the walk told; in a process of its own, as Gradio leaves event loops open."""
    folder = tmp_path_factory.mktemp("data")
    command = [sys.executable, "-c", WALK, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def answers(walked: list[str]) -> list[dict[str, Any]]:
    """What each route of Gradio answered."""
    return [json.loads(line) for line in walked if line.startswith('{"method"')]


@pytest.mark.slow
def test_each_route_of_gradio_is_needed_or_refused(answers: list[dict[str, Any]]) -> None:
    guard = NeededOnly(lambda *_: None, [page.route for page in find_pages()])
    assert len(answers) > 40, "the walk itself must find Gradio's routes"
    assert "/gradio_api/upload" in {answer["path"] for answer in answers}
    for answer in answers:
        is_refused = (answer["status"], answer["code"]) == (404, "not_served")
        assert is_refused != guard.serves(answer["method"], answer["path"]), answer


@pytest.mark.slow
def test_nothing_that_is_served_takes_a_body_or_belongs_to_gradios_api(answers: list[dict[str, Any]]) -> None:
    served = {(answer["method"], answer["path"]) for answer in answers if answer["code"] != "not_served"}
    assert {path for _, path in served} >= {"/", "/history", "/theme.css", "/assets/x"}
    assert not [path for method, path in served if method not in {"GET", "HEAD"} or "gradio_api" in path]


@pytest.mark.slow
def test_names_that_no_file_can_have_are_not_found(walked: list[str]) -> None:
    answers = [json.loads(line.removeprefix("ODD ")) for line in walked if line.startswith("ODD ")]
    assert len(answers) == 120
    assert [answer for answer in answers if answer["status"] != 404] == []


@pytest.mark.parametrize("name", ["x" * 256, "a/" * 600, "\0", "a\0b", "ä", "x\n", "", "C:/x", "/x", "a//b", "\\x"])
def test_names_that_no_file_of_gradio_has_do_not_reach_it(name: str) -> None:
    guard = NeededOnly(lambda *_: None, ["/"])
    assert not [folder for folder in NEEDED if folder.endswith("/") and guard.serves("GET", folder + name)]


@pytest.mark.parametrize("name", ["x" * 255, "a/b-C_d.9/e@2+1~.js", "index.js"])
def test_names_that_a_file_can_have_reach_it(name: str) -> None:
    guard = NeededOnly(lambda *_: None, ["/"])
    assert all(guard.serves("GET", folder + name) for folder in NEEDED if folder.endswith("/"))


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/upload/", "/config", "/monitoring", "/login"])
def test_what_is_not_in_the_list_is_not_served(path: str) -> None:
    guard = NeededOnly(lambda *_: None, ["/", "/history"])
    assert not guard.serves("POST", path)
    assert not guard.serves("GET", path)


def test_pages_and_needed_files_are_served_for_reading_alone() -> None:
    guard = NeededOnly(lambda *_: None, ["/", "/history"])
    for path in ("/", "/history", "/history/", "/assets/index.js", "/theme.css"):
        assert guard.serves("GET", path)
        assert not guard.serves("POST", path)
    assert not guard.serves("GET", "/assets/../gradio_api/file")


def test_every_entry_of_the_list_has_a_reason() -> None:
    assert all(path.startswith("/") and len(reason) > 15 for path, reason in NEEDED.items())
