"""Which address a request comes from: X-Forwarded-For read from the right, past the proxies that are believed.

Each proxy appends the address it was asked by, so only what our own proxies wrote can be believed, and a client may
have written everything to the left of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

from core.addresses import address_in
from core.errors import SettingsError
from core.settings import Settings

NETWORKS = {
    "loopback": ("127.0.0.0/8", "::1/128"),
    "private": (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    ),
}
"""words that stand for networks in the setting; "private" is what a platform's own proxies have"""
MOST_HOPS = 20
"""entries of X-Forwarded-For that are looked at, from the right"""


class Proxies:
    """Who stands in front: so many proxies, or the networks they are in."""

    def __init__(self, stated: str) -> None:
        """`stated` is the setting trusted_proxies. Raises SettingsError."""
        words = [word.strip() for word in stated.split(",") if word.strip()]
        is_count = len(words) == 1 and words[0].isdecimal() and len(words[0]) <= 2
        self._count = int(words[0]) if is_count else None
        self._networks = [] if is_count else [network for word in words for network in _networks_of(word)]

    def believes(self, host: str) -> bool:
        """Whether many clients may come by this one address."""
        if self._count is not None:
            return self._count > 0
        found = address_in(host)
        return found is not None and any(found in network for network in self._networks)

    def client(self, peer: str, forwarded: Iterable[str]) -> str:
        """The client's address, of the address that is connected and the values of X-Forwarded-For.

        An entry that is no address was not written by a proxy of ours: the walk ends before it.
        """
        entries = ",".join(forwarded).split(",")[-MOST_HOPS:]
        here = address_in(peer)
        if here is None:  # a Unix socket: whoever is behind it is a proxy
            here = address_in(entries[-1]) if self._count != 0 else None
            return str(here) if here else "unknown"
        for hop, entry in enumerate(reversed(entries)):
            before = address_in(entry)
            is_proxy = hop < self._count if self._count is not None else self.believes(str(here))
            if before is None or not is_proxy:
                break
            here = before
        return str(here)


def _networks_of(word: str) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(network, strict=False) for network in NETWORKS.get(word, (word,))]
    except ValueError:
        raise SettingsError(
            f"trusted_proxies: expected a number of proxies, or addresses, networks and the words "
            f"{' or '.join(NETWORKS)}, comma-separated; got {word!r:.60}"
        ) from None


def proxies_of(settings: Settings) -> Proxies:
    """The proxies of the setting; where it is empty loopback, or on a Space all private networks."""
    return Proxies(settings.trusted_proxies or ("private" if settings.is_space else "loopback"))


class Addressed:
    """Outermost: puts the client's own address, and the scheme it used, into the scope for all that follows."""

    def __init__(self, app: ASGIApp, proxies: Proxies) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            peer = (scope.get("client") or ("",))[0]
            values = _values_of(scope)
            scope["client"] = (self._proxies.client(peer, values(b"x-forwarded-for")), 0)
            if self._proxies.believes(peer):
                scope["scheme"] = _scheme(scope, values(b"x-forwarded-proto"))
        await self._app(scope, receive, send)


def _values_of(scope: Scope) -> Callable[[bytes], list[str]]:
    return lambda wanted: [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == wanted]


def _scheme(scope: Scope, stated: list[str]) -> str:
    """As the nearest proxy tells it; only whether it was secure counts."""
    last = stated[-1].rpartition(",")[2].strip().lower() if stated else ""
    if last not in {"http", "https", "ws", "wss"}:
        return str(scope["scheme"])
    is_secure = last in {"https", "wss"}
    if scope["type"] == "websocket":
        return "wss" if is_secure else "ws"
    return "https" if is_secure else "http"
