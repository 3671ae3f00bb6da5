"""Which of Gradio's own routes are served: those in NEEDED and the pages; everything else of Gradio is refused.

Gradio brings doors that nobody here uses: an upload that takes files of any size without a token and leaves them on
the disk, among others. They are not listed and shut one by one: what a newer Gradio adds is shut too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

NEEDED = {
    "/assets/": "Gradio's scripts and sheets, which make its page a page",
    "/static/js/": "the script by which a page tells a frame around it (a Space) how tall it is",
    "/static/fonts/": "faces of a theme; ours names those of the system, an extension may not",
    "/theme.css": "the colours of the theme",
    "/favicon.ico": "browsers ask for it unasked",
    "/manifest.json": "linked from the head of each page",
}
"""path, or its beginning where it ends with a slash, to the reason. A page with handlers of Gradio's own also needs
/gradio_api/queue/join, /gradio_api/queue/data and /gradio_api/heartbeat/: lengthen the list with them, then."""

READING = {"GET", "HEAD"}
FILE = re.compile(r"(?=.{1,1024}\Z)/[\w.@+~-]{1,255}(/[\w.@+~-]{1,255})*", re.ASCII)
"""The path of a file that Gradio may carry. What no file system takes (a name over 255 bytes, a path over a few
thousand, NUL) Gradio does not answer with 404: it fails."""


class NeededOnly:
    """Stands before the mounted Gradio app; nothing of what it refuses is read."""

    def __init__(self, app: ASGIApp, page_routes: Iterable[str]) -> None:
        self._app = app
        self._whole = {path for path in NEEDED if not path.endswith("/")}
        self._beginnings = tuple(path for path in NEEDED if path.endswith("/"))
        self._whole |= {f"/{route.strip('/')}" for route in page_routes}

    def serves(self, method: str, path: str) -> bool:
        """Whether this request may reach Gradio; a page is also found with a slash at its end."""
        known = path in self._whole or path.removesuffix("/") in self._whole or self._names_file(path)
        return known and method in READING and ".." not in path

    def _names_file(self, path: str) -> bool:
        """Whether it lies in one of the folders, under a name that a file can have."""
        return path.startswith(self._beginnings) and FILE.fullmatch(path) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.serves(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            message = "there is no such page here; /docs lists what there is"
            refusal = JSONResponse({"error": {"code": "not_served", "message": message}}, 404, {"connection": "close"})
            await refusal(scope, receive, send)
        else:
            await WebSocketClose(1008)(scope, receive, send)
