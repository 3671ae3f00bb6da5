"""Nothing that we load tells its maker about us: no look-up of an outside name, no file in the home folder.

ONNX Runtime 1.31 does both (seen with strace) unless ORT_DISABLE_TELEMETRY is set before its first import.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # each in an interpreter of its own
ROOT = Path(__file__).parent.parent
READ_A_FACE = """
import numpy as np
from models.face_compact import ENGINE
from core.engines.requests import ClassifyFaces
from core.settings import Settings
ENGINE.load(Settings())
print(ENGINE.infer([ClassifyFaces(np.zeros((1, 1, 48, 48), np.float32))])[0].logits.shape)
"""
SAY_SOMETHING = """
from models.speak_hibari import ENGINE
from core.engines.requests import SpeakText
from core.settings import Settings
if __name__ == "__main__":
    ENGINE.load(Settings())
    print(len(ENGINE.infer([SpeakText("Hello, zwrk.", "en")])[0].samples) > 0)
    ENGINE.close()
"""
LIVE_A_LITTLE = """
import asyncio, sys
from pathlib import Path
from app import create_app
from core.settings import Settings
app = create_app(Settings(data_dir=Path(sys.argv[1])))
async def live():
    async with app.router.lifespan_context(app):
        print(*{engine["kind"] for engine in app.state.services.engines.describe() if engine["available"]})
asyncio.run(live())
"""
IMPORT_FIRST = ["core.transports.replay", "core.commands.models", "models._worker", "app"]
"""what a process starts with; training modules import ONNX Runtime at their top, after their own package"""


def run(code: str, home: Path, before: list[str] | None = None, argument: str = "") -> str:
    """What `code` prints, in a fresh interpreter whose environment says nothing about telemetry."""
    kept = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    kept |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    command = [*(before or []), sys.executable, "-c", code, argument]
    done = subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.strip()


def watcher(log: Path) -> list[str]:
    """strace, where it is installed and may trace: the look-up is made in native code, which no hook here sees."""
    words = ["strace", "-f", "-e", "trace=connect,sendto", "-o", str(log)]
    may_trace = (
        shutil.which("strace") and subprocess.run([*words, "true"], check=False, capture_output=True).returncode == 0
    )
    return words if may_trace else []


def assert_silent(home: Path, log: Path) -> None:
    """Nothing lies at home, and no socket but to this machine was opened."""
    assert [str(path.relative_to(home)) for path in home.rglob("*")] == []
    assert [line for line in log.read_text().splitlines() if "AF_INET" in line and "127.0.0.1" not in line] == []


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home folder."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What the watcher saw; empty where there is none."""
    (tmp_path / "trace").touch()
    return tmp_path / "trace"


def test_engine_calls_nobody_and_writes_nothing_at_home(home: Path, log: Path) -> None:
    assert run(READ_A_FACE, home, watcher(log)) == "(1, 7)"
    assert_silent(home, log)


def test_pleasant_voice_downloads_nothing_and_calls_nobody(home: Path, log: Path) -> None:
    """Its package can fetch other voices; the words it does not know go through a second net of its own."""
    assert run(SAY_SOMETHING, home, watcher(log)) == "True"
    assert_silent(home, log)


def test_app_with_all_engines_and_pages_calls_nobody_and_writes_nothing_at_home(home: Path, log: Path) -> None:
    told = run(LIVE_A_LITTLE, home, watcher(log), str(log.parent / "data"))
    assert {"detect", "face", "speech", "voice", "transcribe", "text", "speak", "reply"} <= set(told.split())
    assert_silent(home, log)


@pytest.mark.parametrize("module", IMPORT_FIRST)
def test_entry_point_switches_telemetry_off_before_any_engine(module: str, tmp_path: Path) -> None:
    code = f"import sys, os, {module}; print(os.environ['ORT_DISABLE_TELEMETRY'], 'onnxruntime' in sys.modules)"
    assert run(code, tmp_path) == "1 False"


@pytest.mark.parametrize("package", ["core", "models", "models.training"])
def test_package_alone_switches_telemetry_off(package: str, tmp_path: Path) -> None:
    code = f"import os, {package}; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    assert run(code, tmp_path) == "1"
