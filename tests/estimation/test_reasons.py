from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

from core.estimation.reasons import REASONS
from core.types import MODALITIES

ROOT = Path(__file__).parents[2]
CODES = {code for codes in REASONS.values() for code in codes}


def test_every_code_is_given_somewhere() -> None:
    code = "\n".join(p.read_text() for p in (ROOT / "core").rglob("*.py") if p.name != "reasons.py")
    composed = {f"{one}_{other}_conflict" for one, other in combinations(MODALITIES, 2)}
    assert {reason for reason in CODES if f'"{reason}"' not in code} <= composed <= CODES


def test_the_page_has_words_for_exactly_these_codes() -> None:
    words = (ROOT / "pages" / "static" / "shared" / "words.js").read_text(encoding="utf-8")
    block = words.split("export const REASONS = {")[1].split("};")[0]
    assert set(re.findall(r"^ +(\w+):", block, re.MULTILINE)) == CODES
