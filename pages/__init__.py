"""The pages: one Gradio Blocks, one route per `PAGE` found in this folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from core.plugins import discover
from core.record.accounts import Accounts
from core.record.store import Store
from core.settings import Settings
from pages.preloading import needed_files, preload_script

STATIC = Path(__file__).parent / "static"
"""Served at MOUNT by app.py."""
MOUNT = "/attune"
VENDOR = {"three": "three/build/three.module.js", "three/addons/": "three/examples/jsm/"}
"""What our modules import by name, and where below MOUNT/vendor it lies; asked for only when it is used."""
PAGE_SHEET = "shared/page.css"
"""The one sheet for Gradio's page; the others dress the inside of our elements."""
LOOKS_S, RESTS_S = 0.05, 1.0
"""between two looks of Gradio's queue for work, where a page has handlers (as Gradio does on Windows) and where none"""


@dataclass(frozen=True, slots=True)
class Services:
    """What pages may use; frozen, so that a page cannot keep state in it."""

    settings: Settings
    accounts: Accounts
    store: Store


@dataclass(frozen=True, slots=True)
class Element:
    """A custom element of ours that is a whole page."""

    tag: str
    module: str
    """below STATIC; defines the tag"""


@dataclass(frozen=True, slots=True)
class Page:
    """One route: a custom element of ours, or components that `build` adds inside the page's Blocks context."""

    name: str
    """unique; also orders the links: smaller `order` first, then by name"""
    title: str
    """the word in the navigation"""
    route: str
    """"/" for the first page, else a path such as "/about" """
    element: Element | None = None
    build: Callable[[Services], None] | None = None
    order: int = 100


def find_pages() -> list[Page]:
    """All pages of this folder, the first one at "/"."""
    return sorted(discover(__name__, "PAGE", Page).values(), key=lambda page: (page.order, page.name))


def build_ui(services: Services) -> Any:
    """One gr.Blocks with a route per page. Raises ValueError when no page stands at "/"."""
    pages = find_pages()
    if not pages or pages[0].route != "/":
        raise ValueError('expected the first page at "/"; give it the smallest order')
    import gradio as gr

    with gr.Blocks(title="Attune", analytics_enabled=False, fill_width=True) as demo:
        _fill(pages[0], pages, services)
    for page in pages[1:]:
        with demo.route(page.title, page.route, show_in_navbar=False):
            _fill(page, pages, services)
    demo.space_id = None  # of a Space the page would ask Hugging Face and fetch a font from Google
    _let_rest(demo)
    return demo


def _let_rest(demo: Any) -> None:
    """Gradio's queue looks for work a thousand times a second, on our event loop; without handlers none ever comes."""
    queue = demo._queue
    if demo.fns:
        queue.sleep_when_free = LOOKS_S
    else:
        queue.sleep_when_free = queue.progress_update_sleep_when_free = RESTS_S


def _fill(page: Page, pages: list[Page], services: Services) -> None:
    import gradio as gr

    gr.HTML(_header(page, pages), apply_default_css=False, elem_classes="attune-top")
    if page.element is not None:
        _place(page.element)
    if page.build is not None:
        page.build(services)


def _place(element: Element) -> None:
    import gradio as gr

    gr.HTML(
        html_template=f"<{element.tag}></{element.tag}>",
        js_on_load=f"import('{MOUNT}/{element.module}')",
        apply_default_css=False,
        elem_classes="attune-live-host",
    )


def _header(current: Page, pages: list[Page]) -> str:
    """The name and the links; plain anchors, so that leaving the live view really leaves it."""
    here = {current.name: ' aria-current="page"'}
    links = "".join(
        f'<a href="{escape(page.route)}"{here.get(page.name, "")}>{escape(page.title)}</a>' for page in pages
    )
    return (
        f'<div class="attune-bar"><a class="attune-name" href="/">Attune</a><nav aria-label="Pages">{links}</nav></div>'
    )


def _import_map() -> str:
    imports = {name: f"{MOUNT}/vendor/{path}" for name, path in VENDOR.items()}
    return f'<script type="importmap">{json.dumps({"imports": imports})}</script>'


def _preloads() -> str:
    """Each page's own modules and sheets, fetched while Gradio itself still starts."""
    return preload_script(
        {
            page.route: [f"{MOUNT}/{file}" for file in needed_files(STATIC, page.element.module)]
            for page in find_pages()
            if page.element is not None
        }
    )


def mount_options() -> dict[str, Any]:
    """What gr.mount_gradio_app needs beside the Blocks: look, modules fetched early, nothing from outside."""
    import gradio as gr

    fonts = ["-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "Arial", "sans-serif"]
    return {
        "theme": gr.themes.Base(font=fonts, font_mono=["ui-monospace", "monospace"]),
        "css": (STATIC / PAGE_SHEET).read_text(encoding="utf-8"),
        "head": f'<meta name="color-scheme" content="light dark">{_import_map()}{_preloads()}',
        "favicon_path": str(STATIC / "shared" / "favicon.svg"),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
    }
