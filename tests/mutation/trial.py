"""One changed file, in a copy of the tree, before the tests that should notice.

Each trial is a fork of this process, which has the large packages loaded already; the house itself and its tests are
loaded anew from the copy. What stops the trial must pass without the change: a test that fails either way proves
nothing.
"""

from __future__ import annotations

import ast
import compileall
import importlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.mutation.places import Place
from tests.sources import ROOT, module, sources
from tests.test_mirror import mirror_of

LARGE = ("pytest", "hypothesis", "numpy", "fastapi", "httpx", "duckdb", "av", "cv2", "onnxruntime", "pandas", "uvicorn")
MIRROR_S, OTHERS_S = 90.0, 180.0
"""seconds after which a trial counts as noticed: the change made something wait for ever; times the tree's patience"""
MOST_OTHERS = 6
"""test files besides the mirrored one; those that name the module first"""
KILLED = 255
QUICK = "not slow and not browser"
QUIET = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-W", "ignore::pytest.PytestAssertRewriteWarning"]


@dataclass(frozen=True)
class Outcome:
    """What one change came to."""

    verdict: str
    """caught, waited (caught by time) or survived"""
    by: str
    """the test that noticed, or how many files did not"""
    seconds: float


class Tree:
    """A copy of what git knows here; tests may be changed meanwhile."""

    def __init__(self, root: Path, patience: float = 1.0) -> None:
        self.root = root
        self.patience = patience
        """how many times slower than an idle machine this one may be"""
        self._unsteady: dict[tuple[str, str], bool] = {}
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, root / name)
        for name in (".venv", "node_modules"):
            if (ROOT / name).exists():
                (root / name).symlink_to((ROOT / name).resolve())
        compileall.compile_dir(root / "core", quiet=2)

    def refresh_tests(self) -> None:
        """Take tests over that were written since."""
        shutil.copytree(ROOT / "tests", self.root / "tests", dirs_exist_ok=True)
        files_importing.cache_clear()

    def attempt(self, place: Place) -> Outcome:
        """The quick tests of the mirrored file first, then those of others that import it, its slow ones last."""
        began = time.monotonic()
        path = self.root / place.path
        source = path.read_bytes()
        mirror = str(mirror_of(ROOT / place.path).relative_to(ROOT)) if path.name != "__init__.py" else ""
        others = [name for name in files_importing(place.path) if name != mirror][:MOST_OTHERS]
        own = [mirror] if mirror else []
        rounds = [(own, QUICK, MIRROR_S), (others, QUICK, OTHERS_S), (own, "slow and not browser", MIRROR_S)]
        try:
            path.write_bytes(place.applied(source))
            for files, marks, within_s in rounds:
                noticed = self._noticed(path, source, files, marks, within_s)
                if noticed is not None:
                    return Outcome(*noticed, round(time.monotonic() - began, 1))
        finally:
            path.write_bytes(source)
        unsteady = sum(self._unsteady.get((name, marks), False) for files, marks, _ in rounds for name in files)
        asked = f"{len(own) + len(others)} test files, {unsteady} of them left out: they fail or hang either way"
        return Outcome("survived", asked, round(time.monotonic() - began, 1))

    def _noticed(
        self, path: Path, source: bytes, files: list[str], marks: str, within_s: float
    ) -> tuple[str, str] | None:
        while files := [name for name in files if not self._unsteady.get((name, marks))]:
            code, said = self._run(files, marks, within_s)
            if code in {0, 5}:  # all passed, or the marks left none
                return None
            named = re.search(r"^(?:FAILED|ERROR) (tests/\S+)", said, re.M)
            by = named.group(1) if named else files[0]
            changed = path.read_bytes()
            path.write_bytes(source)
            is_steady = self._is_steady(by.split("::")[0], marks, within_s)
            path.write_bytes(changed)
            if is_steady:
                return "waited" if code == KILLED else "caught", by
        return None

    def _is_steady(self, name: str, marks: str, within_s: float) -> bool:
        """Whether a test file passes with nothing changed; looked at once."""
        if (name, marks) not in self._unsteady:
            code, _ = self._run([name], marks, within_s)
            self._unsteady[name, marks] = code not in {0, 5}
        return not self._unsteady[name, marks]

    def _run(self, files: list[str], marks: str, within_s: float) -> tuple[int, str]:
        """Exit code of pytest (KILLED when it took too long) and what it said."""
        told = self.root.parent / "told.txt"
        child = os.fork()
        if child == 0:
            _become_pytest(self.root, told, [*files, *QUIET, "-m", marks])
        ends = time.monotonic() + within_s * self.patience
        code = KILLED
        while time.monotonic() < ends:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                code = os.waitstatus_to_exitcode(status)
                break
            time.sleep(0.05)
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        if code == KILLED:
            os.waitpid(child, 0)
        return code, told.read_text(errors="replace")


def load_large() -> None:
    """Once, before the first fork: most of a short test run is spent on importing these."""
    os.environ |= {"ORT_DISABLE_TELEMETRY": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    os.environ["ATTUNE_DATASETS"] = str((ROOT / os.environ.get("ATTUNE_DATASETS", "../shared/datasets")).resolve())
    for name in LARGE:
        importlib.import_module(name)


def _become_pytest(root: Path, told: Path, arguments: list[str]) -> None:
    """In the fork: forget the house as it is here, load it from the copy, never come back."""
    code = 1
    try:
        os.setsid()
        said = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(said, 1)
        os.dup2(said, 2)
        os.chdir(root)
        for name in [name for name in sys.modules if name.split(".")[0] in {"tests", "core", "models", "pages", "app"}]:
            del sys.modules[name]
        sys.path[:] = [str(root), *(entry for entry in sys.path if Path(entry or ".").resolve() not in {ROOT, root})]
        sys.dont_write_bytecode = True
        import pytest

        code = int(pytest.main(arguments))
    finally:
        os._exit(code)


@cache
def files_importing(path: str) -> list[str]:
    """Test files that import a source file, or a source file that does: nearest first, at two steps at most."""
    wanted = module(ROOT / path)
    near = {wanted} | {module(other) for other in sources() if wanted in _imports(other)}
    tests = [file for file in sorted((ROOT / "tests").rglob("test_*.py")) if "browser" not in file.parts]
    steps = {file: (0 if wanted in named else 1) for file in tests if (named := _imports(file)) & near}
    room = Path(path).parent.name
    return [str(f.relative_to(ROOT)) for f in sorted(steps, key=lambda f: (steps[f], room not in f.parts, f.name))]


@cache
def _imports(file: Path) -> frozenset[str]:
    named: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(named)
