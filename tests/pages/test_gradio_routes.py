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

async def ask(app, routes):
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
                print(json.dumps({"method": method, "path": path, "status": answer.status_code, "code": code}))

app = create_app(Settings(data_dir=Path(sys.argv[1])))
guarded = app.routes[-1].app
gradio = guarded._app
own = {re.sub("{.*?}", "x", path) for path, _ in walk(app.routes[:-1])}
found = [(re.sub("{.*?}", "x", path), methods) for path, methods in walk(gradio.routes)]
tries = ("//gradio_api/upload", "/gradio_api/upload/", "/assets/../gradio_api/upload")
extra = [(path, ["POST"]) for path in tries]
asyncio.run(ask(app, [(p, m) for p, m in found + extra if p not in own]))
app.state.services.store.close()
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What each route of Gradio answered; in a process of its own, as Gradio leaves event loops open."""
    folder = tmp_path_factory.mktemp("data")
    command = [sys.executable, "-c", WALK, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"method"')]


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
