from __future__ import annotations

from core.live.assembly import session_parts
from core.live.lanes.queues import Delivery
from core.metrics import Metrics
from core.settings import Settings
from core.types import MODALITIES
from tests.fakes import ScriptedEngines


def _parts(**changes):
    return session_parts(ScriptedEngines(), Settings().model_copy(update=changes), Metrics())


def test_every_modality_has_a_lane_that_names_it() -> None:
    lanes = _parts().lanes
    assert set(lanes) == set(MODALITIES)
    assert {modality: make().modality for modality, make in lanes.items()} == {m: m for m in MODALITIES}


def test_pictures_give_way_live_and_sound_and_words_are_kept() -> None:
    deliveries = {modality: make().delivery for modality, make in _parts().lanes.items()}
    assert deliveries == {"face": Delivery.LATEST, "voice": Delivery.KEEP, "text": Delivery.KEEP}
    assert {m: make().hands_to for m, make in _parts().lanes.items()} == {"face": None, "voice": "text", "text": None}


def test_settings_reach_fusion_and_lanes() -> None:
    parts = _parts(weight_face=0.1, smoothing_s=2.0, patience_s=1.5, language="nl", abstain_below=0.3)
    assert parts.fusion.base_weights["face"] == 0.1
    assert (parts.fusion.smoothing_s, parts.fusion.abstain_below, parts.language) == (2.0, 0.3, "nl")
    assert parts.lanes["voice"]().patience_s == 1.5  # type: ignore[attr-defined]
    assert parts.lanes["text"]().language == "nl"  # type: ignore[attr-defined]


def test_the_voice_lane_asks_what_an_end_sounds_like_only_where_an_engine_for_it_is_set() -> None:
    asks = {name: _parts(turn_engine=name).lanes["voice"]().hears_endings for name in ("none", "", "turn_smart")}  # type: ignore[attr-defined]
    assert asks == {"none": False, "": False, "turn_smart": True}


def test_without_recorder_and_replies_nothing_is_kept_or_said() -> None:
    assert (_parts().recorder, _parts().replies) == (None, None)


def test_each_session_gets_lanes_of_its_own() -> None:
    assert all(make() is not make() for make in _parts().lanes.values())
