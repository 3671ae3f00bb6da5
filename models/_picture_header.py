"""What a picture's first bytes say: format and size, before anything is decoded.

JPEG: ITU-T T.81 annex B; PNG: ISO/IEC 15948 section 11.2.2; WebP: RFC 9649.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import MediaError

ACCEPTED = "JPEG, PNG and WebP are accepted"
OTHERS = {b"GIF8": "GIF", b"BM": "BMP", b"II*\0": "TIFF", b"MM\0*": "TIFF", b"\0\0\x01\0": "ICO", b"%PDF": "PDF"}
FTYP_OTHERS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF", b"avif": "AVIF"}

JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
"""Start-of-frame markers: all of C0..CF but C4 (Huffman tables), C8 (reserved) and CC (arithmetic tables)."""
JPEG_SCAN = 0xDA
MOST_SCANS = 64
"""Ordinary progressive files have about 10; each one more costs a pass over all pixels."""
MOST_SCANNED_PX = 300e6
"""Pixels times scans, half a second of work: 12 scans of 25 megapixels, or 64 of 4. An empty scan is short."""
JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length."""


@dataclass(frozen=True, slots=True)
class PictureHeader:
    format: str
    width: int
    height: int
    is_whole: bool
    """the format's own end is there: JPEG's EOI, PNG's IEND, the length a WebP announces"""


def read_header(data: bytes) -> PictureHeader:
    """Format and size of a JPEG, PNG or WebP. Raises MediaError "not_a_picture" for everything else."""
    try:
        if data[:2] == b"\xff\xd8":
            return _jpeg(data)
        if data[:8] == b"\x89PNG\r\n\x1a\n":
            return _png(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except IndexError:
        raise MediaError("the picture is cut off within its header; send it whole", "not_a_picture") from None
    named = next((name for start, name in OTHERS.items() if data.startswith(start)), None)
    if data[4:8] == b"ftyp":
        named = FTYP_OTHERS.get(data[8:12])
    what = f"a {named} picture" if named else f"{len(data)} bytes that are no picture"
    raise MediaError(f"{ACCEPTED}, got {what}; send one of these", "not_a_picture")


def _jpeg(data: bytes) -> PictureHeader:
    """Walk the segments to the first scan. EOI is looked for behind it: thumbnails in EXIF have one of their own."""
    size, at = (0, 0), 2
    while True:
        if data[at] != 0xFF:
            raise MediaError("the JPEG's segments are damaged; send it again", "not_a_picture")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == JPEG_SCAN:
            break
        if marker in JPEG_ALONE:
            at += 2
            continue
        if marker in JPEG_FRAMES and size == (0, 0):
            size = (data[at + 7] << 8 | data[at + 8], data[at + 5] << 8 | data[at + 6])
        at += 2 + (data[at + 2] << 8 | data[at + 3])
    scans = data.count(bytes((0xFF, JPEG_SCAN)), at)
    if scans > MOST_SCANS or scans * size[0] * size[1] > MOST_SCANNED_PX:
        most = min(MOST_SCANS, int(MOST_SCANNED_PX / max(1, size[0] * size[1])))
        raise MediaError(f"expected a JPEG of at most {most} scans, got {scans}; save it again", "not_a_picture")
    return PictureHeader("JPEG", *size, is_whole=data.rfind(b"\xff\xd9") > at)


def _png(data: bytes) -> PictureHeader:
    """Walk the chunks to IEND. OpenCV 5 allocates what a chunk announces (4 GB, 13 s), so each must fit the data."""
    if data[12:16] != b"IHDR" or len(data) < 24:
        raise MediaError("the PNG does not begin with its header; send it again", "not_a_picture")
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    at, is_whole = 8, False
    while not is_whole and at + 12 <= len(data):
        is_whole = data[at + 4 : at + 8] == b"IEND"
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return PictureHeader("PNG", width, height, is_whole and at <= len(data))


def _webp(data: bytes) -> PictureHeader:
    """Simple lossy (VP8), lossless (VP8L) or extended (VP8X) file."""
    kind = data[12:16]
    if kind == b"VP8 ":
        if data[23:26] != b"\x9d\x01\x2a":
            raise MediaError("the WebP's first frame is damaged; send it again", "not_a_picture")
        width = (data[26] | data[27] << 8) & 0x3FFF
        height = (data[28] | data[29] << 8) & 0x3FFF
    elif kind == b"VP8L":
        bits = data[21] | data[22] << 8 | data[23] << 16 | data[24] << 24
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8X":
        width = 1 + (data[24] | data[25] << 8 | data[26] << 16)
        height = 1 + (data[27] | data[28] << 8 | data[29] << 16)
    else:
        raise MediaError("the WebP holds no picture; send it again", "not_a_picture")
    return PictureHeader("WebP", width, height, is_whole=len(data) >= 8 + int.from_bytes(data[4:8], "little"))
