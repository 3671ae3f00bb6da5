"""The companion's own voice is not taken for the person's."""

from __future__ import annotations

from core.estimation.echo import FRAME_S, Echo, follow_echo


def hear(levels_db: list[float], echo: Echo | None = None) -> tuple[Echo, list[bool]]:
    echo, found = echo or Echo(), []
    for level in levels_db:
        echo, is_echo = follow_echo(echo, level, is_speaking=False)
        found.append(is_echo)
    return echo, found


def frames(seconds: float, level_db: float) -> list[float]:
    return [level_db] * round(seconds / FRAME_S)


def test_steady_echo_is_echo() -> None:
    assert all(hear(frames(3.0, -40.0))[1])


def test_person_clearly_over_the_echo_is_let_through() -> None:
    echo, _ = hear(frames(1.0, -45.0))
    assert not follow_echo(echo, -30.0, is_speaking=False)[1]
    assert follow_echo(echo, -42.0, is_speaking=False)[1]


def test_silent_room_lets_ordinary_speech_through() -> None:
    echo, _ = hear(frames(1.0, -90.0))
    assert not follow_echo(echo, -38.0, is_speaking=False)[1]


def test_first_moments_are_always_echo() -> None:
    assert all(hear(frames(0.3, -20.0))[1])


def test_loud_person_gets_through_whatever_was_learned() -> None:
    echo, _ = hear(frames(1.0, -5.0))
    assert not follow_echo(echo, -18.0, is_speaking=False)[1]


def test_one_clap_is_forgotten() -> None:
    echo, _ = hear([*frames(0.5, -60.0), -28.0, *frames(3.0, -60.0)])
    assert not follow_echo(echo, -36.0, is_speaking=False)[1]


def test_whole_sentence_of_the_person_passes() -> None:
    echo, _ = hear(frames(1.0, -45.0))
    assert not follow_echo(echo, -60.0, is_speaking=True)[1]
