"""Pages are found by the folder scan, the first one stands at "/", and none asks for anything from outside."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pages
from core.settings import Settings
from pages import PAGE_SHEET, STATIC, Page, Services, build_ui, find_pages
from pages.preloading import needed_files

ROOT = Path(__file__).parents[2]
BUILD = """
import json
from core.settings import Settings
from pages import Services, build_ui, mount_options
blocks = build_ui(Services(Settings(), None, None))
print(json.dumps({"routes": [path for path, *_ in blocks.pages], "head": mount_options()["head"]}))
"""


WAIT = """
import asyncio, json, sys
from types import SimpleNamespace
import gradio as gr
from gradio import queueing
import pages
from core.settings import Settings

if sys.argv[1] == "handlers":
    build = lambda _services: gr.Button("Look").click(lambda: None)
    found = [*pages.find_pages(), pages.Page("asks", "Asks", "/asks", build=build)]
    pages.find_pages = lambda: found
queue = pages.build_ui(pages.Services(Settings(), None, None))._queue
queue.active_jobs = [None]
waits = []

async def sleep(seconds):
    waits.append(seconds)
    queue.stopped = len(waits) > 9

queueing.asyncio = SimpleNamespace(sleep=sleep)
for look in (queue.start_processing, queue.start_progress_updates):
    queue.stopped = False
    waits.clear()
    asyncio.run(look())
    print(sum(waits))
"""


def waits_of_the_queue(kind: str) -> list[float]:
    """Seconds that ten looks of Gradio's queue for work, and for progress, take while nobody asks anything."""
    command = [sys.executable, "-c", WAIT, kind]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return [float(line) for line in answer.stdout.split()[-2:]]


@pytest.fixture(scope="module")
def built() -> dict[str, Any]:
    """Built in a process of its own: Gradio leaves event loops open, and warnings are errors here."""
    answer = subprocess.run([sys.executable, "-c", BUILD], capture_output=True, text=True, check=True, cwd=ROOT)
    return json.loads(answer.stdout.splitlines()[-1])


def test_live_page_stands_first_and_about_last():
    found = find_pages()
    assert (found[0].name, found[0].route) == ("live", "/")
    assert found[-1].name == "about"


def test_routes_and_names_are_unique():
    found = find_pages()
    assert len({page.route for page in found}) == len({page.name for page in found}) == len(found)


@pytest.mark.slow
def test_every_page_becomes_a_route(built):
    assert set(built["routes"]) == {page.route.strip("/") for page in find_pages()}


@pytest.mark.slow
def test_gradios_queue_rests_while_no_page_has_handlers() -> None:
    """Left to itself it looks a thousand times a second, on the loop that serves the pictures."""
    assert min(waits_of_the_queue("none")) >= 10.0


@pytest.mark.slow
def test_gradios_queue_looks_often_enough_for_a_page_with_handlers() -> None:
    work_s, progress_s = waits_of_the_queue("handlers")
    assert 0.2 <= work_s <= 1.0
    assert progress_s <= 1.0


def test_first_page_elsewhere_is_refused(monkeypatch):
    monkeypatch.setattr(pages, "find_pages", lambda: [Page("other", "Other", "/other", build=lambda _services: None)])
    with pytest.raises(ValueError, match='expected the first page at "/"'):
        build_ui(Services(Settings(), None, None))


def test_header_marks_the_page_one_is_on():
    live, about = find_pages()[0], find_pages()[-1]
    header = pages._header(about, [live, about])
    assert f'<a href="{about.route}" aria-current="page">' in header
    assert f'<a href="{live.route}">' in header


@pytest.mark.slow
def test_each_page_fetches_its_own_modules_early(built):
    files = json.loads(re.search(r"of \((\{.*?\})\)\[", built["head"])[1])
    assert set(files) == {page.route for page in find_pages() if page.element}
    assert "/attune/live/live.js" in files["/"]
    assert "/attune/live/live.js" not in files["/history"]


def test_every_module_belongs_to_a_page_or_is_fetched_later():
    early = {file for page in find_pages() if page.element for file in needed_files(STATIC, page.element.module)}
    later = {"avatar/head_3d.js", "capture/microphone_worklet.js", "capture/resample.js", PAGE_SHEET}
    found = {str(file.relative_to(STATIC)) for kind in ("*.js", "*.css") for file in STATIC.rglob(kind)}
    assert found == early | later


def test_no_file_of_the_page_names_an_outside_address():
    namespaces = {"http://www.w3.org/2000/svg"}
    for file in [*STATIC.rglob("*.js"), *STATIC.rglob("*.css")]:
        addresses = set(re.findall(r"https?://[^\s\"'`)]+", file.read_text()))
        assert addresses <= namespaces, file.name


def test_page_never_makes_markup_from_text():
    for file in STATIC.rglob("*.js"):
        assert not re.search(r"\.(innerHTML|outerHTML)\s*=|insertAdjacentHTML|document\.write", file.read_text()), (
            file.name
        )
