"""What the tables of an MP4 announce, checked before the library believes them (ISO/IEC 14496-12).

libavformat makes an entry of 24 bytes for each sample that a table announces, and a table may announce millions in a
dozen bytes: 900 bytes took a gigabyte. Nothing here judges whether a file is whole; only what it would cost.
"""

from __future__ import annotations

import io
import mmap
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from core.errors import MediaError

MOST_SAMPLES = 1_000_000
"""entries of all tracks of a clip, edits counted: 24 MB; 4 h of pictures at 60 a second"""
MOST_STREAMED = 100_000
"""of a stream's own header, and of its fragments those that take no bytes there; what browsers record has neither"""
MOST_TRACKS, MOST_PLACES = 64, 1_000_000
"""tracks, and tracks times fragments: the library keeps 56 bytes for each of these"""
MOST_BOXES = 1_000_000
"""of a clip; a fragment of a second has some ten"""
LARGEST_BOX = 1_000_000
"""bytes of a stream's box that is no sound: one is held until it has come whole"""
HEAD, LONG_HEAD = 8, 16
"""bytes of a box's head; with a size of 64 bits"""
DEEPEST = 12

FOLDERS = frozenset(
    b"moov trak mdia minf stbl edts mvex moof traf udta mfra dinf tref wave sinf schi meta free skip wide hoov".split()
)
"""boxes in which the library looks for others; a `moov` may hide in a `free`"""
ENTRY_BYTES = {b"stts": 8, b"ctts": 8, b"stsc": 12, b"stco": 4, b"co64": 8, b"stss": 4, b"stps": 4}
"""plain tables: bytes of an entry behind version, flags and count"""
FREE_SAMPLES = {b"senc": 4, b"saiz": 5}
"""tables of encrypted samples: where the count stands. One may take no bytes and is some hundred in memory"""
KINDS = (*ENTRY_BYTES, *FREE_SAMPLES, b"stsz", b"stz2", b"elst", b"trun", b"tfra", b"sidx", b"cmov")
PCM = frozenset((b"sowt", b"twos", b"raw ", b"in24", b"in32", b"fl32", b"fl64", b"lpcm", b"ulaw", b"alaw", b"ipcm"))
"""formats (in `stsd`) each of whose samples is one of sound: the library makes an entry for each 512 or more"""
FIELDS = 0x100, 0x200, 0x400, 0x800
"""flags of a `trun`: 4 bytes for each sample"""


