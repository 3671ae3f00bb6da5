"""Each grammar tells whole sentences from fragments, slips of agreement and what a recogniser makes of noise."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from models._offline.clauses.grammar import parsed
from models._offline.clauses.languages import GRAMMARS, read
from models.reply_offline import LANGUAGES

DIALOGUES = json.loads((Path(__file__).parents[3] / "data/dialogues.json").read_text(encoding="utf-8"))
EVERY = pytest.mark.parametrize("code", GRAMMARS)

RIGHT = {
    "en": ["I've lost my keys", "my sister called me", "the numbers are missing", "she thinks that I am wrong"],
    "nl": ["ik heb mijn sleutels verloren", "zij denkt dat ik moe ben", "gisteren was ik thuis"],
    "de": ["ich habe meine Schlüssel verloren", "sie sagt, dass ich müde bin", "gestern war ich zu Hause"],
    "fr": ["j'ai perdu mes clés", "elle dit que je suis fatigué", "hier j'étais à la maison"],
    "es": ["he perdido las llaves", "ella dice que estoy cansado", "ayer hablé con mi madre"],
}
WRONG = {
    "en": [
        "forward ten meters",
        "my keys in the",
        "the numbers is missing",
        "he are late",
        "I worked don it",
        "I lost",
        "me lost",
    ],
    "nl": ["tien meter vooruit", "ik heb verloren mijn", "mijn sleutels in de", "ik verloren heb sleutels"],
    "de": ["zehn Meter vor", "ich habe meine verloren Schlüssel", "mein Hund alten", "ich bin der"],
    "fr": ["dix mètres en avant", "je perdu mes clés", "mes clés dans la", "j'ai pris le voiture"],
    "es": ["diez metros adelante", "yo perdido las llaves", "mis llaves en el", "me reímos un perro"],
}


def test_every_language_of_the_replies_has_a_grammar() -> None:
    assert set(GRAMMARS) == set(LANGUAGES) == set(RIGHT) == set(WRONG)


@EVERY
def test_rules_can_be_read_and_name_rules_that_exist(code: str) -> None:
    rules = GRAMMARS[code].rules
    assert all(parsed(text) for text in rules.values())
    assert set(re.findall(r"\{(\w+)\}", " ".join(rules.values()))) <= set(rules)


@pytest.mark.parametrize(("code", "clause"), [(code, one) for code, many in RIGHT.items() for one in many])
def test_plain_sentence_is_known(code: str, clause: str) -> None:
    assert GRAMMARS[code].is_sentence(clause)


@pytest.mark.parametrize(("code", "clause"), [(code, one) for code, many in WRONG.items() for one in many])
def test_fragment_or_slip_is_refused(code: str, clause: str) -> None:
    assert not GRAMMARS[code].is_sentence(clause)


@EVERY
def test_most_of_what_people_tell_plainly_is_known(code: str) -> None:
    told = [text for text in DIALOGUES[code] if len(text.split()) > 3 and "?" not in text]
    known = [text for text in told if GRAMMARS[code].is_sentence(text)]
    assert len(known) >= 0.75 * len(told), [text for text in told if text not in known]


@pytest.mark.parametrize(
    ("base", "forms"),
    [
        ("stop", "stops stopped stopping"),
        ("wait", "waits waited waiting"),
        ("worry", "worries worried worrying"),
        ("bake", "bakes baked baking"),
        ("kiss", "kisses kissed kissing"),
        ("open", "opens opened opening"),
        ("play", "plays played playing"),
        ("die", "dies died dying"),
    ],
)
def test_forms_of_regular_verbs(base: str, forms: str) -> None:
    third, past, ing = forms.split()
    words = GRAMMARS["en"].words
    assert "b" in words[base]
    assert "s" in words[third]
    assert "d" in words[past]
    assert "g" in words[ing]


def test_table_with_an_unknown_part_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        read('name = "M"\nsurprise = 1')
