"""The face lane: what it asks and when, with scripted answers; then the real nets on real clips."""

import pickle

import cv2
import numpy as np
import pytest

from core.engines.requests import ClassifyFaces, Detections, Scores
from core.errors import EngineFailed, MediaError
from core.live.lanes.face import DETECT_EVERY_S, SEARCH_EVERY_S, FaceLane
from core.settings import Settings
from core.types import EMOTIONS, EncodedFrame, Estimate, Fault, VideoFrame
from models.decode_picture import ENGINE as DECODER
from models.detect_mtcnn import ENGINE as DETECTOR
from models.face_compact import ENGINE as FACE_NET
from tests.pictures import PORTRAIT_FACE, clip_frames, encode, flat_scores, portrait, run_step

CLIPS = [
    "distress_silent.mp4",
    "head_pose_female.mp4",
    "head_pose_male.mp4",
    "smile_selfie.mp4",
    *(f"talking_face_{number}.mp4" for number in range(1, 6)),
]
LANE = FaceLane()
of_people = pytest.mark.usefixtures("datasets")
PICTURE = np.full((480, 640, 3), 128, np.uint8)


def frame(time_s, image=PICTURE):
    return VideoFrame(image, time_s, 100 + time_s, 50 + time_s)


def rows(*faces):
    """Detections of (x, y, score) with sides of 100 px."""
    boxes = [(x - 50, y - 60, x + 50, y + 60) for x, y, _ in faces]
    spots = [[(x - 20, y - 15), (x + 20, y - 15), (x, y + 5), (x - 15, y + 25), (x + 15, y + 25)] for x, y, _ in faces]
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array([score for *_, score in faces], np.float32),
        np.array(spots, np.float32).reshape(-1, 5, 2),
    )


def walk(*steps, state=None, classify=flat_scores):
    """Steps of (time, answers of the detector in order); gives the last state and estimates, and all requests."""
    state, estimates, asked = state or LANE.start("stream"), [], []
    for time_s, *found in steps:
        answers = {"detect": lambda _request, found=found: found.pop(0), "face": classify}
        state, estimates, requests = run_step(LANE, state, frame(time_s), answers)
        asked.append(requests)
    return state, estimates, asked


HERE = rows((320, 240, 0.99))
GONE = rows((320, 240, 0.1))


def test_first_picture_is_searched_then_faces_are_followed():
    _, _, asked = walk((0, HERE), (0.1, HERE), (0.2, HERE))
    assert asked == [
        ["DetectFaces", "ClassifyFaces"],
        ["RefineFaces", "ClassifyFaces"],
        ["RefineFaces", "ClassifyFaces"],
    ]


def test_whole_picture_is_searched_every_second():
    steps = [(k * 0.1, HERE) for k in range(41)]
    _, _, asked = walk(*steps)
    assert [k * 0.1 for k, requests in enumerate(asked) if "DetectFaces" in requests] == pytest.approx(
        [0, DETECT_EVERY_S, 2 * DETECT_EVERY_S, 3 * DETECT_EVERY_S, 4 * DETECT_EVERY_S], abs=0.11
    )


def test_empty_room_is_searched_four_times_a_second_at_most():
    nothing = rows()
    _, estimates, asked = walk(*((k * 0.05, nothing) for k in range(21)))
    searched = [k * 0.05 for k, requests in enumerate(asked) if requests]
    assert estimates == []
    assert min(np.diff(searched)) >= SEARCH_EVERY_S - 1e-9
    assert len(searched) == 5


def test_two_pictures_of_one_moment_are_searched_once():
    nothing = rows()
    _, _, asked = walk((1.0, nothing), (1.0, nothing))
    assert [len(requests) for requests in asked] == [1, 0]


def test_lost_face_is_searched_for_in_the_same_picture():
    _, estimates, asked = walk((0, HERE), (0.3, GONE, rows((390, 240, 0.99))))
    assert asked[1] == ["RefineFaces", "DetectFaces", "ClassifyFaces"]
    assert estimates[0].face_id == 1


def test_face_lost_right_after_a_search_waits_for_the_next():
    _, estimates, asked = walk((0, HERE), (0.1, GONE))
    assert asked[1] == ["RefineFaces"]
    assert estimates == []


def test_face_the_search_misses_is_looked_at_before_it_is_given_up():
    _, estimates, asked = walk((0, HERE), (DETECT_EVERY_S, rows(), HERE))
    assert asked[1] == ["DetectFaces", "RefineFaces", "ClassifyFaces"]
    assert [estimate.face_id for estimate in estimates] == [1]


def test_face_that_jumped_away_is_not_told_twice():
    _, estimates, asked = walk((0, HERE), (DETECT_EVERY_S, rows((520, 240, 0.99)), rows((510, 240, 0.9))))
    assert asked[1] == ["DetectFaces", "RefineFaces", "ClassifyFaces"]
    assert len(estimates) == 1


