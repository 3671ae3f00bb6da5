from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import av
import pytest

from core.errors import Limit, MediaError
from core.transports.clip_limits import HELD, MOST_AT_ONCE, SPARE_BYTES, ClipMemory, DecodeTime
from core.transports.decoded_picture import MOST_BYTES
from core.transports.media import Clip

TWO = """
import io, json, sys, threading
from pathlib import Path
import av, numpy
from core.transports.media import Clip
def peak_mb():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
before = peak_mb()
clips = [Clip(io.BytesIO(Path(name).read_bytes())) for name in sys.argv[1:]]
def read(clip):
    for _ in clip.media(10):
        pass
threads = [threading.Thread(target=read, args=(clip,)) for clip in clips]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps([peak_mb() - before, sum(clip.memory_bytes for clip in clips) / 1e6]))
"""


class Clock:
    """Seconds that pass when the test says so."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def film(folder: Path, width: int, height: int, pictures: int = 20) -> Path:
    """An H.264 file with as many references as there may be: what a decoder keeps is what counts."""
    file = folder / f"{width}x{height}.mp4"
    with av.open(str(file), "w") as out:
        stream = out.add_stream("libx264", rate=10, options={"preset": "ultrafast", "x264-params": "ref=16"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([90]) * plane.buffer_size)
        for number in range(pictures):
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return file


def test_decoding_time_counts_only_while_decoding() -> None:
    clock = Clock()
    time = DecodeTime(10.0, clock)
    for _ in range(4):
        time.go_on()
        clock.now_s += 2.0
        time.rest()
        clock.now_s += 100.0
    time.go_on()
    time.check()
    clock.now_s += 2.5
    with pytest.raises(MediaError, match="took 10 s") as told:
        time.check()
    assert told.value.code == "clip_too_slow"


def test_clip_whose_time_is_used_up_breaks_off_and_gives_what_came_before(tmp_path: Path) -> None:
    ticks = count()
    media = Clip(film(tmp_path, 320, 240)).media(10, time=DecodeTime(1.0, lambda: 0.05 * next(ticks)))
    given: list[object] = []
    with pytest.raises(MediaError) as told:
        given.extend(media)
    assert told.value.code == "clip_too_slow"
    assert 0 < len(given) < 20


def test_clips_find_room_one_after_the_other_and_the_largest_alone() -> None:
    memory, largest = ClipMemory(), HELD * MOST_BYTES + SPARE_BYTES + 100_000_000
    assert largest < MOST_AT_ONCE < 2 * largest
    for _ in range(2):
        with memory.place(largest), pytest.raises(Limit) as told, memory.place(largest):
            pass
        assert told.value.code == "busy"
    with ExitStack() as held:
        for _ in range(7):  # of 1080p and 5 MB each
            held.enter_context(memory.place(HELD * 1920 * 1088 * 3 // 2 + SPARE_BYTES + 5_000_000))


def test_clip_that_is_larger_than_all_room_is_read_alone() -> None:
    memory = ClipMemory(100)
    with memory.place(1_000), pytest.raises(Limit), memory.place(1):
        pass
    with memory.place(1):
        pass


def test_more_is_set_aside_for_larger_pictures(tmp_path: Path) -> None:
    small, hd, large = (
        Clip(film(tmp_path, width, height, 2)).memory_bytes
        for width, height in ((320, 240), (1920, 1080), (3840, 2160))
    )
    assert small == hd < large


@pytest.mark.slow
def test_what_is_set_aside_is_enough_for_two_clips_at_once(tmp_path: Path) -> None:
    files = [film(tmp_path, 3840, 2160), film(tmp_path, 1920, 1080)]
    done = subprocess.run([sys.executable, "-c", TWO, *map(str, files)], capture_output=True, text=True, check=True)
    peak_mb, set_aside_mb = json.loads(done.stdout)
    assert 0.5 * set_aside_mb < peak_mb < set_aside_mb
