from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from pathlib import Path

import pytest

from core.commands.admin import main
from core.record.store import FILE_NAME, Store
from core.types import Message
from tests.record.events import ROOT, count, fused, opened, said

PASSWORD = "seven green lanterns"  # noqa: S105


def say(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))


def run(data: Path, *words: str) -> int:
    return main(["--data-dir", str(data), *words])


@pytest.mark.slow
def test_create_promote_reset_revoke_and_purge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    say(monkeypatch, PASSWORD)
    assert run(tmp_path, "create-admin", "keeper") == 0
    assert run(tmp_path, "users") == 0
    assert "keeper\tadmin\t0 sessions\t0 devices" in capsys.readouterr().out
    assert run(tmp_path, "set-role", "keeper", "visitor") == 0
    say(monkeypatch, "eleven red umbrellas")
    assert run(tmp_path, "reset-password", "Keeper") == 0
    assert run(tmp_path, "revoke", "keeper") == 0
    monkeypatch.setattr("builtins.input", lambda _question: "no")
    assert run(tmp_path, "purge", "keeper") == 0
    assert "nothing was deleted" in capsys.readouterr().out
    monkeypatch.setattr("builtins.input", lambda _question: "keeper")
    assert run(tmp_path, "purge", "keeper") == 0
    assert run(tmp_path, "users") == 0
    assert "no users yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [("revoke", "nobody"), ("set-role", "nobody", "admin"), ("backup", "."), ("restore", "/nowhere")]
)
def test_what_cannot_be_done_is_one_line_and_status_1(
    data_dir: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(data_dir, *words) == 1
    assert capsys.readouterr().err.startswith("attune: ")


def test_a_weak_password_is_refused(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, "password123")
    assert run(data_dir, "create-admin", "keeper") == 1


@pytest.mark.slow
def test_while_the_app_runs_the_command_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / FILE_NAME)
    try:
        command = [sys.executable, "-m", "core.commands.admin", "--data-dir", str(tmp_path), "users"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    finally:
        store.close()
    assert done.returncode == 1
    assert "another process" in done.stderr


async def test_a_backup_is_restored_with_sealed_words(tmp_path: Path) -> None:
    data, copy, again = tmp_path / "data", tmp_path / "copy", tmp_path / "again"
    store = Store(data / FILE_NAME)
    await opened(store, "s1", "u1")
    store.append("s1", fused(1.0))
    store.append("s1", Message("user", "words in a safe", "sad", 0.5, 1.0))
    await store.close_session("s1", 1_800_000_010.0)
    store.close()
    assert run(data, "backup", str(copy)) == 0
    assert not [f for f in copy.rglob("*") if f.is_file() and b"words in a safe" in f.read_bytes()]
    assert run(data, "backup", str(copy)) == 1  # never over another
    assert run(again, "restore", str(copy)) == 0
    (again / "words.key").write_bytes((data / "words.key").read_bytes())
    restored = Store(again / FILE_NAME)
    try:
        assert await count(restored, "fused") == 1
        assert [m["content"] for m in said(restored, "s1")] == ["words in a safe"]
        await opened(restored, "s2", "u1")
    finally:
        restored.close()
    assert run(again, "restore", str(copy)) == 1


async def test_a_clock_that_jumped_is_confirmed(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await asyncio.to_thread(run, data_dir, "confirm-clock") == 0
    assert "confirmed" in capsys.readouterr().out
    store = Store(data_dir / FILE_NAME)
    assert await count(store, "clock_seen") == 1
    store.close()
