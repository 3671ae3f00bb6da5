"""Figures of the recognisers on the live path: sound through speech detection, endpointing and the lane of the words.

Nothing was tuned on what is opened here: RAVDESS actors 17-20, TESS's second speaker, nEMO's test speakers, the clips
of `asr/`; nor, in other languages, on anything but nEMO's validation speaker and other sentences of eSpeak NG.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from core.engines.requests import DetectSpeech, Request, TranscribeSpeech
from core.errors import EngineUnavailable
from core.live.lanes.lane import EndSpeech, SpeechPiece, driven
from core.live.lanes.text import TextLane
from core.live.lanes.voice import VoiceLane
from core.settings import Settings
from core.types import SOUND_RATE_HZ, AudioChunk, Utterance
from models.speech_silero import SileroSpeech
from models.training.figures import Interval
from models.training.word_error import Counted, counted, normalised, word_error
from models.training.words_data import (
    PROMPTED,
    SEED,
    Said,
    in_noise,
    read_clips,
    read_prompts,
    read_said,
    speak_sentences,
)
from models.transcribe_moonshine import Moonshine
from models.transcribe_whisper_base import WhisperBase

NOISES_DB = (20, 10, 5)
EVERY = {"RAVDESS": 2, "TESS": 10, "nEMO": 20}
"""of the test recordings each so-manieth is heard"""
CHUNK = SOUND_RATE_HZ // 10
CONFIDENCES = (0.0, 0.65, 0.75, 0.85, 0.9, 1.01)
CARRIER = "say the word "
"""what TESS's speakers say before each word"""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one recording."""

    said: Said
    utterances: tuple[Utterance, ...]
    sound_s: float
    """seconds of sound the recogniser was given"""
    cpu_s: float
    """it spent on it"""

    @property
    def text(self) -> str:
        return " ".join(one.text for one in self.utterances)

    @property
    def counted(self) -> Counted:
        return counted(self.said.text, self.text, self.said.language)


class Ears:
    """The lanes of voice and words with real engines, without a session around them."""

    def __init__(self, recogniser: Moonshine | WhisperBase) -> None:
        self._speech = SileroSpeech()
        self.recogniser = recogniser
        for engine in (self._speech, self.recogniser):
            engine.load(Settings())
        self._sound_s = self._cpu_s = 0.0

    def hear(self, said: Said) -> Heard:
        """As if it were spoken live, in chunks of 100 ms; final words alone."""
        self._sound_s = self._cpu_s = 0.0
        sound = said.samples
        voice, text = VoiceLane(), TextLane(language=said.language)
        heard, read = voice.start("s"), text.start("s")
        end_s = len(sound) / SOUND_RATE_HZ
        items: list[Any] = [
            AudioChunk(sound[at : at + CHUNK], at / SOUND_RATE_HZ, at / SOUND_RATE_HZ, 0.0)
            for at in range(0, len(sound), CHUNK)
        ]
        utterances: list[Utterance] = []
        for item in (*items, EndSpeech(end_s, end_s, end_s)):
            heard, told = driven(voice.step(heard, item), self._answer)
            for piece in told:
                if isinstance(piece, SpeechPiece):
                    read, words = driven(text.step(read, piece), self._answer)
                    utterances += [one for one in words if isinstance(one, Utterance) and one.is_final]
        return Heard(said, tuple(utterances), self._sound_s, self._cpu_s)

    def _answer(self, request: Request[object]) -> object:
        """Speech is detected, what has ended or may have is transcribed; how anything sounds or reads is not asked."""
        if isinstance(request, DetectSpeech):
            return self._speech.infer([request])[0]
        if not isinstance(request, TranscribeSpeech):
            return EngineUnavailable("not asked")
        if request.gives_way:
            return None
        began = time.process_time()
        (answer,) = self.recogniser.infer([request])
        self._cpu_s += time.process_time() - began
        self._sound_s += len(request.samples) / SOUND_RATE_HZ
        return answer


def judge(heard: Sequence[Heard]) -> dict[str, Any]:
    """Word error with its interval, what it cost, and how many recordings had no words at all."""
    told: dict[str, Any] = {
        "recordings": len(heard),
        "words": sum(one.counted[1] for one in heard),
        "word_error": asdict(word_error([one.counted for one in heard], SEED)),
        "without_words": sum(not one.text for one in heard) / len(heard),
        "real_time_factor": sum(one.cpu_s for one in heard) / max(1e-9, sum(one.sound_s for one in heard)),
    }
    speakers = sorted({one.said.speaker for one in heard})
    if len(speakers) < 5:
        by = {name: [one.counted for one in heard if one.said.speaker == name] for name in speakers}
        told["by_speaker"] = {name: word_error(own, SEED).value for name, own in by.items()}
    return told


