"""The table of modalities: complete, in order, and the only place where a modality is described."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from core.estimation.freshness import stale_after_s
from core.modalities import MODALITY_FACTS, is_of_person, weight_column, with_subject
from core.people import SCOPES
from core.settings import Settings
from core.types import MODALITIES, Modality
from tests.fakes import estimate

ROOT = Path(__file__).parents[1]


def test_every_modality_has_a_row_in_one_order() -> None:
    assert tuple(MODALITY_FACTS) == MODALITIES == get_args(Modality)


@pytest.mark.parametrize("modality", MODALITIES)
def test_every_row_says_what_is_needed(modality: Modality) -> None:
    facts = MODALITY_FACTS[modality]
    assert facts.scope is None or facts.scope in SCOPES
    assert 0 <= facts.base_weight <= 1
    assert 0 < facts.low_quality_gain <= 1
    assert all(0 <= gain <= 1 for gain in facts.reason_gains.values())
    assert facts.fresh_s < stale_after_s(modality)
    assert facts.baseline_advice


@pytest.mark.parametrize("name", ["word", "found_nothing", "colour"])
def test_nothing_that_tells_them_apart_stands_twice(name: str) -> None:
    assert len({getattr(facts, name) for facts in MODALITY_FACTS.values()}) == len(MODALITY_FACTS)


def test_base_weights_are_the_defaults_of_their_settings() -> None:
    settings = Settings()
    assert [getattr(settings, weight_column(m)) for m in MODALITIES] == [
        facts.base_weight for facts in MODALITY_FACTS.values()
    ]


def test_the_browser_has_the_same_modalities_and_weights() -> None:
    """It reads no Python: its own table is held to this one."""
    shared = ROOT / "pages" / "static" / "shared"
    (weights,) = re.findall(r"weights: \{(.*?)\}", (shared / "settings.js").read_text())
    told = dict(pair.split(":") for pair in weights.replace(" ", "").split(","))
    assert {m: float(share) for m, share in told.items()} == {m: f.base_weight for m, f in MODALITY_FACTS.items()}
    (names,) = re.findall(r"MODALITIES = \{(.*?)\n\}", (shared / "words.js").read_text(), re.DOTALL)
    shown = dict(re.findall(r"(\w+): \{ name: \"(\w+)\"", names))
    assert {m: name.lower() for m, name in shown.items() if m != "fused"} == {
        m: facts.word for m, facts in MODALITY_FACTS.items()
    }


def test_a_face_beside_the_person_is_not_of_the_person() -> None:
    assert is_of_person(estimate("happy"))
    assert not is_of_person(estimate("happy", is_subject=False))
    assert is_of_person(estimate("happy", modality="voice"))
    assert with_subject() == ("face",)


def test_every_share_has_its_column_in_the_database() -> None:
    """A row without it could not be stored: core/modalities.py says which migration to add."""
    import duckdb

    from core.record.migrations import migrate

    with duckdb.connect() as connection:
        migrate(connection)
        columns = {name for (name, *_) in connection.execute("DESCRIBE fused").fetchall()}
    assert {name for name in columns if name.startswith("weight_")} == set(map(weight_column, MODALITIES))


@pytest.mark.slow
def test_a_fourth_modality_is_fused_told_stored_exported_and_charted() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fourth_modality"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
