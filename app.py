"""Joins everything: settings, store, engines, sessions, transports; mounts the Gradio pages last.

Run: `python app.py [--host H] [--port P] [--data-dir DIR]`; every setting is told in docs/settings.md.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount
from starlette.types import Scope

from core import acts
from core.companion.conversation import ReplyParts
from core.companion.reply_engines import ReplyEngines
from core.companion.sound_shelf import SoundShelf
from core.companion.voices import Voices
from core.engines.registry import choose_engines, find_engines
from core.errors import AppError, SettingsError, StoreError
from core.live.admission import Admission, Kind, Places
from core.live.assembly import session_parts
from core.live.sessions import Sessions
from core.logs import level_of, set_up_logs
from core.memory import give_back
from core.metrics import Metrics
from core.plugins import discover
from core.record.accounts import Accounts
from core.record.retention import Retention
from core.record.store import Store
from core.rest.access_log import AccessLog
from core.rest.connections import BACKLOG, protocols_in, room_of
from core.rest.guard import Guard, origins_of
from core.rest.proxies import Addressed, proxies_of
from core.services import VERSION, Routes, Services
from core.settings import Settings, read_settings
from core.threads import take_short_turns
from pages import Services as PageServices

log = logging.getLogger("attune")

LARGEST_FRAME_BYTES = 32 * 1024 * 1024
"""uvicorn closes a socket over this; up to it a large message is answered and the connection goes on"""
STATIC = Path(__file__).parent / "pages" / "static"
THREE = Path(__file__).parent / "node_modules" / "three"
"""three.js as npm brings it; where it is missing the companion keeps its drawn face"""

CARRIED = (("plotly", "plotly", "package_data"), ("swagger", "fastapi_offline", "static"))
"""browser parts that Python packages carry: our name, the package, the folder in it"""


class CarriedFiles(StaticFiles):
    """The files of a package; where it is not installed they are not found, and nothing fails."""

    async def check_config(self) -> None:
        """A folder that is missing has no files."""


class LiveFiles(StaticFiles):
    """The files of the live view; browsers ask each time whether they changed, so versions never mix."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """As Starlette gives it (304 when unchanged), with the word to ask again."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def create_services(settings: Settings) -> Services:
    """The parts every transport and page shares. Raises SettingsError or StoreError."""
    metrics = Metrics()
    store = Store(
        settings.data_dir / "attune.duckdb",
        on_fault=lambda code, _message: metrics.faults.labels(code).inc(),
        words_key=settings.words_key.get_secret_value(),
        is_encrypted=settings.encrypt_database,
        max_stored_mb=settings.max_stored_mb,
        max_guests_mb=settings.max_guests_mb,
    )
    found = find_engines()
    engines = choose_engines(found, settings, metrics.observe_ms)
    talk = ReplyParts(ReplyEngines(engines), Voices(engines), SoundShelf())
    parts = session_parts(engines, settings, metrics, store, talk)
    accounts = Accounts(store, settings)
    sessions = Sessions(parts, Admission(places_of(settings)), settings.resume_s, accounts.again)
    retention = Retention(store, settings.retention_days)
    return Services(settings, engines, sessions, accounts, store, metrics, talk, retention)