def judge_carrier(heard: Sequence[Heard]) -> dict[str, Any]:
    """Of TESS: errors in the carrier phrase, and how often the word that follows it was wrong."""
    carrier, word = [], []
    for one in heard:
        words = normalised(one.text)
        carrier.append(counted(CARRIER, " ".join(words[:3])))
        word.append((int(words[3:] != normalised(one.said.text)[3:]), 1))
    return {"carrier": asdict(word_error(carrier, SEED)), "word": asdict(word_error(word, SEED))}


def judge_confidence(heard: Sequence[Heard]) -> list[dict[str, Any]]:
    """Share of wrong words by confidence, of recordings that were heard as one utterance."""
    single = [one for one in heard if len(one.utterances) == 1]
    told = []
    for low, high in pairwise(CONFIDENCES):
        own = [one.counted for one in single if low <= one.utterances[0].confidence < high]
        if own:
            told.append({"from": low, "to": min(1.0, high), "utterances": len(own), "wrong": _interval(own)})
    return told


def _interval(own: Sequence[Counted]) -> dict[str, float]:
    interval: Interval = word_error(own, SEED)
    return asdict(interval)


def evaluate_english() -> dict[str, Any]:
    """Moonshine: clips, both corpora clean and in noise, and Polish heard as English."""
    ears, random = Ears(Moonshine()), np.random.default_rng(SEED)
    told: dict[str, Any] = {"asr": judge([ears.hear(one) for one in read_clips()])}
    every: list[Heard] = []
    for corpus in ("RAVDESS", "TESS"):
        clean = read_said(corpus, "test", EVERY[corpus])
        for ratio_db in (None, *NOISES_DB):
            heard = [ears.hear(one if ratio_db is None else in_noise(one, ratio_db, random)) for one in clean]
            name = corpus if ratio_db is None else f"{corpus} at {ratio_db} dB"
            told[name] = judge(heard) | (judge_carrier(heard) if corpus == "TESS" else {})
            every += heard
    foreign = [ears.hear(one) for one in read_said("nEMO", "test", EVERY["nEMO"])]
    spoken = [one for one in foreign if one.text]
    invented = {"recordings": len(foreign), "with_words": len(spoken)}
    return {"sets": told, "confidence": judge_confidence(every), "polish_as_english": invented}


def evaluate_others() -> dict[str, Any]:
    """Whisper base: people in Polish, French and Spanish, and eSpeak NG's Dutch and German."""
    ears = Ears(WhisperBase())
    sets = {"pl, nEMO's two test speakers": read_said("nEMO", "test", EVERY["nEMO"], "pl")}
    sets |= {f"{language}, telephone prompts, one woman": read_prompts(language) for language in PROMPTED}
    sets |= {f"{language}, eSpeak NG": said for language, said in speak_sentences().items()}
    return {name: judge([ears.hear(one) for one in said]) for name, said in sets.items() if said}


PARTS: dict[str, Callable[[], Any]] = {"english": evaluate_english, "others": evaluate_others}


def evaluate_words() -> dict[str, Any]:
    """All of it."""
    return {name: measure() for name, measure in PARTS.items()}


def words_table(result: dict[str, Any]) -> list[str]:
    """The figures as Markdown."""
    lines = ["Moonshine, live path, speakers nobody tuned on:", "", *_sets(result["english"]["sets"]), ""]
    lines += ["| confidence | utterances | wrong words % (95 %) |", "|---|---|---|"]
    for part in result["english"]["confidence"]:
        lines.append(f"| {part['from']} to {part['to']} | {part['utterances']} | {_shown(part['wrong'])} |")
    foreign = result["english"]["polish_as_english"]
    lines += ["", f"Polish heard as English: words were told of {foreign['with_words']} of {foreign['recordings']}."]
    return [*lines, "", "Whisper base, the same path:", "", *_sets(result["others"])]


def _sets(sets: dict[str, Any]) -> list[str]:
    head = ["| set | recordings, words | word error % (95 %) | without words % | CPU s for 1 s of speech | |"]
    head.append("|---|---|---|---|---|---|")
    for name, figures in sets.items():
        extra = [f"{who} {100 * value:.1f}" for who, value in figures.get("by_speaker", {}).items()]
        extra = (
            [f"carrier {_shown(figures['carrier'])}, word {_shown(figures['word'])}"] if "word" in figures else extra
        )
        head.append(
            f"| {name} | {figures['recordings']}, {figures['words']} | {_shown(figures['word_error'])} "
            f"| {100 * figures['without_words']:.1f} | {figures['real_time_factor']:.3f} | {', '.join(extra)} |"
        )
    return head


def _shown(interval: dict[str, float]) -> str:
    low, high = 100 * interval["low"], 100 * interval["high"]
    return f"{100 * interval['value']:.1f} ({low:.1f} to {high:.1f})"
