"""The tour of the demo is written in order; what it shows is held by tests/commands/test_demo.py."""

from __future__ import annotations

from core.synthetic.tour import TOUR
from core.types import EMOTIONS


def test_the_tour_is_written_in_order_of_time() -> None:
    for parts in (TOUR.scenes, TOUR.lines):
        starts = [part.start_s for part in parts]
        assert starts == sorted(starts)
    assert TOUR.scenes[0].start_s == 0
    assert all(line.end_s < TOUR.duration_s for line in TOUR.lines)


def test_moods_are_probabilities_of_expressions() -> None:
    moods = [*(scene.mood for scene in TOUR.scenes), *(line.words for line in TOUR.lines)]
    moods += [*(line.voice for line in TOUR.lines), *(passer.mood for passer in TOUR.passers)]
    for mood in moods:
        assert set(mood) <= set(EMOTIONS)
        assert sum(mood.values()) <= 1 + 1e-9
