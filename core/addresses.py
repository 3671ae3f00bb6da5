"""Addresses, and how limits group them; where one comes from is told by core.rest.proxies."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

IPV6_GROUP, IPV6_NEIGHBOURS, IPV4_NEIGHBOURS = 64, 48, 24
"""bits: a household has a /64 to itself and may change within it as it likes; a provider's customer has up to a /48"""


def address_in(text: str) -> Address | None:
    """The address of an entry, without port, brackets or zone; IPv4 written as IPv6 is IPv4. None for anything else."""
    plain = text.strip().strip('"')
    if plain.startswith("["):
        plain = plain[1:].partition("]")[0]
    elif plain.count(":") == 1:
        plain = plain.partition(":")[0]
    try:
        found = ip_address(plain.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def group_of(host: str) -> str:
    """What limits count by: an IPv4 address, or the /64 of an IPv6 one; "unknown" for what is no address."""
    return _within(host, IPV6_GROUP, 32)


def neighbours_of(host: str) -> str:
    """A wider ring, of which one hostile client may have every address."""
    return _within(host, IPV6_NEIGHBOURS, IPV4_NEIGHBOURS)


def _within(host: str, ipv6_bits: int, ipv4_bits: int) -> str:
    found = address_in(host)
    if found is None:
        return "unknown"
    bits = ipv4_bits if found.version == 4 else ipv6_bits
    return str(found) if bits == found.max_prefixlen else str(ip_network((found, bits), strict=False))
