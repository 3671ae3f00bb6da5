"""What a clip costs in memory, measured in a process of its own: 8K, 12K and 16K once took 1.2 GB."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from tests.transports.clips import clip_of
from tests.transports.webm import FLAC, PCM, flac_info, webm

pytestmark = pytest.mark.slow
REFUSED_MB = 60
"""a clip that is not decoded; the library itself loads on demand"""
READ_MB = 600
"""4K with 16 references: thirty pictures' worth of 12.4 MB, and what scales them; measured 420"""
READING = """
import io, json, sys, time
from pathlib import Path
import av, numpy
from core.errors import MediaError
from core.transports.media import Clip
def peak_mb():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
source = io.BytesIO(Path(sys.argv[1]).read_bytes())
before, code, items, began = peak_mb(), None, 0, time.process_time()
try:
    for _ in Clip(source).media(10):
        items += 1
except MediaError as error:
    code = error.code
print(json.dumps([code, items, peak_mb() - before, time.process_time() - began]))
"""


def _read(folder: Path, clip: bytes) -> tuple[str | None, int, float, float]:
    """Error, items, the peak of memory in MB and seconds of work, above those of the imports."""
    file = folder / "clip"
    file.write_bytes(clip)
    done = subprocess.run([sys.executable, "-c", READING, file], capture_output=True, text=True, check=True)
    code, items, peak_mb, work_s = json.loads(done.stdout)
    return code, items, peak_mb, work_s


def _declared(portrait: np.ndarray, width: int, height: int) -> bytes:
    """A WebM of 512x512 whose head says otherwise."""
    head = clip_of([portrait], container="webm")
    for mark, size in ((b"\xb0\x82\x02\x00", width), (b"\xba\x82\x02\x00", height)):
        assert mark in head
        head = head.replace(mark, mark[:2] + size.to_bytes(2, "big"), 1)
    return head


@pytest.mark.parametrize(("width", "height"), [(7680, 4320), (12288, 6480), (15360, 8640)])
def test_clip_of_huge_pictures_is_refused_and_costs_nothing(tmp_path, portrait, width, height) -> None:
    code, items, peak_mb, work_s = _read(tmp_path, _declared(portrait, width, height))
    assert (code, items) == ("picture_too_large", 0)
    assert peak_mb < REFUSED_MB
    assert work_s < 2


def test_picture_that_is_huge_against_its_head_is_never_allocated(tmp_path, portrait) -> None:
    clip = clip_of([portrait] * 3, container="webm")
    key_frame = b"\x9d\x01\x2a\x00\x02\x00\x02"  # VP8's start code, then 512 x 512 (RFC 6386, 9.1)
    assert key_frame in clip
    code, items, peak_mb, _ = _read(tmp_path, clip.replace(key_frame, key_frame[:3] + b"\xff\x3f\xff\x3f"))
    assert items == 0 or code is not None
    assert peak_mb < REFUSED_MB


@pytest.mark.parametrize(
    "bomb",
    [
        webm(PCM, 1.0, [bytes(2400)]),
        webm(FLAC, 1.0, [bytes(2400)], own=flac_info(1)),
        webm(PCM, 8_000.0, [bytes(1600)] * 1200, apart_ms=0),
        webm(PCM, 8_000.0, [bytes(2 * 8_000 * 61)]),
    ],
    ids=["1 Hz", "FLAC at 1 Hz", "two minutes at one moment", "a minute in one piece"],
)
def test_clip_that_is_a_bomb_of_sound_costs_little(tmp_path, bomb) -> None:
    code, _, peak_mb, work_s = _read(tmp_path, bomb)
    assert code in {"sound_rate", "sound_too_long"}
    assert peak_mb < REFUSED_MB + len(bomb) / 1e6
    assert work_s < 4


def test_largest_clip_that_is_read_stays_within_its_bound(tmp_path) -> None:
    """4K with as many references as H.264 has: what a decoder keeps is what counts."""
    file = tmp_path / "large.mp4"
    with av.open(str(file), "w") as out:
        stream = out.add_stream("libx264", rate=10, options={"preset": "ultrafast", "x264-params": "ref=16"})
        stream.width, stream.height, stream.pix_fmt = 3840, 2160, "yuv420p"
        frame = av.VideoFrame(3840, 2160, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([90]) * plane.buffer_size)
        for number in range(20):
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    code, items, peak_mb, _ = _read(tmp_path, file.read_bytes())
    assert (code, items) == (None, 20)
    assert peak_mb < READ_MB
