"""Adding a model, a transport, a page or an export is adding one file: the folder is scanned for it."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from core.errors import SettingsError


def discover(package: str, name: str) -> dict[str, Any]:
    """Every `name` (such as "ENGINE") that a module directly inside `package` defines, by its own `.name`.

    The package is named, not imported, so core can find back-ends without depending on them. Modules
    are imported, so nothing heavy may happen at their top level. Raises SettingsError when two share a name.
    """
    found: dict[str, Any] = {}
    folder = importlib.import_module(package)
    for info in sorted(pkgutil.iter_modules(folder.__path__), key=lambda item: item.name):
        if info.ispkg or info.name.startswith("_"):
            continue
        part = getattr(importlib.import_module(f"{package}.{info.name}"), name, None)
        if part is None:
            continue
        if part.name in found:
            raise SettingsError(f"two {name}s in {package} are called {part.name!r}; rename one of them")
        found[part.name] = part
    return found
