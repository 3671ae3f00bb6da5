"""The text net: tokens as sums of places."""

from __future__ import annotations

import pytest
import torch

from models._text_features import WIDTH, read_text
from models.training.text_net import TextNet

pytestmark = pytest.mark.slow


def test_lost_places_change_a_token_and_none_lost_does_not() -> None:
    net, places = TextNet(8, 4), torch.from_numpy(read_text("wonderful"))
    assert places.shape[1] == WIDTH
    assert torch.equal(net.token_vectors(places), net.token_vectors(places))
    assert not torch.equal(net.token_vectors(places, 0.9), net.token_vectors(places))
