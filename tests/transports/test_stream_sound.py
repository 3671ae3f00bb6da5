"""Streams as MediaRecorder makes them, cut anywhere; what is wrong with them; the bounds of their queues."""

from __future__ import annotations

import asyncio
import struct

import numpy as np
import pytest

from core.errors import Limit, MediaError
from core.transports.sound import LONGEST_CHUNK
from core.transports.stream_sound import HIGH, LOW, WAITING_BYTES, DecodedSound, StreamSound
from tests.transports.recordings import loudest_hz, recording
from tests.transports.webm import FLAC, FLOAT_PCM, PCM, flac_info, several, webm


async def _heard(decoded: DecodedSound, most: int = 30_000, wait_s: float = 3.0) -> tuple[np.ndarray, list[str]]:
    """The next `most` samples, or what comes until an error or the end of our patience; codes of errors."""
    runs = [np.zeros(0, np.float32)]
    try:
        async with asyncio.timeout(wait_s):
            while sum(map(len, runs)) < most:
                part = await decoded.get()
                if isinstance(part, MediaError):
                    return np.concatenate(runs), [part.code]
                runs.append(part)
    except TimeoutError:
        pass
    return np.concatenate(runs), []


async def _stream(container, pieces, most: int = 30_000, wait_s: float = 3.0) -> tuple[np.ndarray, list[str]]:
    """All samples and errors of a stream fed in these pieces."""
    decoded = DecodedSound()
    stream = StreamSound(container, decoded)
    try:
        for piece in pieces:
            stream.feed(piece)
        return await _heard(decoded, most, wait_s)
    finally:
        stream.close()


