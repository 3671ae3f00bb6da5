"""The app as a whole: what it refuses at the door, TLS, and that no picture ever reaches the disk."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import app
from app import main
from core.settings import Settings
from core.threads import TURN_S
from tests.server import Server, tracebacks
from tests.transports.clips import clip_of


def test_setting_that_does_not_fit_ends_with_one_line(capsys) -> None:
    assert main(["--port", "many"]) == 2
    assert "port" in capsys.readouterr().err


def test_the_app_runs_in_short_turns(monkeypatch) -> None:
    turns: list[float] = []
    monkeypatch.setattr(sys, "setswitchinterval", turns.append)
    main(["--port", "many"])
    assert turns == [TURN_S]


@pytest.mark.slow
def test_second_process_on_one_data_folder_is_told_so(tmp_path) -> None:
    with Server(Settings(data_dir=tmp_path)):
        done = subprocess.run(
            [sys.executable, "app.py", "--data-dir", str(tmp_path), "--port", "0"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert "--data-dir" in done.stderr
    assert "Traceback" not in done.stderr


def test_files_of_the_live_view_are_asked_for_anew(server: Server) -> None:
    with urllib.request.urlopen(f"http://{server.address}/attune/live/live.js", timeout=10) as answer:
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "javascript" in answer.headers["Content-Type"]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app where three.js is not installed."""
    folder = tmp_path_factory.mktemp("bare")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(app, "THREE", folder / "missing")
        with Server(Settings(data_dir=folder)) as server:
            yield server


@pytest.mark.slow
@pytest.mark.parametrize("file", ["build/three.module.js", "", "nothing.js", "%00", "a" * 300])
def test_a_package_that_is_not_installed_has_no_files_and_fails_nothing(bare: Server, file: str) -> None:
    with tracebacks() as found:
        assert bare.call(f"/attune/vendor/three/{file}")[0] == 404
    assert found == []


@pytest.mark.parametrize("path", ["/nothing", "/api/nothing", "/attune/nothing.js"])
def test_what_is_not_there_is_told_as_every_error_is(server: Server, path) -> None:
    assert server.call(path) == (404, {"error": {"code": "not_found", "message": "Not Found"}})
    assert server.call("/api/guest", method="DELETE")[1]["error"]["code"] == "method_not_allowed"


def _self_signed(folder: Path) -> tuple[Path, Path]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    certificate = made.sign(key, hashes.SHA256())
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, private


@pytest.mark.slow
def test_with_certificate_and_key_the_app_speaks_https(tmp_path) -> None:
    cert, key = _self_signed(tmp_path)
    with Server(Settings(data_dir=tmp_path / "data", tls_cert=cert, tls_key=key)) as server:
        context = ssl.create_default_context(cafile=str(cert))
        port = server.address.rsplit(":", 1)[1]
        with urllib.request.urlopen(f"https://localhost:{port}/health", context=context, timeout=10) as answer:
            assert json.load(answer) == {"status": "ok"}


MEDIA = {b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG", b"RIFF": "RIFF", b"ftypisom": "MP4", b"\x1aE\xdf\xa3": "WebM"}


def _media_in(folder: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [f"{kind} in {path.name}" for path in files for mark, kind in MEDIA.items() if mark in path.read_bytes()]


@pytest.mark.slow
def test_no_picture_reaches_the_disk(tmp_path, portrait, portrait_jpeg, monkeypatch: pytest.MonkeyPatch) -> None:
    data, temporary = tmp_path / "data", tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with Server(Settings(data_dir=data)) as server:
        token = server.guest("camera", "history")
        with server.live(token=token) as client:
            for number in range(10):
                client.send_picture(portrait_jpeg, number / 6)
                client.until("fused_emotion")
            client.send({"type": "stop"})
            client.until("state", ended=True)
        _, clip = server.call("/api/clips", clip_of([portrait] * 5), token)
        with server.live(token=token, resume_token=clip["resume_token"]) as client:
            client.until("state", ended=True, timeout_s=30)
    (temporary / "planted.bin").write_bytes(b"xx" + portrait_jpeg)
    assert _media_in(temporary) == ["JPEG in planted.bin"], "the scan itself must be able to find a picture"
    (temporary / "planted.bin").unlink()
    assert sum(path.stat().st_size for path in data.rglob("*") if path.is_file()) > 0
    assert _media_in(data) == []
    assert _media_in(temporary) == []
