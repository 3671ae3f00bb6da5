"""A synthetic study for trying exports and analytics: `python -m core.exports.sample --out sample.zip`.

Nobody was recorded: readings are a seeded random walk between expressions, and every word is made up.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from core.estimation.fusion import PLEASURE_AROUSAL
from core.record.tables import CODEBOOK, SessionTables, as_typed
from core.types import EMOTIONS, MODALITIES

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame

EVERY_S = {"face": 0.25, "voice": 1.0, "text": 6.0}
FUSED_EVERY_S = 0.25
TALK = (
    ("user", "I had a good morning, the sun was out at last."),
    ("assistant", "The sun was out at last. What made the morning good?"),
    ("user", "Then the train was late again and I missed the call."),
    ("assistant", "You missed the call. That sounds annoying. How did it go on?"),
)
MOODS = ((6, 3, 1, 1, 0.5, 0.5, 1), (3, 6, 1, 1, 0.5, 0.3, 1.5), (3, 1, 4, 3, 1, 1, 0.5))
"""how long each session stays with each expression, relatively"""


def sample_tables(seed: int = 7, sessions: int = 3, minutes: float = 3.0) -> SessionTables:
    """`sessions` sessions of `minutes` each, the same for the same seed."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in CODEBOOK}
    for number in range(sessions):
        _fill(rows, np.random.default_rng([seed, number]), f"sample-{number + 1}", number, minutes * 60)
    return SessionTables(**{name: _frame(name, rows[name]) for name in CODEBOOK})


def _frame(name: str, rows: list[dict[str, Any]]) -> DataFrame:
    import pandas as pd

    return as_typed(name, pd.DataFrame(rows, columns=list(CODEBOOK[name])))


def _fill(rows: dict[str, list[dict[str, Any]]], random: Any, session_id: str, number: int, length_s: float) -> None:
    import pandas as pd

    started = pd.Timestamp("2026-11-02 10:00:00") + pd.Timedelta(days=number)
    consent_id = f"consent-{number + 1}"
    session = {
        "session_id": session_id,
        "study_id": "",
        "participant_id": "",
        "started_at": started,
        "ended_at": started + pd.Timedelta(seconds=length_s),
        "consent_id": consent_id,
        "settings": json.dumps({"smoothing_s": 0.6, "weights": {"face": 0.4, "voice": 0.3, "text": 0.3}}),
    }
    rows["sessions"].append(session)
    consent = {"consent_id": consent_id, "version": "sample", "text_hash": "0" * 64, "purpose": "research"}
    scopes = "camera;history;microphone;text"
    rows["consents"].append(consent | {"scopes": scopes, "given_at": started, "withdrawn_at": pd.NaT})
    times = np.arange(0, length_s, FUSED_EVERY_S)
    led = _walk(random, MOODS[number % len(MOODS)], len(times))
    newest = {}
    for modality in MODALITIES:
        newest[modality] = _estimates(rows, random, session_id, modality, led)
    _fused(rows, random, session_id, times, newest)
    for t, label in ((length_s / 3, "Stimulus A"), (2 * length_s / 3, "Stimulus B")):
        rows["markers"].append({"session_id": session_id, "t": t, "label": label, "duration": 20.0})
    for t in np.linspace(length_s / 6, length_s - 5, 6):
        shown = EMOTIONS[int(led[int(t / FUSED_EVERY_S)])]
        chosen = shown if random.random() < 0.7 else EMOTIONS[int(random.integers(len(EMOTIONS)))]
        rows["self_reports"].append({"session_id": session_id, "t": float(t), "shown": shown, "chosen": chosen})
    for order, (role, content) in enumerate(TALK):
        t = length_s * (order + 1) / (len(TALK) + 1)
        line = {"session_id": session_id, "t": t, "role": role, "content": content, "intensity": 0.5}
        emotion = EMOTIONS[int(led[int(t / FUSED_EVERY_S)])]
        rows["messages"].append(line | {"emotion": emotion, "created_at": started + pd.Timedelta(seconds=t)})


