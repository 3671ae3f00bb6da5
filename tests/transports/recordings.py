"""Sound made for tests: tones as PCM, and as browsers record them."""

from __future__ import annotations

import io

import av
import numpy as np


def tone(seconds: float, rate_hz: int = 16_000, hz: float = 440.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def pcm(samples: np.ndarray, channels: int = 1) -> bytes:
    whole = (samples * 32767).astype("<i2")
    return np.repeat(whole[:, None], channels, axis=1).tobytes()


CODECS = {"webm": "libopus", "mp4": "aac", "ogg": "libopus", "wav": "pcm_s16le", "flac": "flac", "mp3": "libmp3lame"}


def recording(container: str, seconds: float = 2.0, right: float | None = None) -> bytes:
    """A tone as WebM/Opus, fragmented MP4/AAC or another kind; `right`: stereo, its right channel so many times it."""
    options = {"movflags": "frag_keyframe+empty_moov"} if container == "mp4" else {}
    buffer = io.BytesIO()
    layout = "mono" if right is None else "stereo"
    samples = tone(seconds, 48_000)
    planes = np.stack([samples] if right is None else [samples, right * samples])
    with av.open(buffer, "w", format=container, options=options) as out:
        stream = out.add_stream(CODECS[container], rate=48_000)
        stream.layout = layout
        convert = av.AudioResampler(format=stream.format.name, layout=layout, rate=48_000)
        for number, start in enumerate(range(0, len(samples) - 960, 960)):
            part = np.ascontiguousarray(planes[:, start : start + 960])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = 48_000, number * 960
            for one in convert.resample(frame):
                out.mux(stream.encode(one))
        out.mux(stream.encode())
    return buffer.getvalue()


def loudest_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * 16_000 / len(samples))
