"""What runs in the recogniser's own process: pieces of speech in, words so far out. Imports nothing of ours.

pocketsphinx holds the interpreter's lock while it decodes (0.1 s a piece, over a second for a sentence), which would
stop every session of the server; hence a process.
"""

from __future__ import annotations

import time
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pocketsphinx import Decoder

MOST_STREAMS = 8
"""half-heard utterances at a time, a decoder of about 15 MB each; the one idle for longest goes"""
IDLE_S = 60.0


def work(connection: Connection) -> None:
    """Answer (stream_id, pcm16 bytes, is_last) with (words so far, confidence) until the other side is gone."""
    running: dict[str, tuple[Decoder, float]] = {}
    spare: list[Decoder] = [_make()]
    fresh = spare[0].get_cmn()
    connection.send("ready")
    while True:
        try:
            stream_id, pcm, is_last = connection.recv()
        except (EOFError, OSError):
            return
        decoder = _decoder(stream_id, running, spare, fresh)
        if pcm:
            decoder.process_raw(pcm, no_search=False, full_utt=False)
        if is_last:
            decoder.end_utt()
        connection.send(_heard(decoder))
        if is_last:
            del running[stream_id]
            spare.append(decoder)
        else:
            running[stream_id] = (decoder, time.monotonic())


def _decoder(stream_id: str, running: dict[str, tuple[Decoder, float]], spare: list[Decoder], fresh: str) -> Decoder:
    """The one that hears this utterance, or one that begins to, with nothing left in it of whom it heard before."""
    if stream_id in running:
        return running[stream_id][0]
    now = time.monotonic()
    oldest_first = sorted(running, key=lambda known: running[known][1])
    for number, known in enumerate(oldest_first):
        if now - running[known][1] > IDLE_S or len(oldest_first) - number >= MOST_STREAMS:
            decoder, _ = running.pop(known)
            decoder.end_utt()
            spare.append(decoder)
    decoder = spare.pop() if spare else _make()
    decoder.set_cmn(fresh)
    decoder.start_utt()
    running[stream_id] = (decoder, now)
    return decoder


def _make() -> Decoder:
    from pocketsphinx import Decoder

    return Decoder(samprate=16_000, loglevel="FATAL")


def _heard(decoder: Decoder) -> tuple[str, float]:
    """Words without the recogniser's own marks, and its mean word posterior where it tells one."""
    hypothesis = decoder.hyp()
    if hypothesis is None:
        return "", 0.0
    words = [segment for segment in decoder.seg() if not segment.word.startswith(("<", "[", "+"))]
    text = " ".join(segment.word.split("(")[0] for segment in words)
    likely = [segment.prob for segment in words]
    return text, sum(likely) / len(likely) if likely else 0.0
