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
