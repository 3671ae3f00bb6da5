"""The kinds of engines: which setting names them, and which the app can do without."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One line of the table below."""

    name: str
    """as `kind` of a request and of an EngineSpec"""
    setting: str = ""
    """the setting that names its engine, or several in order of preference; empty: the default one"""
    otherwise: str = ""
    """what goes on without it, in words for the person; empty: the app does not start without it"""
    is_persons_choice: bool = False
    """every engine found is loaded, and the person chooses among them; the setting names the first"""
    stands_back: int = 0
    """steps of niceness of a worker thread whose answers are wanted in seconds, while pictures wait for tenths"""

    @property
    def is_optional(self) -> bool:
        """Its setting may be `none`: the app starts without it, says so, and everything else goes on."""
        return bool(self.otherwise)


KINDS = {
    kind.name: kind
    for kind in (
        Kind("decode"),
        Kind("detect", "detect_engine"),
        Kind("face", "face_engine"),
        Kind("speech", "speech_engine"),
        Kind("encode", "encode_engine", "the voice is read less surely", stands_back=5),
        Kind("voice", "voice_engine", "speech is heard, its tone is not read"),
        Kind("transcribe", "transcribe_engine", "type instead", stands_back=5),
        Kind("turn", "turn_engine", "the words alone tell whether somebody has finished"),
        Kind("text", "text_engine", "words are shown, not read"),
        Kind("reply", "reply_engine", is_persons_choice=True),
        Kind("speak", "speak_engine", "replies are shown as text"),
    )
}
