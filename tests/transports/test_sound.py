"""Sound on its way in: PCM of any kind, streams as MediaRecorder makes them, and everything that is wrong with them."""

from __future__ import annotations

import asyncio
import io

import av
import numpy as np
import pytest

from core.errors import Limit, MediaError
from core.transports.sound import WAITING_BYTES, Drift, PcmSound, SoundTrack, StreamSound


def tone(seconds: float, rate_hz: int = 16_000, hz: float = 440.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def pcm(samples: np.ndarray, channels: int = 1) -> bytes:
    whole = (samples * 32767).astype("<i2")
    return np.repeat(whole[:, None], channels, axis=1).tobytes()


def recording(container: str, seconds: float = 2.0) -> bytes:
    """A tone as WebM/Opus or fragmented MP4/AAC."""
    codec, options = {"webm": ("libopus", {}), "mp4": ("aac", {"movflags": "frag_keyframe+empty_moov"})}[container]
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options=options) as out:
        stream = out.add_stream(codec, rate=48_000)
        stream.layout = "mono"
        samples = tone(seconds, 48_000)
        for number, start in enumerate(range(0, len(samples) - 960, 960)):
            part = np.ascontiguousarray(samples[None, start : start + 960])
            part = part if container == "mp4" else (part * 32767).astype(np.int16)
            form = "fltp" if container == "mp4" else "s16"
            frame = av.AudioFrame.from_ndarray(part, format=form, layout="mono")
            frame.sample_rate, frame.pts = 48_000, number * 960
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return buffer.getvalue()


def loudest_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * 16_000 / len(samples))


# -- PCM ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_pcm_of_any_rate_becomes_16_khz_mono(rate_hz, channels) -> None:
    sound, sent = PcmSound(rate_hz, channels), tone(2.0, rate_hz)
    parts = [sound.feed(pcm(part, channels)) for part in np.array_split(sent, 20)]
    heard = np.concatenate(parts)
    assert len(heard) == pytest.approx(32_000, abs=700)
    assert loudest_hz(heard) == pytest.approx(440, abs=2)
    assert np.abs(heard[2000:-2000]).max() == pytest.approx(0.3, abs=0.03)


def test_what_lies_above_8_khz_does_not_fold_down() -> None:
    heard = PcmSound(48_000).feed(pcm(tone(1.0, 48_000, hz=11_000)))
    assert np.abs(heard[2000:-2000]).max() < 0.01


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00" * 333])
def test_pcm_of_no_whole_number_of_samples_is_refused_and_the_next_is_read(data) -> None:
    sound = PcmSound()
    with pytest.raises(MediaError) as odd:
        sound.feed(data)
    assert odd.value.code == "odd_sound"
    assert len(sound.feed(pcm(tone(0.1)))) == 1600


def test_stereo_sent_as_three_channels_is_refused() -> None:
    with pytest.raises(MediaError):
        PcmSound(16_000, 3).feed(pcm(tone(0.1), 2)[:-2])


def test_the_loudest_samples_stay_within_bounds() -> None:
    square = np.where(np.arange(48_000) % 100 < 50, -32768, 32767).astype("<i2").tobytes()
    heard = PcmSound(48_000).feed(square)
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() <= 1


# -- streams --------------------------------------------------------------------------------------


async def _stream(container, pieces, wait_s=3.0):
    """All samples and errors of a stream fed in these pieces."""
    heard, errors = [], []
    stream = StreamSound(container, heard.append, errors.append)
    try:
        for piece in pieces:
            stream.feed(piece)
        for _ in range(int(wait_s / 0.05)):
            await asyncio.sleep(0.05)
            if errors or sum(map(len, heard)) > 30_000:
                break
    finally:
        stream.close()
    return np.concatenate(heard) if heard else np.zeros(0, np.float32), errors


def pieces_of(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("container", ["webm", "mp4"])
@pytest.mark.parametrize("size", [1, 7, 999, 10**6])
async def test_a_recording_may_be_cut_anywhere(container, size) -> None:
    heard, errors = await _stream(container, pieces_of(recording(container, 2.2), size))
    assert errors == []
    assert len(heard) > 30_000
    assert loudest_hz(heard[4000:28_000]) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("container", ["webm", "mp4"])
async def test_sound_comes_while_the_recording_still_goes_on(container) -> None:
    data = recording(container, 8.0)
    heard, errors = [], []
    stream = StreamSound(container, heard.append, errors.append)
    stream.feed(data[: len(data) // 2])
    await asyncio.sleep(0.6)
    before = sum(map(len, heard))
    stream.close()
    assert errors == []
    assert before > 16_000


@pytest.mark.parametrize("container", ["webm", "mp4"])
async def test_a_recording_that_starts_in_the_middle_says_so(container) -> None:
    data = recording(container)
    with pytest.raises(MediaError) as middle:
        await _stream(container, [data[len(data) // 2 :]])
    assert middle.value.code == "no_header"


async def test_junk_behind_a_good_header_is_told_and_ends_the_stream() -> None:
    junk = recording("webm")[:40] + np.random.default_rng(1).bytes(60_000)
    _, errors = await _stream("webm", [junk])
    assert [error.code for error in errors] <= ["broken_sound"]


async def test_what_waits_to_be_decoded_is_bounded() -> None:
    stream = StreamSound("webm", lambda _: None, lambda _: None)
    try:
        with pytest.raises(Limit):
            stream.feed(b"\x1a\x45\xdf\xa3" + bytes(WAITING_BYTES))
    finally:
        stream.close()


# -- time -----------------------------------------------------------------------------------------


def chunk_at(track, capture_s, arrived_s, seconds=0.1):
    return track.chunk(np.zeros(int(seconds * 16_000), np.float32), capture_s, arrived_s)


def test_samples_tell_time_better_than_messages() -> None:
    track = SoundTrack()
    jitter = (0.0, 0.01, -0.02, 0.03, 0.0)
    chunks = [chunk_at(track, 5 + n / 10 + late, 1 + n / 10 + 0.1) for n, late in enumerate(jitter)]
    assert [c.start_s for c in chunks[1:]] == pytest.approx([c.time_s for c in chunks[:-1]])


def test_a_gap_stays_a_gap() -> None:
    track = SoundTrack()
    first = chunk_at(track, 5.0, 1.1)
    later = chunk_at(track, 7.0, 3.1)
    assert later.start_s - first.time_s == pytest.approx(1.9, abs=0.02)


def test_without_client_time_chunks_follow_each_other() -> None:
    track = SoundTrack()
    chunks = [chunk_at(track, None, 1 + n / 10) for n in range(1, 6)]
    assert [c.start_s for c in chunks[1:]] == pytest.approx([c.time_s for c in chunks[:-1]])


@pytest.mark.parametrize("apart_s", [0.3, -0.3])
def test_clocks_that_come_apart_are_measured_and_told_once(apart_s) -> None:
    drift = Drift()
    for number in range(40):
        at_s = number / 7
        drift.note("picture", at_s + 100, at_s)
        drift.note("sound", at_s + 100 - apart_s, at_s)
    assert drift.ms == pytest.approx(apart_s * 1000, abs=1)
    assert [drift.is_news(), drift.is_news()] == [True, False]


def test_one_clock_alone_tells_no_drift() -> None:
    drift = Drift()
    for number in range(40):
        drift.note("sound", number / 10, number / 10)
    assert drift.ms is None
    assert not drift.is_news()
