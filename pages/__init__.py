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

STATIC = Path(__file__).parent / "static"
"""Served at MOUNT by app.py."""
MOUNT = "/attune"
VENDOR = {"three": "three/build/three.module.js", "three/addons/": "three/examples/jsm/"}
"""What our modules import by name, and where below MOUNT/vendor it lies; asked for only when it is used."""
PAGE_SHEET = "page.css"
"""The one sheet for Gradio's page; the others dress the inside of our elements."""


@dataclass(frozen=True, slots=True)
class Services:
    """What pages may use; frozen, so that a page cannot keep state in it."""

    settings: Settings
    accounts: Accounts
    store: Store


@dataclass(frozen=True, slots=True)
class Page:
    """One route. `build` is called inside the page's Blocks context and adds its components."""

    name: str
    """unique; also orders the links: smaller `order` first, then by name"""
    title: str
    """the word in the navigation"""
    route: str
    """"/" for the first page, else a path such as "/about" """
    build: Callable[[Services], None]
    order: int = 100


def find_pages() -> list[Page]:
    """All pages of this folder, the first one at "/"."""
    return sorted(discover(__name__, "PAGE").values(), key=lambda page: (page.order, page.name))


def element(tag: str, module: str) -> None:
    """A page that is one custom element of ours; to be called inside the page's Blocks context."""
    import gradio as gr

    gr.HTML(
        html_template=f"<{tag}></{tag}>",
        js_on_load=f"import('{MOUNT}/{module}')",
        apply_default_css=False,
        elem_classes="attune-live-host",
    )


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
    return demo


def _fill(page: Page, pages: list[Page], services: Services) -> None:
    import gradio as gr

    gr.HTML(_header(page, pages), apply_default_css=False, elem_classes="attune-top")
    page.build(services)


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


def mount_options() -> dict[str, Any]:
    """What gr.mount_gradio_app needs beside the Blocks: look, modules fetched early, nothing from outside."""
    import gradio as gr

    fonts = ["-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "Arial", "sans-serif"]
    modules = sorted(file.name for file in STATIC.glob("*.js"))
    sheets = sorted(file.name for file in STATIC.glob("*.css") if file.name != PAGE_SHEET)
    preload = "".join(f'<link rel="modulepreload" href="{MOUNT}/{name}">' for name in modules)
    preload += "".join(f'<link rel="preload" as="fetch" crossorigin href="{MOUNT}/{name}">' for name in sheets)
    return {
        "theme": gr.themes.Base(font=fonts, font_mono=["ui-monospace", "monospace"]),
        "css": (STATIC / PAGE_SHEET).read_text(encoding="utf-8"),
        "head": f'<meta name="color-scheme" content="light dark">{_import_map()}{preload}',
        "favicon_path": str(STATIC / "favicon.svg"),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
    }