class SampleTables:
    """The tables of one file or stream. `length`: bytes of the file, None where it still comes."""

    def __init__(self, length: int | None, code: str = "broken_clip") -> None:
        self._length = length
        self._code = code
        self._most = MOST_STREAMED if length is None else MOST_SAMPLES
        self._samples = self._tracks = self._fragments = self._boxes = 0

    def check(self, data: memoryview) -> None:
        """Boxes one behind the other, all but sound and pictures. Raises MediaError."""
        for kind, body in self._all(data, 0):
            if kind == b"trak":
                self._check_track(body)
            elif kind == b"moof":
                self._fragments += 1
            elif kind == b"stsd":
                self._check_hidden(body)
            elif kind in KINDS:
                self._check_table(kind, body)
            if self._tracks * self._fragments > MOST_PLACES:
                raise self._error(f"{self._fragments} fragments of {self._tracks} tracks")

    def _all(self, data: memoryview, depth: int) -> Iterator[tuple[bytes, memoryview]]:
        """Every box, a folder before what is in it; a box that ends too late ends with its folder."""
        for kind, body in boxes(data):
            self._boxes += 1
            if self._boxes > MOST_BOXES:
                raise self._error(f"more than {MOST_BOXES} boxes")
            yield kind, body
            if kind in FOLDERS and depth < DEEPEST:
                yield from self._all(body, depth + 1)
                if kind == b"meta":  # with version and flags, or without
                    yield from self._all(body[4:], depth + 1)
            elif kind in FOLDERS:
                raise self._error("boxes in boxes without end")

    def _check_hidden(self, body: memoryview) -> None:
        """Tables in the description of a format, where the library reads them too."""
        data = bytes(body)
        for kind in KINDS:
            if kind in data:
                raise self._error(f"a table ({kind.decode()}) in the description of a track")

    def _check_table(self, kind: bytes, body: memoryview) -> None:
        """One table, by itself. What samples it has is counted with its track."""
        if kind == b"cmov":
            raise self._error("a compressed header (cmov)")
        if kind in ENTRY_BYTES:
            self._check_room(kind, number(body, 4), len(body) - 8, ENTRY_BYTES[kind])
        elif kind in (b"stsz", b"stz2"):
            self._check_sizes(kind, body)
        elif kind == b"elst":
            self._check_room(kind, number(body, 4), len(body) - 8, 20 if _is_long(body) else 12)
        elif kind == b"trun":
            self._check_run(body)
        elif kind in FREE_SAMPLES:
            has_type = kind == b"saiz" and number(body, 0) & 1
            self._add(number(body, FREE_SAMPLES[kind] + (8 if has_type else 0)))
        elif kind == b"tfra":
            self._fragments += number(body, 12)
        else:  # sidx
            self._fragments += number(body, 28 if _is_long(body) else 20) & 0xFFFF

    def _check_sizes(self, kind: bytes, body: memoryview) -> None:
        size, count = number(body, 4), number(body, 8)
        if kind == b"stz2":
            self._check_room(kind, count * (size & 0xFF), 8 * (len(body) - 12), 1)
        elif size == 0:
            self._check_room(kind, count, len(body) - 12, 4)
        elif self._length is not None:
            self._check_room(kind, count, self._length, size)

    def _check_run(self, body: memoryview) -> None:
        """Samples of a fragment; those of a stream are bounded by the bytes they take, as they come without end."""
        flags, count = number(body, 0) & 0xFFFFFF, number(body, 4)
        size = 4 * sum(bool(flags & field) for field in FIELDS)
        self._check_room(b"trun", count, len(body) - 8, size)
        if size == 0 or self._length is not None:
            self._add(count)

    def _check_track(self, body: memoryview) -> None:
        self._tracks += 1
        if self._tracks > MOST_TRACKS:
            raise self._error(f"more than {MOST_TRACKS} tracks")
        found: dict[bytes, list[memoryview]] = defaultdict(list)
        for kind, table in SampleTables(self._length, self._code)._all(body, 1):
            found[kind].append(table)
        edits = sum(number(table, 4) for table in found[b"elst"])
        self._add(_entries(found) * max(1, edits))

    def _check_room(self, kind: bytes, count: int, room: int, size: int) -> None:
        if count * size > max(0, room):
            raise self._error(f"a table ({kind.decode('latin-1')}) of {count} entries, for which it has no room")

    def _add(self, samples: int) -> None:
        self._samples += samples
        if self._samples > self._most:
            raise self._error(f"{self._samples} samples where {self._most} are read")

    def _error(self, what: str) -> MediaError:
        return MediaError(f"this MP4 announces {what}; record or export it again", code=self._code)


