"""WebM (Matroska) by hand, so that a header may declare what no recorder would."""

from __future__ import annotations

import struct

UNKNOWN = b"\x01\xff\xff\xff\xff\xff\xff\xff"
"""the size of an element that ends where the stream does (RFC 8794)"""
PCM, FLOAT_PCM, FLAC = "A_PCM/INT/LIT", "A_PCM/FLOAT/IEEE", "A_FLAC"


def element(number: int, content: bytes) -> bytes:
    """An EBML element: its number, its size in eight bytes, its content."""
    return (
        number.to_bytes((number.bit_length() + 7) // 8, "big") + (1 << 56 | len(content)).to_bytes(8, "big") + content
    )


def webm(
    codec: str, rate_hz: float, blocks: list[bytes], *, bits: int = 16, channels: int = 1, own: bytes = b""
) -> bytes:
    """One sound track that declares this rate; `own` is the codec's private data. Blocks 10 ms apart."""
    audio = (
        element(0xB5, struct.pack(">d", rate_hz)) + element(0x9F, bytes([channels])) + element(0x6264, bytes([bits]))
    )
    track = element(0xD7, b"\x01") + element(0x73C5, b"\x01") + element(0x83, b"\x02")
    track += element(0x86, codec.encode()) + element(0xE1, audio)
    track += element(0x63A2, own) if own else b""
    head = element(0x1A45DFA3, element(0x4282, b"webm")) + b"\x18\x53\x80\x67" + UNKNOWN
    sound = b"".join(
        element(0xA3, b"\x81" + struct.pack(">hB", 10 * n % 30_000, 0x80) + part) for n, part in enumerate(blocks)
    )
    return (
        head
        + element(0x1654AE6B, element(0xAE, track))
        + b"\x1f\x43\xb6\x75"
        + UNKNOWN
        + element(0xE7, b"\x00")
        + sound
    )


def flac_info(rate_hz: int, channels: int = 1, bits: int = 16) -> bytes:
    """The private data of a FLAC track: "fLaC" and one STREAMINFO block (RFC 9639)."""
    packed = rate_hz << 44 | (channels - 1) << 41 | (bits - 1) << 36
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + packed.to_bytes(8, "big") + bytes(16)
    return b"fLaC" + bytes([0x80]) + len(info).to_bytes(3, "big") + info
