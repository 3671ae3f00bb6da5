"""The REST routes as Markdown, made of the OpenAPI document that the app itself serves."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from app import create_api
from core.settings import Settings

TITLES = {
    "consent": "Consent and guests",
    "account": "Accounts and one's own data",
    "sessions": "Sessions, history and exports",
    "conversation": "Conversation",
    "clips": "Clips",
    "analytics": "Analytics",
    "admin": "Administration (404 for everybody else)",
    "platform": "Platform",
}
"""tag -> heading, in the order they are told; a tag without one comes last under its own name"""


@contextmanager
def _api() -> Iterator[FastAPI]:
    """The app on an empty data folder, never started: no engine loads, nothing listens."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_api(Settings(data_dir=Path(folder)))
        services = app.state.services
        try:
            yield app
        finally:
            services.accounts.passwords.close()
            services.store.close()


@cache
def routes() -> str:
    """Every route by its tag, with its query and its body."""
    with _api() as app:
        document = app.openapi()
    by_tag: dict[str, list[str]] = {tag: [] for tag in TITLES}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            by_tag.setdefault(told["tags"][0], []).append(_route(method.upper(), path, told, document))
    return "\n\n".join(
        f"#### {TITLES.get(tag, tag.capitalize())}\n\n" + "\n".join(lines) for tag, lines in by_tag.items() if lines
    )


def _route(method: str, path: str, told: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    words = " ".join(told["description"].split())  # a blank line would end the list
    lines = [f"- `{method} {path}`: {told['summary']}. {words}"]
    lines += [
        f"  - `?{query['name']}=` {_field(query['schema'])}"
        for query in told.get("parameters", ())
        if query["in"] == "query"
    ]
    content = told.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        name = content["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        shape = document["components"]["schemas"][name]
        needed = shape.get("required", ())
        for field, schema in shape["properties"].items():
            lines.append(f"  - `{field}`{'' if field in needed else ' (optional)'} {_field(schema)}")
    return "\n".join(lines)


def _field(schema: Mapping[str, Any]) -> str:
    """Type, bounds, default and the words at the field itself."""
    choices = [choice for choice in schema.get("anyOf", [schema]) if choice.get("type") != "null"]
    words = [_type(choice) for choice in choices]
    said = schema.get("description") or next(
        (choice["description"] for choice in choices if "description" in choice), ""
    )
    default = schema.get("default")
    tail = (
        f", default `{str(default).lower() if isinstance(default, bool) else default}`"
        if default not in (None, "")
        else ""
    )
    return f"{' or '.join(words)}{tail}" + (f": {said}" if said else "")


def _type(schema: Mapping[str, Any]) -> str:
    if schema.get("type") == "array":
        return f"list of {schema['items'].get('type', 'anything')}s"
    low, high = schema.get("minimum"), schema.get("maximum")
    span = f" {low} to {high}" if low is not None and high is not None else ""
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    return f"{schema.get('type', 'any')}{span}"
