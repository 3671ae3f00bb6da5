"""Ids, the subject and smoothing over time, from boxes alone."""

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.estimation.tracking import (
    CHALLENGE_S,
    FORGET_S,
    MOST_FACES,
    Face,
    TrackingState,
    overlap,
    prominence,
    track_detections,
    track_refined,
)

FRAME = (640, 480)
START = TrackingState()


def face(x, y, side=100.0, score=0.99):
    """A face around a centre, 4:5, with landmarks where an upright face has them."""
    half, tall = side / 2, side * 0.625
    spots = tuple((x + dx * side, y + dy * side) for dx, dy in ((-0.2, -0.15), (0.2, -0.15), (0, 0.05), (-0.15, 0.25)))
    return Face((x - half, y - tall, x + half, y + tall), (*spots, (x + 0.15 * side, y + 0.25 * side)), score)


def seen(*steps, state=START):
    """The state after steps of (time, faces...), each a search of the whole picture."""
    for time_s, *faces in steps:
        state = track_detections(state, faces, time_s, FRAME)
    return state


def ids(state):
    return [track.face_id for track in state.visible]


def test_boxes_without_an_area_overlap_nothing() -> None:
    assert overlap((0, 5, 10, 5), (0, 5, 10, 5)) == 0
    assert overlap((5, 0, 5, 10), (5, 0, 5, 10)) == 0


def test_newcomers_get_ids_largest_first():
    state = seen((0, face(100, 200, 60), face(400, 200, 120)))
    assert {track.face_id: track.seen.box[0] for track in state.visible} == {1: 340, 2: 70}


def test_ids_stay_when_the_detector_changes_its_order():
    left, right = face(150, 240), face(450, 240)
    state = seen((0, left, right), (0.1, right, left), (0.2, left, right))
    assert [(track.face_id, track.seen.box) for track in state.visible] == [(1, left.box), (2, right.box)]


def test_ids_stay_while_two_faces_pass_near_each_other():
    steps = [(k * 0.1, face(150 + 10 * k, 150), face(450 - 10 * k, 330)) for k in range(30)]
    assert [track.seen.box[1] for track in seen(*steps).visible] == [face(0, 150).box[1], face(0, 330).box[1]]


def test_face_that_comes_back_within_two_seconds_keeps_its_id():
    assert ids(seen((0, face(300, 240)), (0.5,), (1.5,), (1.9, face(330, 250)))) == [1]


def test_face_that_comes_back_later_is_a_new_one():
    state = seen((0, face(300, 240)), (1.0,), (FORGET_S + 0.1,), (FORGET_S + 0.2, face(300, 240)))
    assert ids(state) == [2]


def test_face_that_appears_elsewhere_is_a_new_one():
    assert ids(seen((0, face(100, 240)), (0.5,), (1.0, face(500, 240)))) == [2]


def test_much_larger_face_at_the_same_place_is_a_new_one():
    assert ids(seen((0, face(300, 240, 50)), (0.1, face(300, 240, 180)))) == [2]


def test_fast_face_keeps_its_id_at_few_pictures_a_second():
    assert ids(seen((0, face(200, 240)), (0.5, face(280, 240)), (1.0, face(360, 240)))) == [1]


def test_at_most_five_faces_are_kept_the_largest_of_the_newcomers():
    state = seen((0, *(face(60 + 80 * k, 240, 40 + k) for k in range(7))))
    assert len(state.visible) == MOST_FACES
    assert min(track.seen.box[2] - track.seen.box[0] for track in state.visible) == pytest.approx(42)


def test_known_faces_are_kept_before_larger_newcomers():
    known = [face(60 + 80 * k, 100, 40) for k in range(MOST_FACES)]
    assert ids(seen((0, *known), (0.1, face(320, 350, 200), *known))) == [1, 2, 3, 4, 5]


def test_refined_faces_go_to_their_tracks_and_none_is_a_miss():
    state = seen((0, face(150, 240), face(450, 240)))
    state = track_refined(state, [None, face(460, 240)], 0.1, FRAME)
    assert ids(state) == [2]
    assert [track.misses for track in state.tracks] == [1, 0]


def test_two_tracks_that_meet_on_one_face_leave_it_to_the_older():
    state = seen((0, face(200, 240)), (0.1, face(200, 240), face(330, 240)))
    state = track_refined(state, [face(250, 240), face(255, 240)], 0.2, FRAME)
    assert ids(state) == [1]


def test_subject_is_the_largest_and_most_central():
    state = seen((0, face(60, 60, 100), face(320, 240, 95)))
    subject = next(track for track in state.visible if track.face_id == state.subject_id)
    assert subject.seen.box == face(320, 240, 95).box


def test_slightly_larger_face_does_not_take_the_subject():
    first = seen((0, face(200, 240, 100)))
    steps = [(k * 0.25, face(200, 240, 100), face(440, 240, 110)) for k in range(1, 20)]
    assert seen(*steps, state=first).subject_id == 1


def test_clearly_larger_face_takes_the_subject_only_after_a_second():
    pair = (face(200, 240, 80), face(440, 240, 180))
    before = seen((0, pair[0]), (0.1, *pair), (0.1 + CHALLENGE_S * 0.9, *pair))
    assert before.subject_id == 1
    assert seen((0.1 + CHALLENGE_S, *pair), state=before).subject_id == 2


def test_challenge_that_pauses_starts_again():
    small, large = face(200, 240, 80), face(440, 240, 180)
    state = seen((0, small), (0.1, small, large), (0.9, small), (1.0, small, large), (1.5, small, large))
    assert state.subject_id == 1


