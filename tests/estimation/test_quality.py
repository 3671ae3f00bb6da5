"""Quality: one for a good face, a reason for each thing that is wrong, never better when something gets worse."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.estimation.crops import face_patch
from core.estimation.quality import GLARE_LEVEL, brightness, face_quality, inside_share, ramp, sharpness, turn
from tests.pictures import PORTRAIT_FACE, portrait

FRONTAL = ((204.0, 101.0), (248.0, 103.0), (225.0, 130.0), (203.0, 140.0), (246.0, 142.0))
PATCH = face_patch(portrait(), PORTRAIT_FACE, FRONTAL)
FRAME = (512, 512)


def quality(patch=PATCH, box=PORTRAIT_FACE, frame=FRAME, landmarks=FRONTAL, score=0.999, **more):
    return face_quality(patch, box, frame, landmarks, score, **more)


def with_nose_at(x):
    return (*FRONTAL[:2], (x, 130.0), *FRONTAL[3:])


def test_good_portrait_has_no_reasons():
    assert quality().score > 0.95
    assert quality().reasons == ()


@pytest.mark.parametrize(
    ("reason", "spoilt"),
    [
        ("too_small", {"box": (100, 100, 130, 130)}),
        ("off_frame", {"box": (-60, 60, 28, 173)}),
        ("low_light", {"patch": (PATCH * 0.15).astype(np.uint8)}),
        ("too_bright", {"patch": np.clip(PATCH.astype(int) + 170, 0, 255).astype(np.uint8)}),
        ("blurred", {"patch": cv2.GaussianBlur(PATCH, (0, 0), 0.06 * PATCH.shape[0])}),
        ("turned_away", {"landmarks": with_nose_at(255.0)}),
        ("low_detector_score", {"score": 0.6}),
        ("occluded", {"hidden": 0.9}),
    ],
)
def test_each_fault_is_told_by_its_reason_alone(reason, spoilt):
    assert quality(**spoilt).reasons == (reason,)
    assert quality(**spoilt).score < 0.5


def test_dim_but_sharp_face_is_not_called_blurred():
    assert "blurred" not in quality(patch=(PATCH * 0.2).astype(np.uint8)).reasons


def test_dark_skin_in_good_light_is_not_called_dark():
    """Half the reflectance with the same highlights: the mean falls to that of a dim picture, the highlights do not."""
    dark_skin = np.where(np.percentile(PATCH, 90) < PATCH, PATCH, PATCH * 0.3).astype(np.uint8)
    assert dark_skin.mean() < 80
    assert quality(patch=dark_skin).reasons == ()


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_ramp_is_monotone_and_bounded(one, other):
    low, high = sorted((ramp(one, (3, 9)), ramp(other, (3, 9))))
    assert 0 <= low <= high <= 1
    assert (ramp(min(one, other), (3, 9)), ramp(max(one, other), (3, 9))) == (low, high)
    assert ramp(one, (9, 3)) == pytest.approx(1 - ramp(one, (3, 9)))


@settings(max_examples=30)
@given(st.floats(0, 1), st.floats(0, 1))
def test_lower_detector_score_is_never_better(one, other):
    assert quality(score=min(one, other)).score <= quality(score=max(one, other)).score


@settings(max_examples=30)
@given(st.floats(226, 400), st.floats(226, 400))
def test_nose_further_out_is_never_better(one, other):
    near, far = sorted((one, other))
    assert quality(landmarks=with_nose_at(far)).score <= quality(landmarks=with_nose_at(near)).score


@settings(max_examples=20)
@given(st.floats(0, 1), st.floats(0, 1))
def test_less_light_is_never_better(one, other):
    dark, bright = sorted((one, other))
    darker = quality(patch=(PATCH * (dark * 0.7)).astype(np.uint8))
    assert darker.score <= quality(patch=(PATCH * (bright * 0.7)).astype(np.uint8)).score + 0.02


def test_more_blur_is_never_sharper():
    values = [sharpness(cv2.GaussianBlur(PATCH, (0, 0), sigma)) for sigma in (0.1, 1, 2, 4, 8, 16)]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_flat_patch_has_a_score_and_no_sharpness(value):
    patch = np.full((48, 48), value, np.uint8)
    assert sharpness(patch) == 0
    assert quality(patch=patch).score == 0


def test_share_inside_the_picture_is_one_within_and_half_across_the_edge():
    assert inside_share((100, 100, 200, 200), FRAME) == 1
    assert inside_share((-50, 100, 50, 200), FRAME) == pytest.approx(0.5)
    assert inside_share((-300, 100, -200, 200), FRAME) == 0


def test_turn_does_not_depend_on_roll_or_size():
    turned = with_nose_at(240.0)
    rolled = tuple((3 * -y, 3 * x) for x, y in turned)
    assert turn(rolled) == pytest.approx(turn(turned))


def test_landmarks_on_one_spot_count_as_turned_away():
    assert quality(landmarks=((10.0, 10.0), (10.0, 10.0), (30.0, 10.0), (10.0, 20.0), (12.0, 20.0))).score <= 1


@given(st.sampled_from([48, 96, 144, 288]), st.integers(0, 255), st.integers(1, 256), st.integers(0, 2**32 - 1))
def test_brightness_is_the_percentile_and_the_share_of_glare(side, least, spread, seed) -> None:
    grey = np.random.default_rng(seed).integers(least, min(256, least + spread), (side, side)).astype(np.uint8)
    light, glare = brightness(grey)
    assert light == pytest.approx(np.percentile(grey, 95), abs=1e-9)
    assert glare == pytest.approx(np.mean(grey >= GLARE_LEVEL), abs=1e-6)