def _entries(track: dict[bytes, list[memoryview]]) -> int:
    """How many the library makes of this track's tables at most."""
    samples = sum(number(table, 8) for kind in (b"stsz", b"stz2") for table in track[kind])
    if not _is_pcm(track):
        return samples
    (places,) = track[b"stco"] + track[b"co64"]
    (chunks,) = track[b"stsc"]
    count, total = number(places, 4), 0
    firsts = [(number(chunks, at), number(chunks, at + 4)) for at in range(8, len(chunks) - 11, 12)]
    for (first, held), (next_first, _) in zip(firsts, [*firsts[1:], (count + 1, 0)], strict=True):
        total += max(0, next_first - first) * (1 + held // 512)
    return total + count


def _is_pcm(track: dict[bytes, list[memoryview]]) -> bool:
    """Whether it has one of each table, names a plain format of sound, and one unit of time for each sample."""
    tables = [track[b"stsd"], track[b"stts"], track[b"stsc"], track[b"stsz"], track[b"stco"] + track[b"co64"]]
    if [len(found) for found in tables] != [1] * 5:
        return False
    described, times = track[b"stsd"][0], track[b"stts"][0]
    handlers = {bytes(handler[8:12]) for handler in track[b"hdlr"]}
    is_plain = number(described, 4) == 1 and bytes(described[12:16]) in PCM
    is_sound = b"soun" in handlers and b"vide" not in handlers
    return is_plain and is_sound and (number(times, 4), number(times, 12)) == (1, 1)


def _is_long(body: memoryview) -> bool:
    """Whether it is version 1, whose times have 64 bits."""
    return number(body, 0) >> 24 == 1


def number(data: memoryview, at: int) -> int:
    """32 bits, unsigned; what is missing is 0."""
    return int.from_bytes(bytes(data[at : at + 4]).ljust(4, b"\0"), "big")


def head(data: memoryview) -> tuple[bytes, int, int] | None:
    """Kind, bytes of the head and of the whole box (0: to the end) at this begin; None where it is not there yet."""
    if len(data) < HEAD:
        return None
    size, kind = number(data, 0), bytes(data[4:8])
    if size != 1:
        return kind, HEAD, size
    return (kind, LONG_HEAD, number(data, 8) << 32 | number(data, 12)) if len(data) >= LONG_HEAD else None


def boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Kind and body of each, until one is none."""
    at = 0
    while (found := head(data[at : at + LONG_HEAD])) is not None:
        kind, begin, size = found
        size = size or len(data) - at
        if size < begin:
            return
        yield kind, data[at + begin : at + size]
        at += size


def check_file(source: io.BytesIO | Path) -> None:
    """A whole clip, of whatever kind: one that is no MP4 has no such boxes. Raises MediaError."""
    if isinstance(source, io.BytesIO):
        with source.getbuffer() as data:
            _check_whole(data)
    elif source.is_file() and source.stat().st_size:
        with (
            source.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
            memoryview(mapped) as data,
        ):
            _check_whole(data)


def _check_whole(data: memoryview) -> None:
    """Says the error anew: its traceback would hold pieces of `data`, which could not be let go then."""
    message = ""
    try:
        SampleTables(len(data)).check(data)
    except MediaError as error:
        message = error.message
    if message:
        raise MediaError(message, code="broken_clip")


class CheckedStream:
    """An MP4 stream, cut anywhere: gives on what may be read. A box with tables waits until it is there whole."""

    def __init__(self) -> None:
        self._tables = SampleTables(None, "broken_sound")
        self._kept = b""
        self._passing = 0
        """bytes of sound that still come"""
        self._is_last = False

    def take(self, data: bytes) -> bytes:
        """What may go on of all that came so far. Raises MediaError."""
        data, self._kept = self._kept + data, b""
        at = 0
        while at < len(data):
            if self._is_last:
                return data
            if self._passing:
                step = min(self._passing, len(data) - at)
                self._passing -= step
                at += step
            elif not (size := self._next(memoryview(data)[at:])):
                break
            else:
                at += size
        self._kept = data[at:]
        return data[:at]

    def _next(self, data: memoryview) -> int:
        """Bytes of the box that begins here and may go on; 0 where more must come first."""
        found = head(data)
        if found is None:
            return 0
        kind, begin, size = found
        if kind == b"mdat" and size == 0:
            self._is_last = True
            return len(data)
        if size < begin or (kind != b"mdat" and size > LARGEST_BOX):
            what = f"a box ({kind.decode('latin-1')}) of {size} bytes"
            raise MediaError(f"this MP4 announces {what}; begin a new recording", code="broken_sound")
        if kind == b"mdat":
            self._passing = size - begin
            return begin
        if len(data) < size:
            return 0
        self._tables.check(data[:size])
        return size
