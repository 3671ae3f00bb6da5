"""Composed triples: a face crop, a voice recording and a sentence that carry the same label, drawn by a fixed seed.

They are composed, not real recordings: three strangers who were given the same label. Validation triples come from
validation splits, test triples from test splits; what is fitted sees the former alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.engines.requests import ClassifyFaces, ClassifyText, ClassifyVoice, EncodeSpeech
from core.estimation import words
from core.estimation.calibration import softmax
from core.estimation.quality import face_quality
from core.estimation.sound import level_db, voice_quality
from core.types import EMOTIONS, Estimate, Modality, Quality
from models.training.face_data import as_face_set, read_table
from models.training.text_data import read_split
from models.training.voice_data import Recording, add_noise_to, live_windows, read_corpus

Answer = Callable[[Any], Any]
SEED = 1
SPLITS = {"valid": ("publictest", "valid"), "test": ("privatetest", "test")}
FRONTAL = ((36.0, 40.0), (64.0, 40.0), (50.0, 58.0), (38.0, 76.0), (62.0, 76.0))
"""landmarks of a face that looks ahead, in a box of 100 px: crops carry none of their own"""
DARK_SHARE, DARK_NOISE, BLUR_PX = 0.25, 3.0, 1.5
NOISE_DB = 0.0
WORDS_LEFT = 2


@dataclass(frozen=True)
class Triple:
    label: int
    face: NDArray[np.uint8]
    """(48, 48)"""
    voice: Recording
    text: str


def compose(split: str, count: int, seed: int = SEED) -> list[Triple]:
    """`count` triples, labels evenly."""
    faces_split, other = SPLITS[split]
    random = np.random.default_rng(seed)
    faces = as_face_set(read_table(faces_split))
    majority, pictures = faces.majority.numpy(), faces.pictures.numpy().astype(np.uint8)
    voices = [r for corpus in ("RAVDESS", "nEMO") for r in read_corpus(corpus, other)]
    texts = read_split("goemotions", other)
    single = texts.targets.sum(axis=1) == 1
    triples = []
    for number in range(count):
        label = number % len(EMOTIONS)
        face = random.choice(np.flatnonzero(majority == label))
        voice = random.choice([place for place, r in enumerate(voices) if r.label == label])
        text = random.choice(np.flatnonzero(single & (texts.targets[:, label] > 0)))
        triples.append(Triple(label, pictures[face], voices[voice], texts.texts[text]))
    return triples


def spoil_face(triple: Triple, random: np.random.Generator) -> Triple:
    """Dark, noisy and out of focus."""
    dark = triple.face * DARK_SHARE + random.normal(0, DARK_NOISE, triple.face.shape)
    blurred = cv2.GaussianBlur(dark.astype(np.float32), (0, 0), BLUR_PX)
    return replace(triple, face=np.clip(np.rint(blurred), 0, 255).astype(np.uint8))


def spoil_voice(triple: Triple, random: np.random.Generator) -> Triple:
    """As loud a noise as the voice."""
    return replace(triple, voice=add_noise_to(triple.voice, NOISE_DB, random))


def spoil_text(triple: Triple, _random: np.random.Generator) -> Triple:
    """The first two words."""
    return replace(triple, text=" ".join(triple.text.split()[:WORDS_LEFT]))


SPOILT: dict[Modality, Callable[[Triple, np.random.Generator], Triple]] = {
    "face": spoil_face,
    "voice": spoil_voice,
    "text": spoil_text,
}


def read_face(face: NDArray[np.uint8], answer: Answer) -> Estimate:
    """As the face lane reads a crop."""
    scores = answer(ClassifyFaces(face[None, None].astype(np.float32)))
    hidden = 0.0 if scores.hidden is None else float(scores.hidden[0])
    patch, box = np.asarray(cv2.resize(face, (96, 96)), np.uint8), (270.0, 190.0, 370.0, 290.0)
    quality = face_quality(patch, box, (640, 480), _placed(), 1.0, hidden=hidden)
    return _estimate("face", scores.logits[0], scores.temperature, quality)


def _placed() -> Any:
    return tuple((270.0 + x, 190.0 + y) for x, y in FRONTAL)


def read_voice(recording: Recording, answer: Answer, noise_db: float | None) -> Estimate:
    """The mean of the readings the voice lane makes of a recording, as the utterance fusion takes them."""
    windows = live_windows(recording.samples)
    scores = answer(ClassifyVoice(windows, answer(EncodeSpeech(windows))))
    probs = softmax(scores.logits, scores.temperature).mean(axis=0)
    quality = voice_quality(recording.samples[-32_000:], noise_db, 1.0)
    logits = np.log(np.maximum(probs, 1e-9)).astype(np.float32)
    return _estimate("voice", logits, 1.0, quality)


def read_text(text: str, answer: Answer) -> Estimate:
    """As the text lane reads a typed sentence, rules included."""
    scores = answer(ClassifyText((text,), "en"))
    estimate = _estimate("text", scores.logits[0], scores.temperature, words.text_quality(text))
    return replace(estimate, probs=words.adjust(text, "en", estimate.probs).probs)


def _estimate(modality: Modality, logits: Any, temperature: float, quality: Quality) -> Estimate:
    probs = softmax(np.asarray(logits), temperature)
    return Estimate(modality, 0.0, 0.0, 0.0, softmax(np.asarray(logits)), probs, quality, "", 0.0, is_subject=True)


def read_all(triples: Sequence[Triple], answer: Answer, is_noisy: bool = False) -> list[dict[Modality, Estimate]]:
    """The three readings of each triple; the noise floor is what a lane would have heard before the speech."""
    told: list[dict[Modality, Estimate]] = []
    for triple in triples:
        noise_db = level_db(triple.voice.samples) - 3.0 if is_noisy else None
        told.append(
            {
                "face": read_face(triple.face, answer),
                "voice": read_voice(triple.voice, answer, noise_db),
                "text": read_text(triple.text, answer),
            }
        )
    return told
