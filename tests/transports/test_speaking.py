"""Speaking and typing over a real socket, with the real engines."""

from __future__ import annotations

import base64
import json
import struct
import time

import numpy as np
import pytest

from core.settings import Settings
from tests.benchmarks.sounds import RATE_HZ, _read
from tests.server import Server
from tests.transports.recordings import pcm, recording, tone

ALL = ("camera", "microphone")


def speak(client, samples: np.ndarray, start_s: float = 0.0) -> None:
    """PCM in binary messages of 100 ms, at nearly the pace of life."""
    for start in range(0, len(samples), 1600):
        part = samples[start : start + 1600]
        client.connection.send(struct.pack("<Bd", 2, start_s + start / RATE_HZ) + pcm(part))
        time.sleep(0.09)


def say(client, **message) -> None:
    client.send(message)


def until(client, kind: str, seconds: float = 20.0, **fields):
    """The first event of a kind with these fields, and all before it."""
    seen = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        event = json.loads(client.connection.recv(timeout=seconds))
        seen.append(event)
        if event["type"] == kind and all(event.get(name) == value for name, value in fields.items()):
            return event, seen
    raise AssertionError(f"no {kind} in {seconds} s: {[e['type'] for e in seen]}")


@pytest.fixture(scope="module")
def sentence(datasets) -> np.ndarray:
    return np.concatenate([_read(datasets / "asr" / "goforward.flac"), np.zeros(2 * RATE_HZ, np.float32)])


def test_a_sentence_becomes_speech_words_and_readings(server: Server, sentence) -> None:
    with server.live(*ALL) as client:
        speak(client, sentence)
        judged, seen = until(client, "utterance_emotion")
    kinds = [event["type"] for event in seen]
    assert kinds.index("speech") < kinds.index("transcript") < kinds.index("text_emotion")
    assert "voice_emotion" in kinds
    words = next(event for event in seen if event["type"] == "transcript" and event["is_final"])
    assert {"go", "forward", "ten", "meters"} & set(words["text"].split()), "rough, but not all of it wrong"
    assert words["origin"] == "speech"
    assert judged["weights"]["voice"] > 0
    assert judged["weights"]["text"] > 0
    assert (judged["start_s"], judged["end_s"]) == (words["start_s"], words["end_s"])


def test_typed_words_are_read_without_a_microphone(server: Server) -> None:
    with server.live("camera") as client:
        say(client, type="text", text="This is wonderful, I am so happy")
        read, seen = until(client, "text_emotion")
        assert read["expression"] == "happy"
        assert next(e for e in seen if e["type"] == "transcript")["origin"] == "typed"


@pytest.mark.parametrize("text", ["🎉🎉😊", "Я очень рад", "嬉しいです", "x" * 100_000, "no"])
def test_any_text_gets_a_finite_reading(server: Server, text) -> None:
    with server.live("camera") as client:
        say(client, type="text", text=text)
        read, _ = until(client, "text_emotion")
        assert sum(read["expressions"].values()) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ({"type": "text", "text": "   "}, "spaces"),
        ({"type": "text", "text": "x" * 200_001}, "too many"),
        ({"type": "audio_chunk", "audio": "!!"}, "base64"),
        ({"type": "audio_chunk", "audio": "", "rate_hz": 100, "format": "pcm16"}, "Hz"),
        ({"type": "audio_chunk", "audio": "", "channels": 0, "format": "pcm16"}, "channels"),
        ({"type": "preferences", "weights": {"face": 0, "voice": 0, "text": 0}}, "above 0"),
        ({"type": "preferences", "weights": {"smell": 1}}, "weights are of"),
        ({"type": "preferences", "patience_s": 9}, "patience_s"),
        ({"type": "preferences", "language": "<script>"}, "language"),
        ({"type": "baseline", "action": "dance"}, "baseline"),
    ],
)
def test_what_does_not_fit_is_told_and_the_next_works(server: Server, message, part) -> None:
    with server.live(*ALL) as client:
        say(client, **message)
        error, _ = until(client, "error")
        assert part in error["message"]
        say(client, type="ping", id=1)
        until(client, "pong")


def test_sound_without_the_scope_is_not_decoded_and_told_once(server: Server) -> None:
    with server.live("camera") as client:
        for _ in range(5):
            client.connection.send(struct.pack("<Bd", 2, 0.0) + b"odd")
        error, _ = until(client, "error")
        assert error["code"] == "no_scope"
        say(client, type="ping", id=2)
        _, seen = until(client, "pong")
        assert [e for e in seen if e["type"] == "error"] == []


