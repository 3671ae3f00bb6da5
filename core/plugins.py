"""Adding a model, a transport, a page or an export is adding one file: the folder is scanned for it."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Protocol, TypeVar

from core.errors import SettingsError


class Part(Protocol):
    """What is found has a name of its own."""

    @property
    def name(self) -> str: ...


P = TypeVar("P", bound=Part)


def discover(package: str, name: str, *kinds: type[P]) -> dict[str, P]:
    """Every `name` (such as "PAGE") that a module directly inside `package` defines, by its own `.name`.

    The package is named, not imported, so core can find back-ends without depending on them. Modules are imported,
    so nothing heavy may happen at their top level. Raises SettingsError when two share a name, and for a part that is
    of none of these kinds.
    """
    found: dict[str, P] = {}
    folder = importlib.import_module(package)
    for info in sorted(pkgutil.iter_modules(folder.__path__), key=lambda item: item.name):
        if info.ispkg or info.name.startswith("_"):
            continue
        part = getattr(importlib.import_module(f"{package}.{info.name}"), name, None)
        if part is None:
            continue
        if not isinstance(part, kinds):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise SettingsError(f"{package}.{info.name}: {name} must be a {wanted}, it is a {type(part).__name__}")
        if part.name in found:
            raise SettingsError(f"two {name}s in {package} are called {part.name!r}; rename one of them")
        found[part.name] = part
    return found