def pieces_of(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("container", ["webm", "mp4"])
@pytest.mark.parametrize("size", [1, 7, 999, 10**6])
async def test_a_recording_may_be_cut_anywhere(container, size) -> None:
    heard, errors = await _stream(container, pieces_of(recording(container, 2.2), size))
    assert errors == []
    assert len(heard) >= 30_000
    assert loudest_hz(heard[4000:28_000]) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("container", ["webm", "mp4"])
async def test_stereo_whose_right_is_the_left_inverted_is_heard(container) -> None:
    heard, errors = await _stream(container, [recording(container, right=-1.0)], most=16_000)
    assert errors == []
    assert np.abs(heard[4000:]).max() > 0.2
    assert loudest_hz(heard[4000:]) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("container", ["webm", "mp4"])
async def test_sound_comes_while_the_recording_still_goes_on(container) -> None:
    data = recording(container, 8.0)
    heard, errors = await _stream(container, [data[: len(data) // 2]], most=16_000)
    assert errors == []
    assert len(heard) >= 16_000


@pytest.mark.parametrize("container", ["webm", "mp4"])
async def test_a_recording_that_starts_in_the_middle_says_so(container) -> None:
    data = recording(container)
    with pytest.raises(MediaError) as middle:
        await _stream(container, [data[len(data) // 2 :]])
    assert middle.value.code == "no_header"


@pytest.mark.parametrize("called", ["webm", "mp4"])
@pytest.mark.parametrize("container", ["webm", "mp4", "ogg"])
async def test_a_recording_is_read_for_what_it_is_whatever_it_is_called(container, called) -> None:
    heard, errors = await _stream(called, pieces_of(recording(container, 2.2), 999))
    assert errors == []
    assert loudest_hz(heard[4000:28_000]) == pytest.approx(440, abs=2)


async def test_wav_is_told_how_to_be_sent() -> None:
    with pytest.raises(MediaError, match="as format pcm16"):
        await _stream("webm", [recording("wav")])


@pytest.mark.parametrize(
    ("codecs", "rates"), [(["A_NOBODY", PCM], 48_000.0), ([FLAC, PCM], 48_000.0), ([PCM, PCM], [1.0, 48_000.0])]
)
async def test_track_that_cannot_be_read_leaves_the_next(codecs, rates) -> None:
    heard, errors = await _stream("webm", [several(codecs, rates, [bytes(960)] * 50)], most=7_500)
    assert errors == []
    assert len(heard) == pytest.approx(8_000, abs=500)


async def test_unknown_codec_alone_is_told() -> None:
    heard, errors = await _stream("webm", [several(["A_NOBODY"], 48_000.0, [bytes(960)] * 50)], most=1)
    assert (len(heard), errors) == (0, ["sound_codec"])


async def test_junk_behind_a_good_header_is_told_and_ends_the_stream() -> None:
    junk = recording("webm")[:40] + np.random.default_rng(1).bytes(60_000)
    _, errors = await _stream("webm", [junk], wait_s=0.5)  # mostly it waits for a block that begins
    assert errors <= ["broken_sound"]


# -- what no browser records ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bomb", "code"),
    [
        (webm(PCM, 1.0, [bytes(2400)]), "sound_rate"),
        (webm(PCM, 7_999.0, [bytes(2400)]), "sound_rate"),
        (webm(PCM, 384_000.0, [bytes(2400)]), "sound_rate"),
        (webm(FLOAT_PCM, 1.0, [bytes(2400)], bits=32), "sound_rate"),
        (webm(PCM, 48_000.0, [bytes(2400)], channels=9), "sound_rate"),
        (webm(PCM, 16_000.0, [bytes(2400)], bits=8), "sound_codec"),
        (webm(FLAC, 1.0, [bytes(2400)], own=flac_info(1)), "sound_codec"),
        (webm(FLAC, 48_000.0, [bytes(2400)], own=flac_info(48_000)), "sound_codec"),
    ],
    ids=["1 Hz", "7999 Hz", "384 kHz", "floats at 1 Hz", "9 channels", "8 bit", "FLAC at 1 Hz", "FLAC"],
)
async def test_a_header_that_no_recorder_writes_is_told_and_nothing_of_it_is_decoded(bomb, code) -> None:
    """2.6 KB that declare 1 Hz were once resampled to 38 million samples."""
    assert len(bomb) < 2_700
    heard, errors = await _stream("webm", [bomb], most=1)
    assert (len(heard), errors) == (0, [code])


@pytest.mark.parametrize("codec", [PCM, FLOAT_PCM])
async def test_pcm_as_chromium_records_it_is_heard(codec) -> None:
    bits = 16 if codec == PCM else 32
    blocks = [bytes(480 * bits // 8)] * 50  # 10 ms each at 48 kHz
    heard, errors = await _stream("webm", [webm(codec, 48_000.0, blocks, bits=bits)], most=7_500)
    assert errors == []
    assert len(heard) == pytest.approx(8_000, abs=500)


async def test_one_frame_longer_than_a_message_may_hold_is_told() -> None:
    long = webm(PCM, 8_000.0, [bytes(2 * 8_000 * 61)])
    heard, errors = await _stream("webm", [long], most=1)
    assert (len(heard), errors) == (0, ["sound_too_long"])


async def test_a_message_that_holds_more_than_a_minute_is_heard_up_to_there_and_told() -> None:
    whole = webm(PCM, 8_000.0, [bytes(16_000)] * 70)
    heard, errors = await _stream("webm", [whole], most=10**9)
    assert (len(heard) / 16_000, errors) == (pytest.approx(60, abs=1.1), ["sound_too_long"])
    heard, errors = await _stream("webm", pieces_of(whole, 500_000), most=69 * 16_000)
    assert (len(heard) >= 69 * 16_000, errors) == (True, [])


# -- bounds -----------------------------------------------------------------------------------------


async def test_bytes_that_wait_to_be_decoded_are_bounded() -> None:
    stream = StreamSound("webm", DecodedSound())
    try:
        with pytest.raises(Limit):
            stream.feed(b"\x1a\x45\xdf\xa3" + bytes(WAITING_BYTES))
    finally:
        stream.close()


def _fill(decoded: DecodedSound, seconds: int) -> int:
    """Samples that could be put without waiting; a full one would wait for ever, so putting stops there."""
    count = 0
    for _ in range(seconds):
        if decoded._is_full:
            break
        decoded.put(np.zeros(16_000, np.float32), lambda: True)
        count += 16_000
    return count


async def test_decoder_waits_at_the_high_mark_and_goes_on_at_the_low_one() -> None:
    decoded = DecodedSound()
    assert _fill(decoded, 100) == HIGH
    waiting = asyncio.create_task(asyncio.to_thread(decoded.put, np.zeros(10, np.float32), lambda: True))
    left = HIGH
    while left > LOW:
        await asyncio.sleep(0.01)
        assert not waiting.done(), "it waits until the low mark is reached"
        left -= len(await decoded.get())
    await asyncio.wait_for(waiting, 5)


async def test_decoder_that_waits_ends_when_its_stream_is_closed() -> None:
    decoded = DecodedSound()
    _fill(decoded, 100)
    stream = StreamSound("webm", decoded)
    stream.feed(recording("webm", 1.0))
    await asyncio.sleep(0.3)
    thread = stream._thread
    assert thread is not None
    assert thread.is_alive()
    stream.close()
    await asyncio.to_thread(thread.join, 5)
    assert not thread.is_alive()


async def test_errors_count_too_and_come_behind_the_samples_before_them() -> None:
    decoded = DecodedSound()
    for _ in range(10):
        decoded.put(np.ones(10, np.float32), lambda: True)
        decoded.put(MediaError("broken"), lambda: True)
    assert decoded._waiting == 20 * 160
    kinds = [isinstance(await decoded.get(), MediaError) for _ in range(20)]
    assert kinds == [False, True] * 10


async def test_small_runs_come_joined_and_long_ones_cut() -> None:
    decoded = DecodedSound()
    for run in (np.zeros(100), np.ones(200), np.full(3 * LONGEST_CHUNK, 2.0)):
        decoded.put(run.astype(np.float32), lambda: True)
    lengths = []
    while sum(lengths) < 3 * LONGEST_CHUNK + 300:
        lengths.append(len(await decoded.get()))
    assert lengths == [LONGEST_CHUNK] * 3 + [300]


async def test_a_stream_that_broke_off_is_over() -> None:
    decoded = DecodedSound()
    stream = StreamSound("webm", decoded)
    assert not stream.is_over
    stream.feed(webm(FLAC, 48_000.0, [bytes(2400)], own=flac_info(48_000)))
    assert isinstance(await asyncio.wait_for(decoded.get(), 5), MediaError)
    assert stream.is_over
    stream.close()


async def test_mp4_that_announces_more_samples_than_are_read_breaks_off() -> None:
    data = recording("mp4")
    bomb = struct.pack(">I4sIII", 20, b"stsz", 0, 1, 40_000_000)
    at = data.index(b"stsz") - 4
    assert data[at : at + 20] == struct.pack(">I4sIII", 20, b"stsz", 0, 0, 0)
    heard, errors = await _stream("mp4", [data[:at] + bomb + data[at + 20 :]])
    assert (len(heard), errors) == (0, ["broken_sound"])
