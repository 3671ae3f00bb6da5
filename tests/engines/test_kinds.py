"""The table of kinds agrees with the settings and the requests."""

from __future__ import annotations

import pytest

from core.companion.prompt import WriteReply
from core.engines import requests
from core.engines.kinds import KINDS, Kind
from core.settings import Settings


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_kind_names_a_setting_that_exists(kind: Kind) -> None:
    assert not kind.setting or kind.setting in Settings.model_fields


def test_every_request_is_of_a_kind_in_the_table() -> None:
    asked = [one for one in vars(requests).values() if isinstance(one, type) and isinstance(vars(one).get("kind"), str)]
    assert {one.kind for one in (*asked, WriteReply)} == set(KINDS)
