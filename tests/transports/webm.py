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
    codec: str,
    rate_hz: float,
    blocks: list[bytes],
    *,
    bits: int = 16,
    channels: int = 1,
    own: bytes = b"",
    apart_ms: int = 10,
) -> bytes:
    """One sound track that declares this rate; `own` is the codec's private data. Blocks `apart_ms` apart."""
    return _file(_track(1, codec, rate_hz, bits=bits, channels=channels, own=own), _blocks(1, blocks, apart_ms))


def several(codecs: list[str], rates_hz: float | list[float], blocks: list[bytes]) -> bytes:
    """Sound tracks side by side, the same blocks in each."""
    rates = rates_hz if isinstance(rates_hz, list) else [rates_hz] * len(codecs)
    pairs = enumerate(zip(codecs, rates, strict=True), start=1)
    tracks = b"".join(_track(number, codec, rate_hz) for number, (codec, rate_hz) in pairs)
    return _file(tracks, b"".join(_blocks(number + 1, blocks) for number in range(len(codecs))))


def _track(number: int, codec: str, rate_hz: float, *, bits: int = 16, channels: int = 1, own: bytes = b"") -> bytes:
    audio = (
        element(0xB5, struct.pack(">d", rate_hz)) + element(0x9F, bytes([channels])) + element(0x6264, bytes([bits]))
    )
    track = element(0xD7, bytes([number])) + element(0x73C5, bytes([number])) + element(0x83, b"\x02")
    track += element(0x86, codec.encode()) + element(0xE1, audio)
    return element(0xAE, track + (element(0x63A2, own) if own else b""))


def _blocks(number: int, blocks: list[bytes], apart_ms: int = 10) -> bytes:
    return b"".join(
        element(0xA3, bytes([0x80 | number]) + struct.pack(">hB", apart_ms * n % 30_000, 0x80) + part)
        for n, part in enumerate(blocks)
    )


def _file(tracks: bytes, blocks: bytes) -> bytes:
    head = element(0x1A45DFA3, element(0x4282, b"webm")) + b"\x18\x53\x80\x67" + UNKNOWN
    return head + element(0x1654AE6B, tracks) + b"\x1f\x43\xb6\x75" + UNKNOWN + element(0xE7, b"\x00") + blocks


def flac_info(rate_hz: int, channels: int = 1, bits: int = 16) -> bytes:
    """The private data of a FLAC track: "fLaC" and one STREAMINFO block (RFC 9639)."""
    packed = rate_hz << 44 | (channels - 1) << 41 | (bits - 1) << 36
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + packed.to_bytes(8, "big") + bytes(16)
    return b"fLaC" + bytes([0x80]) + len(info).to_bytes(3, "big") + info
