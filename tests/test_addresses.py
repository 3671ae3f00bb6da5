"""Anything may be stated as an address; limits group what one client may have many of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.addresses import address_in, group_of, neighbours_of


@given(st.text(max_size=60))
def test_anything_is_an_address_or_none(text: str) -> None:
    assert group_of(text) == "unknown" or address_in(text) is not None


def test_addresses_of_one_household_are_one() -> None:
    assert group_of("2001:db8:1:2::1") == group_of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert group_of("2001:db8:1:3::1") != group_of("2001:db8:1:2::1")
    assert group_of("::ffff:203.0.113.7") == group_of("203.0.113.7") == "203.0.113.7"
    assert group_of("203.0.113.7") != group_of("203.0.113.8")
    assert group_of("nobody") == group_of("") == "unknown"
    assert neighbours_of("203.0.113.7") == neighbours_of("203.0.113.250") == "203.0.113.0/24"
    assert neighbours_of("2001:db8:1:2::1") == neighbours_of("2001:db8:1:9::1") == "2001:db8:1::/48"
