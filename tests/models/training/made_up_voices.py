"""Recordings and nets that were made up, for the tests of the voice trainer."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.types import EMOTIONS
from models.training.voice_data import DATASETS, TRAINED_ON, Recording
from models.training.voice_net import VoiceNet

RAVDESS, NEMO = TRAINED_ON
DISGUST = EMOTIONS.index("disgust")
needs_speech = pytest.mark.skipif(
    not (DATASETS / "speech").exists(), reason=f"no recordings in {DATASETS}; set ATTUNE_DATASETS"
)


def sound(seconds: float = 2.5, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, int(seconds * 16_000)).astype(np.float32)


def made_up(count: int = 28) -> list[Recording]:
    """Both corpora by turns; nEMO without disgust."""
    told = []
    for place in range(count):
        corpus, label = TRAINED_ON[place % 2], place // 2 % 7
        label = 0 if corpus == NEMO and label == DISGUST else label
        told.append(Recording(sound(1.0 + place % 3, place), label, f"{corpus}_{place}", corpus))
    return told


def tiny_net() -> VoiceNet:
    torch.manual_seed(0)
    return VoiceNet().eval()
