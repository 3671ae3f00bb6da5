"""`python -m core.transports.replay`, on real clips where they are, on the portrait everywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.estimation.fusion import FusionSettings
from core.live.parts import SessionParts
from core.live.session import Session
from core.live.timing import REPLAY
from core.metrics import Metrics
from core.transports.replay import main, replay
from core.transports.tracks import Track
from core.types import Fault
from tests.fakes import ScriptedEngines, ScriptedLane, person
from tests.transports.clips import clip_of


def _story(clip: Path, out: Path) -> list[dict]:
    assert main([str(clip), "--out", str(out)]) == 0
    return [json.loads(line) for line in out.read_text().splitlines()]


def _without_timings(events: list[dict]) -> list[dict]:
    return [{name: value for name, value in event.items() if name != "infer_ms"} for event in events]


@pytest.mark.slow
def test_replaying_twice_gives_the_same_events(portrait, tmp_path) -> None:
    clip = tmp_path / "portrait.mp4"
    clip.write_bytes(clip_of([portrait] * 12))
    one, other = (_story(clip, tmp_path / f"{n}.jsonl") for n in (1, 2))
    assert _without_timings(one) == _without_timings(other)
    assert sum(e["type"] == "face_emotion" for e in one) == 12


@pytest.mark.slow
def test_command_prints_one_event_a_line(portrait, tmp_path) -> None:
    clip = tmp_path / "portrait.mp4"
    clip.write_bytes(clip_of([portrait] * 3))
    done = subprocess.run(
        [sys.executable, "-m", "core.transports.replay", clip], capture_output=True, text=True, check=True
    )
    assert {json.loads(line)["type"] for line in done.stdout.splitlines()} >= {"face_emotion", "fused_emotion"}


@pytest.mark.slow
def test_command_without_a_clip_says_what_is_wrong(tmp_path, capsys) -> None:
    assert main([str(tmp_path / "nothing.mp4")]) == 2
    assert "cannot be opened" in capsys.readouterr().err


async def test_track_that_is_left_out_is_told_with_what_it_would_have_been_read_for() -> None:
    class TwoLeftOut:
        has_pictures, has_sound, duration_s = True, False, 1.0
        left_out = (Track("pictures", 1, "mjpeg", "it is a cover"), Track("sound", 2, "aac", "it is silent"))

        def media(self, *_: object, **__: object) -> Iterator[object]:
            return iter(())

    parts = SessionParts(ScriptedEngines(), {"face": ScriptedLane}, FusionSettings(), Metrics())
    session = Session("s1", person("camera"), parts, REPLAY)
    await session.start()
    await replay(TwoLeftOut(), session, 5.0, 60.0)  # type: ignore[arg-type]
    await session.stop()
    faults = [event for event in session.outbox._events if isinstance(event, Fault)]
    assert [(fault.code, fault.modality) for fault in faults] == [
        ("track_left_out", "face"),
        ("track_left_out", "voice"),
    ]


def _shown(events: list[dict], since_s: float = 0.0) -> list[str]:
    return [e["expression"] for e in events if e["type"] == "fused_emotion" and e["t"] >= since_s]


@pytest.mark.slow
def test_smile_selfie_is_neutral_then_a_smile(datasets, tmp_path) -> None:
    events = _story(datasets / "av/smile_selfie.mp4", tmp_path / "out.jsonl")
    shown = _shown(events)
    assert shown[0] == "neutral"
    assert set(_shown(events, since_s=1.7)) == {"happy"}


@pytest.mark.slow
def test_head_pose_male_is_happy(datasets, tmp_path) -> None:
    shown = _shown(_story(datasets / "av/head_pose_male.mp4", tmp_path / "out.jsonl"))
    assert shown.count("happy") > 0.9 * len(shown)


@pytest.mark.slow
def test_two_faces_keep_their_ids(datasets, tmp_path) -> None:
    events = _story(datasets / "av/head_pose_female_and_male.mp4", tmp_path / "out.jsonl")
    assert {e["face_id"] for e in events if e["type"] == "face_emotion"} == {1, 2}


@pytest.mark.slow
@pytest.mark.parametrize("name", [f"talking_face_{n}" for n in range(1, 6)] + ["distress_silent", "head_pose_female"])
def test_each_clip_has_a_face_most_of_the_time(datasets, tmp_path, name) -> None:
    events = _story(datasets / f"av/{name}.mp4", tmp_path / "out.jsonl")
    seen = [e for e in events if e["type"] == "face_emotion" and e["is_subject"]]
    fused = [e for e in events if e["type"] == "fused_emotion"]
    assert len(seen) > 0.6 * len(fused)
    assert not [e for e in events if e["type"] == "error"]
