"""What every page with one custom element must keep: its module defines the element and asks for what is there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from app import create_api
from core.settings import Settings
from pages import STATIC, Page

ADDRESS = re.compile(r"[\"'`](/api/[^\"'`?]*)")


@cache
def server_addresses() -> frozenset[str]:
    """Every address of the REST API, `{}` where a name or a number stands."""
    with TemporaryDirectory() as folder:
        app = create_api(Settings(data_dir=Path(folder)))
        paths = app.openapi()["paths"]
        app.state.services.accounts.passwords.close()
        app.state.services.store.close()
    return frozenset(re.sub(r"\{\w+\}", "{}", path) for path in paths)


def check_element(page: Page, tag: str) -> set[str]:
    """The addresses its module asks for, all of which the server has."""
    assert page.element is not None
    assert page.element.tag == tag
    text = (STATIC / page.element.module).read_text(encoding="utf-8")
    assert f'customElements.define("{tag}"' in text
    asked = {re.sub(r"\$\{[^}]*\}", "{}", address) for address in ADDRESS.findall(text)}
    assert asked <= server_addresses()
    return asked