def beside_a_picture(sway, seconds, picture_noise=0.0, picture_side=120.0, state=START):
    """A picture on the wall, a little larger than the person, who moves by so many sides; six pictures a second."""
    for number in range(round(6 * seconds)):
        jitter, way = picture_noise * (-1) ** number, sway * math.sin(number)
        on_the_wall = face(200 + jitter * picture_side, 220, picture_side)
        state = seen((number / 6, on_the_wall, face(420 + way * 100, 240)), state=state)
    return state


@pytest.mark.parametrize("picture_noise", [0.0, 0.006])
@pytest.mark.parametrize("sway", [0.04, 0.2])
def test_who_moves_is_the_person_and_not_the_picture_on_the_wall(sway, picture_noise):
    assert beside_a_picture(sway, 1, picture_noise).subject_id == 1, "at first nobody knows"
    state = beside_a_picture(sway, 6, picture_noise)
    assert state.subject_id == 2


def test_who_has_moved_and_now_sits_still_stays_the_person_while_somebody_passes_behind():
    state = START
    for number in range(60):
        way = 6 * math.sin(number) if number < 12 else 0.0
        passing = [face(420 + 30 * math.sin(number), 240, 80)] if number >= 24 else []
        state = seen((number / 6, face(250 + way, 240, 120), *passing), state=state)
    assert state.subject_id == 1


def test_two_people_who_both_move_are_told_apart_by_size_as_ever():
    state = START
    for number in range(36):
        way = 3 * math.sin(number)
        state = seen((number / 6, face(200 + way, 220, 120), face(420 - 4 * way, 240)), state=state)
    assert state.subject_id == 1


def test_a_still_face_alone_is_the_subject():
    assert seen(*((number / 6, face(320, 240)) for number in range(36))).subject_id == 1


def test_subject_that_leaves_for_good_is_replaced():
    other = face(450, 240)
    state = seen((0, face(200, 240, 150)), (0.1, face(200, 240, 150), other), (0.5, other))
    assert state.subject_id == 1
    assert seen((0.8, other), (1.6, other), state=state).subject_id == 2


def test_empty_room_forgets_the_subject():
    assert seen((0, face(300, 240)), (1,), (2.5,)).subject_id is None
    assert seen((0, face(300, 240)), (1,)).subject_id == 1


def test_jitter_is_smoothed_and_a_real_movement_is_followed_at_once():
    still = seen((0, face(300, 240)), (1 / 30, face(302, 240)))
    assert still.visible[0].box[0] - 250 < 1
    assert seen((1 / 10, face(340, 240)), state=still).visible[0].box == pytest.approx(face(340, 240).box)


def test_smoothing_depends_on_time_not_on_the_number_of_pictures():
    def jump(pictures):
        times = [k / pictures for k in range(1, pictures + 1)]
        steps = [(0.1 * time_s, face(300.5, 240)) for time_s in times]
        return seen((0, face(300, 240)), *steps).visible[0].box[0] - 250

    assert jump(1) == pytest.approx(jump(8), abs=0.02)


def test_time_that_runs_backwards_keeps_the_ids_and_still_forgets():
    state = seen((100, face(300, 240)), (5, face(305, 240)))
    assert ids(state) == [1]
    assert seen((6,), (7.5,), state=state).tracks == ()


def test_subject_still_changes_after_time_ran_backwards():
    pair = (face(200, 240, 80), face(440, 240, 180))
    state = seen((100, pair[0]), (100.1, *pair), (1, *pair), (1.5, *pair), (2.2, *pair))
    assert state.subject_id == 2


def test_state_survives_being_stored():
    state = seen((0, face(150, 240), face(450, 240)), (0.1, face(150, 240)))
    assert pickle.loads(pickle.dumps(state)) == state  # noqa: S301 - our own bytes


def test_prominence_grows_with_size_and_shrinks_towards_the_corner():
    middle = face(320, 240).box
    assert prominence(face(320, 240, 120).box, FRAME) > prominence(middle, FRAME)
    assert prominence(face(50, 60).box, FRAME) < prominence(face(180, 150).box, FRAME) < prominence(middle, FRAME)


def test_overlap_is_one_with_itself_and_nothing_apart():
    assert overlap((0, 0, 10, 10), (0, 0, 10, 10)) == 1
    assert overlap((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 10, 10), (10, 0, 20, 10)) == 0


FACES = st.builds(face, st.floats(-50, 700), st.floats(-50, 530), st.floats(5, 300), st.floats(0, 1))
STEPS = st.lists(st.tuples(st.floats(-10, 1000), st.lists(FACES, max_size=8), st.booleans()), max_size=12)


@given(STEPS)
def test_any_history_keeps_ids_unique_few_and_never_reused(steps):
    state, born = START, set()
    for time_s, faces, is_refined in steps:
        if is_refined:
            rows = (faces + [None] * MOST_FACES)[: len(state.visible)]
            after = track_refined(state, rows, time_s, FRAME)
        else:
            after = track_detections(state, faces, time_s, FRAME)
        known = {track.face_id for track in state.tracks}
        now = {track.face_id for track in after.tracks}
        assert len(now) == len(after.tracks)
        assert len(after.visible) <= MOST_FACES
        assert not (now - known) & born
        assert all(math.isfinite(value) for track in after.tracks for value in track.box)
        assert all(track.last_seen_s <= time_s for track in after.tracks)
        born |= now
        state = after