def places_of(settings: Settings) -> dict[Kind, Places]:
    """How many sessions and uploads there may be; of the few places for clips nobody has more than half."""
    live = Places(settings.max_sessions, settings.sessions_per_person, settings.sessions_per_address)
    half = max(1, settings.max_clips // 2)
    clips = Places(settings.max_clips, half, half)
    return {"live": live, "predict": live, "clip": clips, "upload": clips}


def create_app(settings: Settings) -> FastAPI:
    """The whole app. Our routes come first: Gradio takes what is left."""
    return _mount_pages(create_api(settings), settings)


def create_api(settings: Settings) -> FastAPI:
    """Everything but the pages: REST, sockets, and the files of the live view."""
    services = create_services(settings)
    app = FastAPI(title="Attune", version=VERSION, lifespan=lambda _app: _life(services), docs_url=None, redoc_url=None)
    app.state.services = services
    app.add_exception_handler(AppError, _tell_error)
    app.add_exception_handler(RequestValidationError, _tell_misfit)
    app.add_exception_handler(HTTPException, _tell_http)
    app.add_exception_handler(Exception, _tell_error)
    for package, name in (("core.transports", "TRANSPORT"), ("core.rest", "ROUTES")):
        for door in discover(package, name, Routes).values():
            app.include_router(door.routes(services))
    app.add_middleware(Guard, settings=settings)
    if origins := origins_of(settings):
        app.add_middleware(
            CORSMiddleware, allow_origins=origins, allow_methods=["*"], allow_headers=["authorization", "content-type"]
        )
    app.add_middleware(AccessLog)
    app.add_middleware(Addressed, proxies=proxies_of(settings))
    for name, package, folder in CARRIED:
        app.mount(f"/attune/vendor/{name}", CarriedFiles(directory=_folder_of(package) / folder, check_dir=False))
    app.add_api_route("/docs", _docs, include_in_schema=False)
    app.mount("/attune/vendor/three", CarriedFiles(directory=THREE, check_dir=False), name="three")
    app.mount("/attune", LiveFiles(directory=STATIC), name="attune")
    return app


def _folder_of(package: str) -> Path:
    """Found without importing it; a folder that is not there answers 404."""
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else Path("missing")


async def _docs() -> Response:
    """The API's documentation from our own address: nothing is asked of anybody else."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Attune API",
        swagger_js_url="/attune/vendor/swagger/swagger-ui-bundle.js",
        swagger_css_url="/attune/vendor/swagger/swagger-ui.css",
        swagger_favicon_url="/attune/shared/favicon.svg",
    )


def _page_services(services: Services) -> PageServices:
    return PageServices(services.settings, services.accounts, services.store)


def _mount_pages(app: FastAPI, settings: Settings) -> FastAPI:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio

    from pages import build_ui, find_pages, mount_options
    from pages.gradio_routes import NeededOnly

    blocks = build_ui(_page_services(app.state.services))
    mounted: FastAPI = gradio.mount_gradio_app(app, blocks, path="/", **mount_options())
    mount = mounted.routes[-1]
    if not isinstance(mount, Mount):
        raise TypeError("expected Gradio's mount to be the last route; what of it is served cannot be limited")
    mount.app = NeededOnly(mount.app, [page.route for page in find_pages()])
    return mounted


@asynccontextmanager
async def _life(services: Services) -> AsyncIterator[None]:
    """Load the engines off the loop, serve, then end every session and close the record."""
    try:
        async with services.tasks:
            expiry = services.tasks.create_task(services.sessions.expire_forever(), name="expiry")
            await acts.ensure_first_admin(services)
            retention = services.tasks.create_task(services.retention.run(), name="retention")
            await asyncio.to_thread(services.engines.load)
            gc.collect()
            gc.freeze()  # what is there now stays; a look through all of it would hold everybody for 70 ms each time
            give_back()
            services.is_ready = True
            yield
            services.is_ready = False
            await services.sessions.close_all()
            expiry.cancel()
            retention.cancel()
    finally:
        await services.engines.close()
        services.accounts.passwords.close()
        await asyncio.to_thread(services.store.close)


async def _tell_error(_request: Request, error: Exception) -> JSONResponse:
    """{"error": {"code", "message"}} with the fitting status."""
    known = error if isinstance(error, AppError) else AppError("something failed here; try again")
    return _refusal(known.code, known.message, known.status)


async def _tell_misfit(_request: Request, error: Exception) -> JSONResponse:
    wrong = error.errors() if isinstance(error, RequestValidationError) else []
    message = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in wrong)
    return _refusal("bad_request", message or "does not fit", 422)


async def _tell_http(_request: Request, error: Exception) -> JSONResponse:
    """What the framework refuses by itself: a path or method that is not there, a body that is no JSON."""
    status, detail = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "")
    return _refusal(HTTPStatus(status).name.lower(), detail or HTTPStatus(status).phrase, status)


def _refusal(code: str, message: str, status: int) -> JSONResponse:
    """What the client sent may be quoted in it, and be no text that can be written."""
    message = message.encode("utf-8", "replace").decode()
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)


def main(arguments: list[str] | None = None) -> int:
    """Exit status 2 with one line when a setting or the data folder does not fit."""
    take_short_turns()
    try:
        settings = read_settings(sys.argv[1:] if arguments is None else arguments)
        set_up_logs(settings.log_level)
        app = create_app(settings)
    except (SettingsError, StoreError) as error:
        print(f"attune: {error.message}", file=sys.stderr)  # noqa: T201 - the one line for the person at the shell
        return 2
    with suppress(KeyboardInterrupt):
        uvicorn.Server(server_config(app, settings)).run()
    return 0


def server_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """How the app is served; the tests serve it the same way."""
    http, sockets = protocols_in(room_of(settings))
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,  # its lowest version is TLS 1.2
        proxy_headers=False,  # it believes the first, client-made entry of X-Forwarded-For: Addressed reads it
        http=http,
        ws=sockets,
        backlog=BACKLOG,
        ws_max_size=LARGEST_FRAME_BYTES,
        ws_per_message_deflate=False,
        log_config=None,
        log_level=max(level_of(settings.log_level), logging.INFO),  # below it the socket library tells what it carries
        access_log=False,  # it tells whole addresses with their queries: AccessLog does not
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    sys.exit(main())
