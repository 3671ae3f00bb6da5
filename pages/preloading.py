"""What a page's browser will need at once, read from the modules themselves: its static imports and their sheets."""

from __future__ import annotations

import json
import re
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

IMPORT = re.compile(r'^(?:import|export)\s[^;"]*?from\s+"(\.{1,2}/[^"]+)"|^import\s+"(\.{1,2}/[^"]+)"', re.MULTILINE)
"""static imports of our own files; `import(...)` is left alone: what is fetched later need not be fetched early"""
SHEET = re.compile(r'"(\.{1,2}/[^"]+\.css)"')
"""modules name their sheets as they name other modules, relative to themselves"""
SCRIPT = """<script>for (const file of ({files})[location.pathname.replace(/(.)\\/+$/, "$1")] ?? []) {{
  const isModule = file.endsWith(".js");
  const link = Object.assign(document.createElement("link"), {{ rel: isModule ? "modulepreload" : "preload" }});
  if (!isModule) Object.assign(link, {{ as: "fetch", crossOrigin: "anonymous" }});
  document.head.append(Object.assign(link, {{ href: file }}));
}}</script>"""
"""Gradio has one head for all routes, so the page itself picks its own list"""


def needed_files(folder: Path, entry: str) -> list[str]:
    """The module `entry` of `folder`, all it imports, and their sheets; paths below `folder`, each once.

    Raises FileNotFoundError when one of them does not exist.
    """
    found: dict[str, None] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        found[name] = None
        text = (folder / name).read_text(encoding="utf-8")
        if name.endswith(".js"):
            paths = [*(first or second for first, second in IMPORT.findall(text)), *SHEET.findall(text)]
            waiting += [normpath(join(dirname(name), path)) for path in paths]
    return list(found)


def preload_script(files_by_route: Mapping[str, list[str]]) -> str:
    """A script for the head: addresses to fetch early, by the path of the page."""
    return SCRIPT.format(files=json.dumps(files_by_route))
