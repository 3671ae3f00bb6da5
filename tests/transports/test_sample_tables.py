"""Tables that announce more than there is are refused before the library makes entries of them; others pass whole."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from core.errors import MediaError
from core.transports.media import Clip
from core.transports.sample_tables import LARGEST_BOX, MOST_SAMPLES, MOST_STREAMED, CheckedStream, check_file
from tests.transports.clips import clip_of, sound_only
from tests.transports.recordings import recording

MANY = 40_000_000


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def table(kind: bytes, *numbers: int) -> bytes:
    """A box of version 0 without flags, and 32-bit numbers."""
    return box(kind, struct.pack(f">{len(numbers) + 1}I", 0, *numbers))


def movie(*tables: bytes, format_: bytes = b"mp4a", handler: bytes = b"soun") -> bytes:
    """An MP4 whose only track has these tables; no library would play it, none would look before it counts."""
    described = box(b"stsd", struct.pack(">II", 0, 1), box(format_, bytes(28)))
    media = box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(12)), box(b"minf", box(b"stbl", described, *tables)))
    return box(b"ftyp", b"isom", bytes(4)) + box(b"moov", box(b"trak", media))


def fragment(*tables: bytes) -> bytes:
    return box(b"moof", box(b"traf", *tables))


PLAIN = table(b"stts", 1, MANY, 1), table(b"stsz", 1, 900), table(b"stco", 1, 48)
EDITS = box(b"edts", table(b"elst", 20_000, *([100, 0, 65536] * 20_000)))
BOMBS = {
    "one size for all": movie(table(b"stsz", 1, MANY)),
    "no room for sizes": movie(table(b"stsz", 0, MANY)),
    "short sizes": movie(table(b"stz2", 8, MANY)),
    "times": movie(table(b"stts", MANY, 1, 1)),
    "shifts": movie(table(b"ctts", MANY, 1, 1)),
    "chunks": movie(table(b"stsc", MANY, 1, 1, 1)),
    "places": movie(table(b"stco", MANY, 1)),
    "long places": movie(table(b"co64", MANY, 1)),
    "key pictures": movie(table(b"stss", MANY, 1)),
    "edits": movie(table(b"stsz", 0, 900, *([1] * 900)), EDITS),
    "runs": movie() + fragment(table(b"trun", MANY)),
    "runs by and by": movie() + fragment(*[table(b"trun", 50_000)] * 21),
    "encrypted": movie() + fragment(table(b"senc", MANY)),
    "encrypted too": movie() + fragment(box(b"saiz", bytes(5), struct.pack(">I", MANY))),
    "a compressed header": box(b"ftyp", b"qt  ") + box(b"moov", box(b"cmov", bytes(20))),
    "a header in free space": box(b"ftyp", b"qt  ") + box(b"free", movie(table(b"stsz", 1, MANY))[16:]),
    "tracks": box(b"ftyp", b"isom") + box(b"moov", *[box(b"trak")] * 65),
    "fragments by an index": movie() + box(b"mfra", table(b"tfra", 1, 0, MANY)),
    "in a description": movie(box(b"stsd", bytes(8), table(b"stsz", 1, MANY))),
    "sound in large chunks": movie(*PLAIN, table(b"stsc", 1, 1, 2**31, 1), format_=b"sowt"),
    "pictures as sound": movie(*PLAIN[:1], table(b"stsz", 1, MANY), bytes(MANY), format_=b"avc1"),
    "boxes in boxes": b"".join(struct.pack(">I4s", 8 * (30 - depth), b"moov") for depth in range(30)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_clip_whose_tables_announce_too_much_is_never_opened(bomb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av, "open", lambda *_args, **_options: pytest.fail("the library was asked"))
    with pytest.raises(MediaError) as refused:
        Clip(io.BytesIO(BOMBS[bomb]))
    assert refused.value.code == "broken_clip"


def test_clip_on_the_disk_is_looked_at_too(tmp_path: Path) -> None:
    clip = tmp_path / "bomb.mp4"
    clip.write_bytes(BOMBS["one size for all"])
    with pytest.raises(MediaError):
        check_file(clip)
    clip.write_bytes(b"")
    check_file(clip)


def _feed(data: bytes, size: int, given: list[bytes]) -> None:
    stream = CheckedStream()
    for start in range(0, len(data), size):
        given.append(stream.take(data[start : start + size]))


@pytest.mark.parametrize(
    "bomb", [name for name in BOMBS if name not in {"pictures as sound", "edits", "runs by and by"}]
)
@pytest.mark.parametrize("size", [7, 1000])
def test_stream_whose_tables_announce_too_much_goes_no_further(bomb: str, size: int) -> None:
    given: list[bytes] = []
    with pytest.raises(MediaError) as refused:
        _feed(BOMBS[bomb], size, given)
    assert refused.value.code == "broken_sound"
    assert struct.pack(">I", MANY) not in b"".join(given)


def test_free_samples_of_a_stream_are_counted_over_all_its_fragments() -> None:
    stream = CheckedStream()
    stream.take(movie())
    one = fragment(table(b"trun", MOST_STREAMED // 4))
    for _ in range(4):
        assert stream.take(one) == one
    with pytest.raises(MediaError):
        stream.take(one)


def test_samples_of_a_stream_that_take_bytes_may_come_without_end() -> None:
    stream = CheckedStream()
    sized = fragment(box(b"trun", struct.pack(">II", 0x200, 10_000), bytes(40_000)))
    assert all(stream.take(sized) == sized for _ in range(MOST_SAMPLES // 10_000 + 1))


@pytest.mark.parametrize("size", [1, 5, 1000, 10**7])
def test_recording_of_a_browser_passes_whole_however_it_is_cut(size: int) -> None:
    stream, data = CheckedStream(), recording("mp4", 3.0)
    assert b"".join(stream.take(data[start : start + size]) for start in range(0, len(data), size)) == data


def test_sound_passes_as_it_comes_and_a_header_once_it_is_whole() -> None:
    stream, header = CheckedStream(), box(b"free", bytes(100))
    assert stream.take(header[:50]) == b""
    assert stream.take(header[50:] + struct.pack(">I4s", 1000, b"mdat") + b"abc") == header + b"\0\0\3\xe8mdatabc"
    assert stream.take(b"d") == b"d"


def test_sound_to_the_end_of_the_stream_passes() -> None:
    stream, last = CheckedStream(), struct.pack(">I4s", 0, b"mdat")
    assert stream.take(last + b"abc") == last + b"abc"
    assert stream.take(b"moov") == b"moov"


@pytest.mark.parametrize("size", [2, 7, LARGEST_BOX + 1])
def test_box_of_a_stream_that_is_none_or_would_be_held_for_long_is_refused(size: int) -> None:
    with pytest.raises(MediaError):
        CheckedStream().take(struct.pack(">I4s", size, b"moov") + bytes(8))


def _pcm(seconds: float) -> bytes:
    """A MOV of plain sound, which announces 48,000 samples a second."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mov") as out:
        stream = out.add_stream("pcm_s16le", rate=48_000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.ones((1, round(48_000 * seconds)), np.int16), format="s16", layout="mono")
        frame.sample_rate = 48_000
        out.mux(stream.encode(frame))
    return buffer.getvalue()


def test_plain_sound_counts_by_what_the_library_makes_of_it() -> None:
    data = _pcm(30.0)
    assert struct.pack(">I", 1_440_000) in data, "more samples than a clip of another kind may have"
    check_file(io.BytesIO(data))


def test_ordinary_files_of_every_kind_pass() -> None:
    pictures = [np.full((64, 64, 3), shade, np.uint8) for shade in range(0, 250, 10)]
    files = [clip_of(pictures, container=kind) for kind in ("mp4", "mov", "webm")] + [sound_only()]
    files += [recording(kind) for kind in ("webm", "mp4", "ogg", "wav", "flac", "mp3")] + [b"", b"\0", bytes(100)]
    for data in files:
        check_file(io.BytesIO(data))
        check_file(io.BytesIO(data[: len(data) // 2]))
