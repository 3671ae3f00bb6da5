"""What a picture's first bytes say, against what Pillow wrote."""

from __future__ import annotations

from contextlib import nullcontext, suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import MediaError
from models._picture_header import MOST_SCANS, read_header
from tests.pictures import encode

STARTS = (b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8 ", b"RIFF\0\0\0\0WEBPVP8L", b"GIF8", b"")


@pytest.mark.parametrize(
    ("kind", "named", "options"),
    [
        ("JPEG", "JPEG", {}),
        ("JPEG", "JPEG", {"progressive": True}),
        ("PNG", "PNG", {}),
        ("WEBP", "WebP", {}),
        ("WEBP", "WebP", {"lossless": True}),
        ("WEBP", "WebP", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"}),
    ],
)
@pytest.mark.parametrize("size", [(1, 1), (300, 17), (16, 1000)])
def test_format_and_size_are_read(kind: str, named: str, options: dict, size: tuple[int, int]) -> None:
    header = read_header(encode(np.zeros((size[1], size[0], 3), np.uint8), kind, **options))
    assert (header.format, header.width, header.height, header.is_whole) == (named, *size, True)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_picture_without_its_end_is_not_whole(kind: str) -> None:
    data = encode(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8), kind)
    assert not read_header(data[:-20]).is_whole


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"GIF89a....", "GIF"), (b"BM........", "BMP"), (b"\0\0\0\x18ftypheic", "HEIC"), (b"%PDF-1.7..", "PDF")],
)
def test_other_formats_are_named(data: bytes, name: str) -> None:
    with pytest.raises(MediaError, match=f"JPEG, PNG and WebP are accepted, got a {name} picture"):
        read_header(data)


def test_jpeg_of_endless_scans_is_refused() -> None:
    data = encode(np.zeros((16, 16, 3), np.uint8))
    with pytest.raises(MediaError, match=f"at most {MOST_SCANS} scans"):
        read_header(data[:-2] + b"\xff\xda\0\x02" * (MOST_SCANS + 1) + data[-2:])


@pytest.mark.parametrize(("size", "scans", "is_taken"), [(2000, 64, True), (5000, 10, True), (5000, 20, False)])
def test_large_jpeg_may_have_fewer_scans(size: int, scans: int, is_taken: bool) -> None:
    data = encode(np.zeros((size, size, 3), np.uint8))
    many = data[:-2] + b"\xff\xda\0\x02" * (scans - 1) + data[-2:]
    with nullcontext() if is_taken else pytest.raises(MediaError, match="at most 12 scans, got 20"):
        assert read_header(many).width == size


@given(st.sampled_from(STARTS), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(start: bytes, rest: bytes) -> None:
    with suppress(MediaError):
        header = read_header(start + rest)
        assert min(header.width, header.height) >= 0
