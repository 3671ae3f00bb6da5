"""The recordings that recognisers are measured on."""

from __future__ import annotations

import gzip

import av
import numpy as np
import pytest

from models.training.words_data import AFTER, BEFORE, Said, around, in_noise, read_clips, read_prompts, read_said


def tone(seconds: float = 1.0) -> np.ndarray:
    return (0.1 * np.sin(np.arange(int(16_000 * seconds)) / 5)).astype(np.float32)


def test_noise_lies_so_far_below_the_speech_and_over_the_silence_too() -> None:
    said = Said(around(tone()), "words", "somebody")
    noisy = in_noise(said, 10.0, np.random.default_rng(1))
    noise = noisy.samples - said.samples
    assert 10 * np.log10((tone() ** 2).mean() / (noise**2).mean()) == pytest.approx(10, abs=0.2)
    assert (noise[:BEFORE] ** 2).mean() == pytest.approx((noise[-AFTER:] ** 2).mean(), rel=0.1)
    assert (noisy.text, noisy.speaker) == ("words", "somebody")


def test_clips_leave_out_the_digits_that_nobody_wrote_down(datasets) -> None:
    clips = read_clips()
    assert len(clips) == 13
    assert all(clip.text for clip in clips)


def test_each_so_manieth_recording_of_a_split_is_read(datasets) -> None:
    read = read_said("RAVDESS", "test", 60)
    assert len(read) == 4
    assert {one.language for one in read} == {"en"}


def test_prompts_are_read_with_their_words_where_the_packages_are(tmp_path) -> None:
    assert read_prompts("es", tmp_path) == []
    sounds, texts = tmp_path / "asterisk/sounds/es_MX_f_X", tmp_path / "doc/asterisk-core-sounds-es"
    sounds.mkdir(parents=True)
    texts.mkdir(parents=True)
    lines = "; heading\nlong: uno dos tres cuatro cinco\nshort: uno dos\nbeep: [a tone of two or three]\n"
    (texts / "core-sounds-es.txt.gz").write_bytes(gzip.compress(lines.encode()))
    for name in ("long", "short", "beep"):
        with av.open(str(sounds / f"{name}.g722"), "w", format="g722") as container:
            stream = container.add_stream("g722", rate=16_000, layout="mono")
            frame = av.AudioFrame.from_ndarray((tone() * 32767).astype(np.int16)[None], format="s16", layout="mono")
            frame.sample_rate = 16_000
            container.mux(list(stream.encode(frame)) + list(stream.encode(None)))
    (read,) = read_prompts("es", tmp_path)
    assert (read.text, read.language) == ("uno dos tres cuatro cinco", "es")
    assert abs(len(read.samples) - BEFORE - AFTER - 16_000) < 400
