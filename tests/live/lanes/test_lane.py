"""What every lane of the house keeps to."""

from __future__ import annotations

import inspect
import pickle

import pytest

from core.errors import AppError, EngineFailed
from core.estimation.fusion import FusionSettings
from core.live.assembly import session_parts
from core.live.lanes.lane import Lane, driven
from core.live.lanes.queues import Delivery
from core.metrics import Metrics
from core.modalities import MODALITY_FACTS
from core.settings import Settings
from core.types import MODALITIES, Preferences
from tests.fakes import ScriptedEngines

LANES = {modality: make() for modality, make in session_parts(ScriptedEngines(), Settings(), Metrics()).lanes.items()}
EVERY = pytest.mark.parametrize("lane", LANES.values(), ids=LANES)


def test_there_is_a_lane_for_every_modality() -> None:
    assert tuple(LANES) == MODALITIES
    assert all(lane.modality == modality for modality, lane in LANES.items())
    assert FusionSettings().base_weights.keys() == LANES.keys()


@EVERY
def test_lane_is_a_value_and_so_is_its_state(lane: Lane) -> None:
    state = lane.start("stream")
    assert pickle.loads(pickle.dumps(state)) is not None  # noqa: S301 - our own bytes
    assert inspect.isgeneratorfunction(type(lane).step)
    assert not inspect.iscoroutinefunction(type(lane).step)


@EVERY
def test_preferring_nothing_changes_nothing(lane: Lane) -> None:
    assert lane.prefer(Preferences()) == lane


@EVERY
def test_pictures_are_delivered_the_newest_first_and_the_rest_whole(lane: Lane) -> None:
    is_picture = MODALITY_FACTS[lane.modality].medium == "picture"
    assert lane.delivery is (Delivery.LATEST if is_picture else Delivery.KEEP)


@EVERY
def test_lane_hands_on_to_another_that_is_there(lane: Lane) -> None:
    assert lane.hands_to in {None, *LANES} - {lane.modality}


def test_a_driven_step_comes_to_what_it_returns_and_hears_of_faults() -> None:
    def step():
        said = [(yield "one")]
        try:
            yield "two"
        except AppError as error:
            said.append(error.code)
        return said

    answers = {"one": 1, "two": EngineFailed("it broke")}
    assert driven(step(), answers.__getitem__) == [1, "engine_failed"]
