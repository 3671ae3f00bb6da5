"""The parts of docs/ that are made of the code: `python -m core.commands.docs [--check]`.

A page keeps its prose; between `<!-- made: NAME -->` and `<!-- end -->` stands what the code says of itself. With
`--check` nothing is written, and a page that no longer agrees with the code is an error.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic_core import PydanticUndefined

from core.commands.docs_errors import error_codes
from core.commands.docs_messages import binary_frame, client_messages, prediction_line, server_messages
from core.commands.docs_routes import routes
from core.estimation.reasons import REASONS
from core.exports import Export
from core.plugins import discover
from core.record.consent_text import ENGLISH
from core.settings import Settings

FOLDER = Path(__file__).parents[2] / "docs"
PART = re.compile(r"(?<=<!-- made: )(\w+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)


def settings_table() -> str:
    """Every setting with its default and its help."""
    lines = ["| setting | default | what it does |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{name}` | {_default(name, field.default)} | {field.description} |")
    return "\n".join(lines)


def _default(name: str, value: object) -> str:
    if value is PydanticUndefined:
        return "`127.0.0.1`; all addresses on a Space or in a container" if name == "host" else "made at the start"
    secret = getattr(value, "get_secret_value", None)
    shown = secret() if secret is not None else value
    if shown is None or shown == "":
        return "empty"
    return f"`{str(shown).lower() if isinstance(shown, bool) else shown}`"


def reason_codes() -> str:
    """Every reason code, by where it comes from."""
    lines = ["| of | code | what it says |", "|---|---|---|"]
    lines += [f"| {of} | `{code}` | {said} |" for of, codes in REASONS.items() for code, said in codes.items()]
    return "\n".join(lines)


def exports() -> str:
    """Every format there is."""
    found = discover("core.exports", "EXPORT", Export)
    return "\n".join(f"- `{name}`: {found[name].title}, `{found[name].suffix}`" for name in sorted(found))


def scopes() -> str:
    """What may be allowed, in the words that stand beside its switch."""
    lines = ["| scope | switch | what the person reads beside it |", "|---|---|---|"]
    lines += [f"| `{scope.name}` | {scope.title} | {scope.text} |" for scope in ENGLISH.scopes]
    return "\n".join(lines)


PARTS: Mapping[str, Callable[[], str]] = {
    "client_messages": client_messages,
    "server_messages": server_messages,
    "binary_frame": binary_frame,
    "prediction_line": prediction_line,
    "reason_codes": reason_codes,
    "error_codes": error_codes,
    "routes": routes,
    "exports": exports,
    "scopes": scopes,
    "settings": settings_table,
}
"""name in a page -> what makes it"""


def filled(page: str) -> str:
    """The page with every made part as the code has it now."""
    return PART.sub(lambda found: f"{found[1]}{found[2]}\n{PARTS[found[1]]()}\n\n", page)


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 where `--check` finds a page that has drifted."""
    parser = argparse.ArgumentParser(prog="python -m core.commands.docs", description="make the made parts of docs/")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page has drifted")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of the pages")
    chosen = parser.parse_args(arguments)
    drifted = []
    for path in sorted(chosen.folder.glob("*.md")):
        page = path.read_text(encoding="utf-8")
        made = filled(page)
        if made == page:
            continue
        drifted.append(path.name)
        if not chosen.check:
            path.write_text(made, encoding="utf-8")
    said = "drifted from the code; run: python -m core.commands.docs" if chosen.check else "written"
    print("\n".join(f"{name}: {said}" for name in drifted) or "the pages agree with the code")
    return 1 if chosen.check and drifted else 0


if __name__ == "__main__":
    sys.exit(main())
