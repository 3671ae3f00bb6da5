"""Changes that no test can notice, because nothing that anybody could see is different; each with its reason."""

from __future__ import annotations

EQUIVALENT: dict[str, str] = {
    "4f78e4d2a0": "where both have one length, repeating and cutting give the same samples",
    "7682dc13a5": "at the same time nothing lies in the future: the copy that is made equals the state",
    "e29b527e3c": "what is taken beyond a chunk is put back; the same samples come out",
    "6347d5dd66": "any second that was heard is beyond the end of a sound of no length, as the next condition says",
    "1e961e8378": "it is asked for its truth alone, and None is as false",
    "a4228905d6": "at exactly that length: the same bytes, made in a thread or not",
}
"""by the key of a place"""