def test_more_faces_than_are_read_are_told_once():
    six = rows(*((50 + 100 * number, 240, 0.99) for number in range(6)))
    state, told, _ = walk((0, six))
    assert len([one for one in told if isinstance(one, Estimate)]) == 5
    (fault,) = [one for one in told if isinstance(one, Fault)]
    assert (fault.code, fault.modality, fault.message[:7]) == ("too_many_faces", "face", "6 faces")
    state, told, _ = walk((1, six), state=state)
    assert not [one for one in told if isinstance(one, Fault)]
    assert not [one for one in walk((0, rows(*((100 * n, 240, 0.99) for n in range(5)))))[1] if isinstance(one, Fault)]


def test_estimate_carries_times_box_and_subject_of_its_picture():
    _, estimates, _ = walk((0, rows((320, 240, 0.99), (100, 100, 0.95))))
    first, second = estimates
    assert (first.modality, first.start_s, first.end_s, first.capture_s, first.arrived_s) == ("face", 0, 0, 100, 50)
    assert first.box_px == (270, 180, 370, 300)
    assert first.frame_px == (640, 480)
    assert (first.face_id, first.is_subject, second.face_id, second.is_subject) == (1, True, 2, False)


def test_all_faces_are_classified_in_one_request_with_48_px_crops():
    shapes = []

    def classify(request):
        shapes.append((request.crops.shape, request.crops.dtype.name))
        return flat_scores(request)

    walk((0, rows((320, 240, 0.99), (100, 100, 0.95))), classify=classify)
    assert shapes == [((2, 1, 48, 48), "float32")]


def test_probabilities_are_softmax_raw_and_with_temperature():
    def classify(_request):
        return Scores(np.array([[2, 0, 0, 0, 0, 0, -np.inf]], np.float32), 2.0, "scripted")

    _, (estimate,), _ = walk((0, HERE), classify=classify)
    assert estimate.engine == "scripted"
    assert estimate.probs_raw[0] == pytest.approx(np.exp(2) / (np.exp(2) + 5))
    assert estimate.probs[0] == pytest.approx(np.e / (np.e + 5))
    assert estimate.probs[6] == 0


def test_same_inputs_give_the_same_estimates():
    steps = [(k * 0.1, HERE) for k in range(4)]
    (state, one, _), (again, other, _) = walk(*steps), walk(*steps)
    assert state == again
    assert [(e.box_px, e.quality, e.probs.tolist()) for e in one] == [
        (e.box_px, e.quality, e.probs.tolist()) for e in other
    ]


def test_state_survives_being_stored():
    state, _, _ = walk((0, HERE), (0.1, HERE))
    restored = pickle.loads(pickle.dumps(state))  # noqa: S301 - our own bytes
    assert walk((0.2, HERE), state=restored)[0] == walk((0.2, HERE), state=state)[0]


def test_times_that_run_backwards_search_again_and_keep_the_face():
    _, (estimate,), asked = walk((100, HERE), (3, HERE), (3.1, HERE))
    assert asked[1:] == [["DetectFaces", "ClassifyFaces"], ["RefineFaces", "ClassifyFaces"]]
    assert estimate.face_id == 1


def test_engine_that_fails_leaves_the_old_state_usable():
    def fail(_request):
        raise EngineFailed("no")

    state, _, _ = walk((0, HERE))
    with pytest.raises(EngineFailed):
        walk((0.1, HERE), state=state, classify=fail)
    assert walk((0.2, HERE), state=state)[1][0].face_id == 1


def real_answers():
    for engine in (DECODER, DETECTOR, FACE_NET):
        engine.load(Settings())

    def answer_with(engine):
        def answer(request):
            result = engine.infer([request])[0]
            if isinstance(result, Exception):
                raise result
            return result

        return answer

    return {engine.spec.kind: answer_with(engine) for engine in (DECODER, DETECTOR, FACE_NET)}


def read(frames):
    """Estimates of each picture of a stream through the real nets."""
    state, answers, told = LANE.start("stream"), real_answers(), []
    for item in frames:
        state, estimates, _ = run_step(LANE, state, item, answers)
        told.append(estimates)
    return told


def mean_probs(told):
    return np.mean([estimate.probs for estimates in told for estimate in estimates if estimate.is_subject], axis=0)


def test_encoded_portrait_is_a_happy_subject_of_good_quality():
    ((estimate,),) = read([EncodedFrame(encode(portrait()), 0.0, 0.0, 0.0)])
    assert EMOTIONS[estimate.probs.argmax()] == "happy"
    assert estimate.is_subject
    assert estimate.quality.score > 0.9
    assert estimate.frame_px == (512, 512)


def test_broken_picture_raises_its_media_error():
    with pytest.raises(MediaError):
        read([EncodedFrame(b"junk", 0.0, 0.0, 0.0)])


def test_dark_portrait_is_told_as_low_light():
    ((estimate,),) = read([frame(0, (portrait() * 0.12).astype(np.uint8))])
    assert estimate.quality.reasons == ("low_light",)