def _walk(random: Any, mood: tuple[float, ...], steps: int) -> NDArray[np.int64]:
    """(steps,) index into EMOTIONS that leads at each moment; it stays for about 6 s."""
    share = np.array(mood) / sum(mood)
    led, now = np.zeros(steps, dtype=np.int64), 0
    for step in range(steps):
        if random.random() < FUSED_EVERY_S / 6:
            now = int(random.choice(len(EMOTIONS), p=share))
        led[step] = now
    return led


def _probabilities(random: Any, label: int, sharpness: float) -> NDArray[np.float64]:
    scores = random.normal(0, 0.7, len(EMOTIONS))
    scores[label] += sharpness
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum())


def _estimates(
    rows: dict[str, list[dict[str, Any]]], random: Any, session_id: str, modality: str, led: Any
) -> list[tuple[float, NDArray[np.float64], float]]:
    """Adds rows; returns (t, probabilities, quality) of each."""
    made = []
    sharpness = {"face": 3.0, "voice": 1.6, "text": 2.0}[modality]
    for t in np.arange(EVERY_S[modality], (len(led) - 1) * FUSED_EVERY_S, EVERY_S[modality]):
        label = int(led[int(t / FUSED_EVERY_S)])
        probs = _probabilities(random, label if random.random() < 0.85 else int(random.integers(7)), sharpness)
        quality = float(np.clip(random.normal(0.8, 0.15), 0, 1))
        is_face = modality == "face"
        row = {
            **{"session_id": session_id, "t": float(t), "start_s": float(t) - EVERY_S[modality] * (not is_face)},
            **{"capture_s": float(t) + 100, "modality": modality, "quality": quality},
            **{"reasons": "low_light" if is_face and quality < 0.6 else "", "engine": f"{modality}_sample"},
            **{"infer_ms": float(random.gamma(4, 2)), "face_id": 1 if is_face else None, "is_subject": is_face},
            **dict(zip(("box_x1", "box_y1", "box_x2", "box_y2"), (220.0, 120.0, 420.0, 380.0), strict=True)),
            **{"frame_width": 640, "frame_height": 480},
            **_columns(probs),
        }
        if not is_face:
            row |= dict.fromkeys(("box_x1", "box_y1", "box_x2", "box_y2", "frame_width", "frame_height"))
        rows["estimates"].append(row)
        made.append((float(t), probs, quality))
    return made


def _columns(probs: NDArray[np.float64]) -> dict[str, float]:
    return {
        f"{kind}_{label}": float(value) for kind in ("raw", "p") for label, value in zip(EMOTIONS, probs, strict=True)
    }


def _fused(rows: dict[str, list[dict[str, Any]]], random: Any, session_id: str, times: Any, newest: Any) -> None:
    for t in times[4:]:
        shares, total = {}, np.zeros(len(EMOTIONS))
        for modality, base in zip(MODALITIES, (0.4, 0.3, 0.3), strict=True):
            before = [row for row in newest[modality] if row[0] <= t][-1:]
            if before and t - before[0][0] < 4 * EVERY_S[modality]:
                shares[modality] = base * before[0][2]
                total += shares[modality] * before[0][1]
        weight = sum(shares.values())
        probs = total / weight if weight else np.full(len(EMOTIONS), 1 / len(EMOTIONS))
        best = float(probs.max())
        rows["fused"].append(
            {
                **{"session_id": session_id, "t": float(t), "capture_s": float(t) + 100},
                **_columns(probs),
                **{f"weight_{m}": shares.get(m, 0.0) / weight if weight else 0.0 for m in MODALITIES},
                **dict(zip(("valence", "arousal"), map(float, probs @ PLEASURE_AROUSAL), strict=True)),
                **{"confidence": best, "intensity": float(probs[1:].max()), "quality": weight},
                **{"abstained": best < 0.35, "reasons": "low_confidence" if best < 0.35 else ""},
            }
        )


def main(given: list[str] | None = None) -> int:
    """Writes the bundle."""
    import argparse
    from pathlib import Path

    from core.exports.bundle import EXPORT

    parser = argparse.ArgumentParser(prog="python -m core.exports.sample", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("sample.zip"))
    arguments = parser.parse_args(given)
    arguments.out.write_bytes(EXPORT.write(sample_tables()))
    sys.stdout.write(f"{arguments.out}: synthetic, nobody was recorded\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
