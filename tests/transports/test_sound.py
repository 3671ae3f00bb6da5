"""Sound on its way in: PCM of any kind, what is wrong with it, and its time."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import MediaError
from core.transports.sound import LONGEST_CHUNK, STEADY_S, Drift, PcmSound, Resampler, SoundTrack, cut
from core.types import AudioChunk
from tests.transports.recordings import loudest_hz, pcm, tone

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


@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
def test_stereo_whose_right_is_the_left_inverted_is_heard(rate_hz) -> None:
    left = tone(1.0, rate_hz)
    stereo = (np.stack([left, -left], axis=1) * 32767).astype("<i2").tobytes()
    assert np.abs(PcmSound(rate_hz, 2).feed(stereo)[2000:-2000]).max() == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize(("layout", "channels"), [("stereo", 2), ("quad", 4), ("5.1", 6), ("7.1", 8)])
def test_decoded_frame_of_many_channels_keeps_a_voice_that_is_inverted_on_every_other(layout, channels) -> None:
    voice = tone(1.0, 48_000)
    planes = np.stack([voice if number % 2 == 0 else -voice for number in range(channels)])
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(planes.T).reshape(1, -1), format="flt", layout=layout)
    frame.sample_rate = 48_000
    heard = Resampler().frame(frame)
    assert np.abs(heard[2000:-2000]).max() > 0.05
    assert loudest_hz(heard) == pytest.approx(440, abs=2)


def test_message_of_just_a_minute_is_taken() -> None:
    assert len(PcmSound().feed(bytes(2 * 16_000 * 60))) == 16_000 * 60


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


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100])
def test_a_long_piece_is_worked_through_a_second_at_a_time_and_sounds_the_same(monkeypatch, rate_hz) -> None:
    lengths = []
    work = PcmSound._mono
    monkeypatch.setattr(PcmSound, "_mono", lambda self, part: lengths.append(len(part)) or work(self, part))
    heard = PcmSound(rate_hz).feed(pcm(tone(5.5, rate_hz)))
    assert max(lengths) == rate_hz
    assert len(lengths) == 6
    assert len(heard) == pytest.approx(5.5 * 16_000, abs=100)
    assert np.abs(np.diff(heard[2000:-2000])).max() < 0.06, "no click where the parts meet"


def test_stereo_sent_as_three_channels_is_refused() -> None:
    with pytest.raises(MediaError):
        PcmSound(16_000, 3).feed(pcm(tone(0.1), 2)[:-2])


def test_the_loudest_samples_stay_within_bounds() -> None:
    square = np.where(np.arange(48_000) % 100 < 50, -32768, 32767).astype("<i2").tobytes()
    heard = PcmSound(48_000).feed(square)
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() <= 1


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (16_000, 1), (48_000, 2)])
def test_more_than_a_minute_in_one_message_is_refused_before_it_is_resampled(rate_hz, channels) -> None:
    sound = PcmSound(rate_hz, channels)
    with pytest.raises(MediaError) as told:
        sound.feed(bytes(2 * channels * (60 * rate_hz + 1)))
    assert told.value.code == "sound_too_long"
    assert len(sound.feed(bytes(2 * channels * rate_hz))) == pytest.approx(16_000, abs=100)


@pytest.mark.parametrize(
    ("rate_hz", "layout", "count"), [(1, "mono", 100), (400_000, "mono", 100), (8_000, "mono", 480_001)]
)
def test_a_decoded_frame_that_no_recorder_makes_is_not_resampled(rate_hz, layout, count) -> None:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, count), np.int16), format="s16", layout=layout)
    frame.sample_rate = rate_hz
    with pytest.raises(MediaError):
        Resampler().frame(frame)


def test_long_sound_is_cut_and_loses_neither_a_sample_nor_its_time() -> None:
    samples = np.arange(2.5 * LONGEST_CHUNK, dtype=np.float32)
    pieces = list(cut(AudioChunk(samples, start_s=3.0, capture_s=103.0, arrived_s=6.0)))
    assert [len(piece.samples) for piece in pieces] == [LONGEST_CHUNK, LONGEST_CHUNK, LONGEST_CHUNK // 2]
    assert (np.concatenate([piece.samples for piece in pieces]) == samples).all()
    assert [piece.start_s for piece in pieces] == [3.0, 4.0, 5.0]
    assert [piece.capture_s for piece in pieces] == [103.0, 104.0, 105.0]
    assert pieces[-1].time_s == 5.5


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


@pytest.mark.parametrize("has_clock", [True, False])
@pytest.mark.parametrize("stall_s", [1.5, 6.0, 30.0])
def test_a_stall_breaks_no_sound_whose_own_times_are_unbroken(stall_s, has_clock) -> None:
    """Live for 2 s, held back, then all of it within a moment, as TCP delivers what waited."""
    track, late_s = SoundTrack(), 2 + stall_s
    arrivals = [n / 10 if n <= 20 else max(late_s + (n - 20) / 500, n / 10) for n in range(1, 400)]
    chunks = [chunk_at(track, 500 + n / 10 if has_clock else None, a) for n, a in enumerate(arrivals)]
    assert [c.start_s for c in chunks] == pytest.approx([n / 10 for n in range(399)])


def test_sound_with_stamps_at_half_speed_is_heard_whole_by_arrival_and_its_clock_given_up() -> None:
    track = SoundTrack()
    chunks = [chunk_at(track, n / 20, n / 10 + 0.1 + 0.02 * (n % 3)) for n in range(200)]
    assert track.clock.rate == pytest.approx(0.5, abs=0.05)
    late = chunks[100:]
    assert [c.start_s for c in late[1:]] == pytest.approx([c.time_s for c in late[:-1]])
    assert late[-1].time_s == pytest.approx(20.0, abs=0.6)


def test_sound_that_comes_slower_than_it_was_made_is_told_and_never_minutes_late() -> None:
    """A line that carries half of it: stamps and samples agree, and yet what is heard gets older and older."""
    track = SoundTrack()
    chunks = [chunk_at(track, n / 10, (n + 1) / 5) for n in range(300)]
    assert track.clock.rate is not None
    assert all(c.arrived_s - c.time_s < 1.6 for c in chunks)


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.floats(-1e6, 1e6)), st.floats(0, 20), st.integers(1, 32_000)), max_size=40
    )
)
def test_no_chunk_begins_before_the_one_before_nor_ends_after_it_came(inputs) -> None:
    track, arrived_s, start_s = SoundTrack(), 0.0, 0.0
    for capture_s, wait_s, count in inputs:
        arrived_s += wait_s + count / 16_000
        chunk = track.chunk(np.zeros(count, np.float32), capture_s, arrived_s)
        assert chunk.start_s >= start_s
        assert chunk.time_s <= arrived_s + STEADY_S + 1e-9 or chunk.start_s == start_s
        start_s = chunk.start_s


def test_a_stall_of_one_track_is_no_drift() -> None:
    drift = Drift()
    for number in range(60):
        drift.note("picture", number / 10, number / 10)
        drift.note("sound", number / 10, max(number / 10, 5.0))
    assert drift.ms == pytest.approx(0, abs=1)
    assert not drift.is_news()


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
