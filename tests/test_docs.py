"""What is written about the app agrees with the app."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from core.commands.docs import PARTS, filled
from core.commands.docs_routes import routes
from core.settings import Settings
from tests.test_house import LAYERS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {path.name: path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]}
WIDEST = 100
"""columns of prose; tables and what is made of the code may be wider"""
ABSENT = re.compile(r"HOUSE_STYLE|\bissues? #?\d|shared/design")
"""what a reader of this repository does not have, beside documents that are not in it"""
DOCUMENT = re.compile(r"\b[A-Z][A-Z_]+\.md\b")
A_DATE = "DATE.md"
"""stands for the dates in names of results"""


def prose(page: str) -> Iterator[str]:
    """Lines that somebody wrote for reading: no front matter, no tables, no code, nothing made."""
    page = re.sub(r"\A---\n.*?\n---\n", "", page, flags=re.DOTALL)
    page = re.sub(r"<!-- made: .*?<!-- end -->|```.*?```", "", page, flags=re.DOTALL)
    yield from (line for line in page.splitlines() if not line.startswith(("|", "    ")))


def anchors(page: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


# -- README and the Space ---------------------------------------------------------------------------


def test_readme_front_matter_is_the_space_of_spaces_yaml() -> None:
    front = yaml.safe_load(README.split("---\n")[1])
    facts = yaml.safe_load((ROOT / "spaces.yaml").read_text(encoding="utf-8"))
    assert front == facts["space"]
    assert facts["port"] == Settings.model_fields["port"].default
    assert (ROOT / front["app_file"]).is_file()


def test_space_runs_the_pinned_gradio() -> None:
    front = yaml.safe_load(README.split("---\n")[1])
    assert f"gradio[oauth]=={front['sdk_version']}" in (ROOT / "requirements.txt").read_text()


def test_every_requirement_is_pinned_and_says_why() -> None:
    for file in ROOT.glob("requirements*.txt"):
        for line in file.read_text().splitlines():
            if line and not line.startswith(("#", "-r")):
                assert "==" in line, f"{file.name}: {line} is not pinned"
                assert "#" in line, f"{file.name}: {line} does not say why"


def test_readme_opens_in_one_sitting() -> None:
    lines = README.splitlines()
    assert len(lines) < 130
    assert max(map(len, lines)) <= WIDEST


def test_readme_leads_to_every_page() -> None:
    for path in DOCS.glob("*.md"):
        assert f"(docs/{path.name})" in README, path.name


# -- what is made of the code -----------------------------------------------------------------------


def test_docs_agree_with_the_code() -> None:
    """Fields, notes and defaults of every message, routes, reason codes, formats, settings: made by `make docs`."""
    for path in sorted(DOCS.glob("*.md")):
        page = path.read_text(encoding="utf-8")
        if filled(page) != page:
            pytest.fail(f"docs/{path.name} has drifted from the code; run: make docs")


def test_every_made_part_stands_on_a_page() -> None:
    assert set(re.findall(r"<!-- made: (\w+) -->", "".join(PAGES.values()))) == set(PARTS)


# -- what prose names -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_prose_is_narrow_enough_to_read_beside_code(name: str) -> None:
    assert [line for line in prose(PAGES[name]) if len(line) > WIDEST] == []


@pytest.mark.parametrize(
    "name", [*PAGES, "../MODEL_CARD.md", "../CHANGELOG.md", "../tests/benchmarks/results/README.md"]
)
def test_every_link_leads_somewhere(name: str) -> None:
    path = ROOT / name if name == "README.md" else (DOCS / name).resolve()
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if target.startswith("http"):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), f"{name}: {target}"
        assert not anchor or anchor in anchors(there.read_text(encoding="utf-8")), f"{name}: {target}"


@pytest.mark.parametrize("name", PAGES)
def test_every_file_that_is_named_is_there(name: str) -> None:
    """In backticks, from the root: `core/live/session.py`, `models/weights/`; `<name>` and `*` stand for some."""
    told = re.findall(r"`((?:core|models|pages|tests|docs|notebooks)/[^`\s:]*)", PAGES[name])
    if name == "decisions.md":
        told = [path for path in told if path not in _left_behind(PAGES[name])]
    for path in told:
        if not re.search(r"[<>*]|DATE|KIND|…", path):
            assert (ROOT / path).exists(), f"{name}: {path}"


def _left_behind(page: str) -> set[str]:
    """First column of the table of what moved: names that are no more."""
    table = page.split("## What moved where, and why")[1]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {path for row in rows for path in re.findall(r"`([^`]+)`", row)}


@pytest.mark.parametrize("name", PAGES)
def test_every_command_that_is_named_can_be_given(name: str) -> None:
    for module in re.findall(r"python -m ([\w.]+\w)(?!\S*<)", PAGES[name]):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file(), f"{name}: python -m {module}"
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?:`|^    )make ([a-z-]+)", PAGES[name], re.MULTILINE):
        assert re.search(rf"^{target}:.*##", makefile, re.MULTILINE), f"{name}: make {target}"


def test_every_make_target_has_a_word_of_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony is not None
    for target in phony[1].split():
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), target


def test_every_setting_that_prose_names_is_one() -> None:
    for name, page in PAGES.items():
        for setting in re.findall(r"ATTUNE_([A-Z_]+)\b", page):
            known = setting.lower() in Settings.model_fields or setting == "DATASETS"
            assert known, f"{name}: ATTUNE_{setting}"


def _spelled_routes() -> Iterator[str]:
    """As the files of routes spell them: sockets, and what a Space alone offers, stand in no OpenAPI document."""
    for room in ("rest", "transports"):
        for path in (ROOT / "core" / room).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            prefix = re.search(r'APIRouter\(prefix="([^"]+)"', source)
            for route in re.findall(r'router\.\w+\(\s*"([^"]*)"', source):
                yield (prefix[1] if prefix else "") + route


def test_every_route_that_prose_names_is_one() -> None:
    known = {*re.findall(r"- `[A-Z]+ (\S+)`", routes()), *_spelled_routes()}
    known = {re.sub(r"\{\w+\}", "{}", route) for route in known}
    for name, page in PAGES.items():
        for path in re.findall(r"`(?:[A-Z]+ )?(/(?:api|ws|health|metrics)[\w/{}.-]*)", page):
            if path != "/api/lines":  # the example of extending.md, which is run
                assert re.sub(r"\{\w+\}", "{}", path) in known, f"{name}: {path}"


def test_every_promise_names_a_test_that_is_there() -> None:
    """By its whole name; `test_some_*` are several that begin so."""
    table = [line for line in PAGES["privacy.md"].splitlines() if line.startswith("| ") and "`tests/" in line]
    assert len(table) > 20
    for file, _, test, is_family in re.findall(r"`(tests/[\w/]+\.py)(::(\w+)(\*?))?`", "\n".join(table)):
        named = rf"def {test}" if is_family else rf"def {test}\b"
        assert not test or re.search(named, (ROOT / file).read_text(encoding="utf-8")), f"{file}::{test}"


def test_twenty_behaviours_are_found_where_the_table_says() -> None:
    table = PAGES["architecture.md"].split("## Where is it decided?")[1]
    rows = re.findall(r"^\| (.+) \| `([^`]+)` \| `([^`]+)` \|$", table, re.MULTILINE)
    assert len(rows) >= 20
    for question, file, symbol in rows:
        source = (ROOT / file).read_text(encoding="utf-8")
        defined = rf"(?:def|class) {symbol}\b|^ *{symbol}\b *[:=]"
        assert re.search(defined, source, re.MULTILINE), f"{question}: {file} defines no {symbol}"


def test_every_layer_is_told() -> None:
    for room in LAYERS:
        path = Path(*room.split("."))
        if (ROOT / path).is_dir() or (ROOT / path).with_suffix(".py").is_file():
            assert f"{path}" in PAGES["architecture.md"], f"tell the room {path}/ in docs/architecture.md"


def test_nothing_cites_what_is_not_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    names = listed.stdout.splitlines()
    documents = {Path(name).name for name in names} | {A_DATE}
    for name in names:
        path = ROOT / name
        if (
            path.suffix in {".py", ".js", ".css", ".md", ".html", ".toml", ".txt", ".yaml", ".ipynb", ""}
            and path.is_file()
        ):
            if path == Path(__file__):
                continue
            text = path.read_text(encoding="utf-8", errors="ignore")
            found = ABSENT.search(text)
            assert found is None, f"{name} cites {found[0]}"
            assert set(DOCUMENT.findall(text)) <= documents, f"{name} cites a document that is not there"
