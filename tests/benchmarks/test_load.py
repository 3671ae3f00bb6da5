"""The load generator does not flatter: what is late counts as late, what is dropped as dropped."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.benchmarks.clients import Client, Notes
from tests.benchmarks.load import quantiles, summary

LATE_S = 0.05


def face(capture_t: float, t: float = 0.0) -> dict[str, Any]:
    return {"type": "face_emotion", "capture_t": capture_t, "t": t}


def client_of(notes: Notes) -> Client:
    return Client([b"jpeg"], 25.0, b"", notes=notes)


def test_a_picture_is_answered_by_the_first_event_alone() -> None:
    notes = Notes()
    notes.send(4.001, 0.0)
    notes.hear(face(4.001), 4.5)
    notes.hear({"type": "fused_emotion", "capture_t": 4.001}, 9.0)
    assert [(due, round(late, 3)) for due, late in notes.answered] == [(4.001, 0.499)]


def test_a_picture_that_gave_way_to_a_newer_one_is_dropped_and_never_fast() -> None:
    notes = Notes()
    notes.send(4.001, 0.0)
    notes.send(4.167, 0.0)
    notes.hear(face(4.167), 4.2)
    told = summary([client_of(notes)], 10.0)
    assert (told["pictures"]["answered"], told["pictures"]["unanswered"]) == (1, 1)
    assert told["latency_ms"]["n"] == 1


def test_an_event_of_the_voice_answers_no_picture() -> None:
    notes = Notes()
    notes.send(4.001, 0.0)
    notes.hear({"type": "fused_emotion", "capture_t": 4.0}, 4.1)
    assert notes.answered == []


def test_an_utterance_counts_from_its_last_voiced_sample_and_silence_is_no_words() -> None:
    notes = Notes()
    notes.hear(face(10.0, t=7.0), 10.1)  # session time began 3 s after the client's clock
    notes.hear({"type": "speech", "state": "end", "t": 20.0}, 25.5)
    notes.hear({"type": "speech", "state": "end", "t": 30.0}, 33.7)
    notes.hear({"type": "speech", "state": "end", "t": 40.0}, 43.7)
    final = {"type": "transcript", "is_final": True, "origin": "speech"}
    notes.hear(final | {"start_s": 18.0, "end_s": 20.0, "text": "late because the voice was behind"}, 25.6)
    notes.hear(final | {"start_s": 28.0, "end_s": 30.0, "text": "in time"}, 34.9)
    notes.hear(final | {"start_s": 38.0, "end_s": 40.0, "text": ""}, 43.8)
    told = summary([client_of(notes)], 10.0)["utterances"]
    assert (told["ended"], told["empty"], told["never"]) == (3, 1, 0)
    assert told["within_2s"] == pytest.approx(1 / 3, abs=0.01)
    assert told["within_2s_of_the_decision"] == pytest.approx(2 / 3, abs=0.01)


def test_the_highest_quantile_is_the_worst_there_was() -> None:
    told = quantiles([0.001 * n for n in range(101)])
    assert (told["p50"], told["p95"], told["max"], told["n"]) == (50.0, 95.0, 100.0, 101)


async def test_a_server_that_reads_every_second_picture_late_is_told_so() -> None:
    async def live(socket: ServerConnection) -> None:
        async for message in socket:
            if isinstance(message, str):
                if json.loads(message)["type"] == "auth":
                    await socket.send(json.dumps({"type": "state"}))
                continue
            kind, capture_s = struct.unpack_from("<Bd", message)
            if kind == 1 and round(capture_s * 10) % 2:
                await asyncio.sleep(LATE_S)  # on the way in: what comes later is late as well
                await socket.send(json.dumps(face(capture_s)))

    async with serve(live, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = Client([b"jpeg"] * 3, 25.0, b"\0" * 32_000, pictures_per_s=10.0)
        await client.run(f"127.0.0.1:{port}", 1.0, drain_s=0.5, token="any")  # noqa: S106
    assert (len(client.notes.answered), len(client.notes.due)) == (5, 5)
    assert min(late for _, late in client.notes.answered) >= LATE_S
    assert client.ended == ""