def test_odd_sound_is_told_and_the_next_chunk_is_heard(server: Server, sentence) -> None:
    with server.live(*ALL) as client:
        client.connection.send(struct.pack("<Bd", 2, 0.0) + b"odd")
        error, _ = until(client, "error")
        assert error["code"] == "odd_sound"
        speak(client, sentence, 0.1)
        until(client, "speech", state="end")


@pytest.mark.parametrize("container", ["webm", "mp4"])
def test_a_streamed_recording_is_decoded_and_one_from_the_middle_is_told(server: Server, container) -> None:
    data = recording(container)
    with server.live(*ALL) as client:
        middle = base64.b64encode(data[200:]).decode()
        say(client, type="audio_chunk", audio=middle, format=container)
        error, _ = until(client, "error")
        assert error["code"] == "no_header"
        for start in range(0, len(data), 500):
            part = base64.b64encode(data[start : start + 500]).decode()
            say(client, type="audio_chunk", audio=part, format=container)
        say(client, type="text", text="and words beside it")
        _, seen = until(client, "text_emotion")
        assert [e for e in seen if e["type"] == "error"] == []


def test_two_codecs_in_one_session_are_both_heard(server: Server) -> None:
    with server.live(*ALL) as client:
        for container in ("webm", "mp4", "webm"):
            sound = base64.b64encode(recording(container)).decode()
            say(client, type="audio_chunk", audio=sound, format=container)
        plain = base64.b64encode(pcm(tone(0.5, 44_100), 2)).decode()
        say(client, type="audio_chunk", audio=plain, format="pcm16", rate_hz=44_100, channels=2)
        say(client, type="ping", id=3)
        _, seen = until(client, "pong")
        assert [e for e in seen if e["type"] == "error"] == []


def test_an_end_of_speech_without_speech_does_no_harm(server: Server) -> None:
    with server.live(*ALL) as client:
        say(client, type="speech_end")
        say(client, type="speech_end", text="I said this")
        words, _ = until(client, "transcript")
        assert words["text"] == "I said this"


def test_clocks_apart_are_told(server: Server, portrait_jpeg: bytes) -> None:
    with server.live(*ALL) as client:
        for number in range(30):
            at_s = 50 + number / 30
            client.connection.send(struct.pack("<Bd", 1, at_s) + portrait_jpeg)
            client.connection.send(struct.pack("<Bd", 2, at_s - 0.5) + pcm(tone(1 / 30)))
            time.sleep(1 / 30)
        fault, _ = until(client, "error", code="clock_drift")
        assert "behind" in fault["message"]


def test_preferences_change_the_shares_at_once(server: Server, portrait_jpeg: bytes) -> None:
    with server.live(*ALL) as client:
        say(client, type="preferences", weights={"face": 0, "voice": 0.5, "text": 0.5})
        say(client, type="text", text="all the weight on words now")
        until(client, "text_emotion")
        client.connection.send(struct.pack("<Bd", 1, 0.0) + portrait_jpeg)
        until(client, "face_emotion")
        fused, _ = until(client, "fused_emotion")
        assert fused["weights"]["face"] == 0
        assert fused["weights"]["text"] == 1


def test_the_baseline_is_told(server: Server) -> None:
    with server.live(*ALL) as client:
        say(client, type="baseline", action="start")
        assert until(client, "baseline")[0]["state"] == "running"
        say(client, type="baseline", action="clear")
        assert until(client, "baseline")[0]["state"] == "none"


def test_what_is_said_is_nowhere_afterwards(tmp_path, capfd, sentence) -> None:
    """Without the `text` scope: database, its log, program output and metrics are searched for the words."""
    unlikely = "xylophonesecret"
    with Server(Settings(data_dir=tmp_path)) as server:
        with server.live(*ALL, "history") as client:
            say(client, type="text", text=f"{unlikely} is what I typed")
            until(client, "text_emotion")
            say(client, type="speech_end", text=f"{unlikely} is what I said")
            until(client, "utterance_emotion", origin="speech")
            say(client, type="stop")
        metrics = server.call("/metrics")[1]
    output = capfd.readouterr()
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert unlikely not in metrics + output.out + output.err
    assert unlikely.encode() not in kept


def test_predict_tells_the_voice_too(server: Server, sentence) -> None:
    with server.socket("/ws/predict") as connection:
        connection.send('{"consent": true}')
        for start in range(0, len(sentence), 1600):
            connection.send(struct.pack("<Bd", 2, start / RATE_HZ) + pcm(sentence[start : start + 1600]))
            time.sleep(0.03)
        lines = [json.loads(connection.recv(timeout=10)) for _ in range(8)]
    assert any(line["ser_conf"] is not None for line in lines)
    assert all(line["fer_conf"] is None for line in lines)