@of_people
@pytest.mark.parametrize("name", CLIPS)
def test_one_face_keeps_one_id_through_a_clip(name):
    told = read(clip_frames(name, fps=6))
    assert {tuple(estimate.face_id for estimate in estimates) for estimates in told} == {(1,)}


@of_people
def test_two_tilting_faces_keep_two_ids():
    told = read(clip_frames("head_pose_female_and_male.mp4"))
    assert {tuple(estimate.face_id for estimate in estimates) for estimates in told} == {(1, 2)}
    assert {estimate.face_id for estimates in told for estimate in estimates if estimate.is_subject} == {1}


@of_people
def test_three_faces_in_a_clip_get_three_ids():
    def tripled(frames):
        for item in frames:
            yield frame(item.time_s, np.hstack([item.image] * 3))

    told = read(tripled(clip_frames("head_pose_male.mp4", fps=4)))
    assert {tuple(estimate.face_id for estimate in estimates) for estimates in told} == {(1, 2, 3)}


@of_people
def test_smiling_man_is_happy():
    assert EMOTIONS[mean_probs(read(clip_frames("head_pose_male.mp4", fps=6))).argmax()] == "happy"


@of_people
def test_smile_in_the_selfie_is_found_after_the_neutral_start():
    told = read(clip_frames("smile_selfie.mp4"))
    happy = [estimates[0].probs[EMOTIONS.index("happy")] for estimates in told]
    assert np.mean(happy[-6:]) > 0.5
    assert np.mean(happy[-6:]) > np.mean(happy[:6]) + 0.3


def test_face_that_leaves_and_returns_keeps_its_id():
    empty = np.full((512, 512, 3), 90, np.uint8)
    images = [portrait()] * 3 + [empty] * 8 + [portrait()] * 3
    told = read(frame(k * 0.1, image) for k, image in enumerate(images))
    assert [len(estimates) for estimates in told[3:11]] == [0] * 8
    assert told[-1][0].face_id == 1


@pytest.mark.slow
def test_boxes_of_a_still_face_do_not_jitter():
    random = np.random.default_rng(0)
    noisy = [cv2.add(portrait(), random.normal(0, 4, portrait().shape).clip(0).astype(np.uint8)) for _ in range(20)]
    told = read(frame(k / 30, image) for k, image in enumerate(noisy))
    corners = np.array([estimates[0].box_px for estimates in told])
    assert np.abs(np.diff(corners, axis=0)).max() < 3


def test_request_for_crops_is_what_the_net_declares():
    assert ClassifyFaces.kind == FACE_NET.spec.kind


def test_a_portrait_on_the_wall_gives_way_to_the_person_before_it(cases):
    """The field test: shown again and again, the person moved a little each time, the picture never."""
    shown = cv2.imread(str(cases / "still_poster_beside_person.jpg"))[..., ::-1].copy()
    moved = []
    for number in range(36):
        picture = shown.copy()
        picture[210:, :300] = np.roll(picture[210:, :300], round(6 * np.sin(number)), axis=1)  # the person, below left
        moved.append(frame(number / 6, picture))
    told = read(moved)
    (subject,) = [one for one in told[-1] if one.is_subject]
    assert len(told[-1]) == 2
    assert subject.box_px[2] < 300


def covered_portrait(top_share, colour):
    """The smiling portrait with cloth from so far down its face to below the chin."""
    image, (left, top, right, bottom) = portrait().copy(), (round(edge) for edge in PORTRAIT_FACE)
    high, middle = bottom - top, (left + right) // 2
    upper, lower = top + top_share * high, bottom + 0.06 * high
    corners = [(left, upper), (middle, upper - 0.06 * high), (right, upper), (right - 9, lower), (left + 9, lower)]
    cv2.fillPoly(image, [np.array(corners, np.int32)], colour)
    return image


@pytest.mark.parametrize(
    ("top_share", "colour"),
    [(0.5, (205, 222, 235)), (0.5, (120, 124, 130)), (0.46, (120, 60, 60))],
    ids=["surgical mask", "grey mask", "scarf"],
)
def test_what_covers_the_mouth_is_told_and_lowers_the_quality(top_share, colour):
    (bare,) = read([frame(0.0, portrait())])[0]
    (covered,) = read([frame(0.0, covered_portrait(top_share, colour))])[0]
    assert "occluded" not in bare.quality.reasons
    assert bare.quality.score > 0.9
    assert "occluded" in covered.quality.reasons
    assert covered.quality.score < 0.5


def test_smile_under_a_surgical_mask_is_no_sure_neutral(cases):
    """The field test: neutral 0.90 with quality 1.0 and no reason."""
    shown = cv2.cvtColor(cv2.imread(str(cases / "surgical_mask.jpg")), cv2.COLOR_BGR2RGB)
    (estimate,) = read([frame(0.0, shown)])[0]
    assert estimate.quality.reasons == ("occluded",)
    assert estimate.quality.score < 0.2
