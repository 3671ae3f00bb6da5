"""The example clients under notebooks/ work as they are."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from tests.server import Server

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def test_the_python_client_reads_a_picture_and_words(server: Server, portrait_jpeg: bytes) -> None:
    spec = importlib.util.spec_from_file_location("client", NOTEBOOKS / "client.py")
    client = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(client)
    seen = list(client.events(f"http://{server.address}", [portrait_jpeg] * 3, "what a lovely day"))
    kinds = {event["type"] for event in seen}
    assert {"ready", "face_emotion", "text_emotion", "fused_emotion", "utterance_emotion"} <= kinds
    assert next(event for event in seen if event["type"] == "face_emotion")["expression"] == "happy"


def test_the_browser_client_fits_on_a_screen() -> None:
    assert len((NOTEBOOKS / "client.html").read_text(encoding="utf-8").splitlines()) <= 62
