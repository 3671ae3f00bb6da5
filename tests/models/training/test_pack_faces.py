"""The crops of the pack are those of the live path."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.estimation.crops import face_patch, net_crop
from models.training.pack_faces import live_crops
from tests.pictures import PORTRAIT_FACE, portrait

pytestmark = pytest.mark.slow


def test_crops_are_what_the_face_lane_hands_to_the_net_and_none_where_no_face_is() -> None:
    picture = cv2.cvtColor(portrait(), cv2.COLOR_RGB2BGR)
    files = [cv2.imencode(".png", one)[1].tobytes() for one in (picture, np.full_like(picture, 90))]
    face, nothing = live_crops(files)
    assert nothing is None
    assert face is not None
    assert face.shape == (48, 48)
    near = net_crop(face_patch(portrait(), PORTRAIT_FACE))
    assert np.corrcoef(face.ravel(), near.ravel())[0, 1] > 0.7
