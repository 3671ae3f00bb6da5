"""A reply while it is made and played: which of its words were heard, and when."""

from __future__ import annotations

from core.companion.turn import WHOLE_S, Part, Turn


def turn(**given: object) -> Turn:
    made = Turn(1, "happy", 0.5, [Part("One two three four.", 2.0, told_s=10.0), Part("Five six.", 1.0, told_s=10.1)])
    for name, value in given.items():
        setattr(made, name, value)
    return made


def test_a_client_that_does_not_tell_is_taken_to_have_heard_everything_part_after_part() -> None:
    made = turn(is_made=True)
    assert made.heard() == "One two three four. Five six."
    assert made.span_s(20.0) == (10.0, 13.0)
    assert made.span_s(12.0) == (10.0, 12.0), "nothing was heard later than now"


def test_what_the_client_tells_counts_to_the_word() -> None:
    made = turn(reported=True, begun_s=11.0, newest_s=12.2)
    made.parts[0].heard_s = 1.0
    assert made.heard() == "One two"
    assert made.span_s(20.0) == (11.0, 12.2)


def test_a_turn_is_heard_when_it_is_made_and_each_part_is_nearly_over() -> None:
    made = turn(reported=True)
    for part in made.parts:
        part.heard_s = part.duration_s - WHOLE_S
    assert not made.is_heard(), "more of it may come"
    made.is_made = True
    assert made.is_heard()
    made.parts[1].heard_s = 0.5
    assert not made.is_heard()
