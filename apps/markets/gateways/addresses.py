"""Where a gateway may connect to: the exchange's own hosts, or a simulator at home.

A mistyped or planted address would be handed signed requests, so every address is
held against the hosts that ccxt declares before anything is opened.
"""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from apps.common.wording import gettext as _
from apps.markets.gateways.errors import BadVenue


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parsed(url: str, *, field: str, schemes: tuple[str, ...]) -> SplitResult:
    """The parts of an address. Raises BadVenue, which never repeats what may be secret:
    an address that carries a name or a password is refused unshown."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise BadVenue(_("This is not an address"), field=field) from None
    if not host or any(mark in url for mark in " \t\r\n\\"):
        raise BadVenue(_("This is not an address"), field=field)
    if "@" in parts.netloc or parts.query or parts.fragment:
        rule = _("An address here has no name, password, query or fragment")
        raise BadVenue(rule, field=field)
    if parts.scheme not in schemes:
        rule = _("%(host)s must be reached by %(schemes)s, not by %(given)s")
        facts = {"host": host, "schemes": schemes[0], "given": parts.scheme or "?"}
        raise BadVenue(rule % facts, field=field)
    return parts


def simulators(url: str, *, field: str, schemes: tuple[str, ...]) -> SplitResult:
    """A simulator's address. Raises BadVenue when it is not on this machine."""
    parts = parsed(url, field=field, schemes=schemes)
    if not is_loopback(parts.hostname or ""):
        rule = _("A simulator runs on this machine; %(host)s is elsewhere")
        raise BadVenue(rule % {"host": parts.hostname}, field=field)
    return parts


def own(
    url: str, hosts: frozenset[str], *, field: str, schemes: tuple[str, ...]
) -> SplitResult:
    """An exchange's address. Raises BadVenue when it is none of its hosts."""
    parts = parsed(url, field=field, schemes=schemes)
    if origin_host(parts) not in hosts:
        rule = _("%(host)s is no host of this exchange; known are %(hosts)s")
        facts = {"host": parts.hostname, "hosts": ", ".join(sorted(hosts)[:6])}
        raise BadVenue(rule % facts, field=field)
    return parts


def origin_host(parts: SplitResult) -> str:
    """The host with its port when that is not the usual one: 443 is left out."""
    usual = {"https": 443, "wss": 443, "http": 80, "ws": 80}.get(parts.scheme)
    host = parts.hostname or ""
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"


def declared(tree: Any) -> Iterator[str]:
    """Every address in ccxt's nested tables of them."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, Mapping):
        for branch in tree.values():
            yield from declared(branch)


def hosts_of(tree: Any, schemes: tuple[str, ...]) -> frozenset[str]:
    found = (urlsplit(url) for url in declared(tree))
    return frozenset(
        origin_host(parts)
        for parts in found
        if parts.scheme in schemes and parts.hostname
    )


def origins_of(tree: Any, schemes: tuple[str, ...]) -> frozenset[str]:
    """``https://api.gateio.ws`` of every address: what calls may go to."""
    found = (urlsplit(url) for url in declared(tree))
    return frozenset(f"{p.scheme}://{p.netloc}" for p in found if p.scheme in schemes)


def moved(tree: Any, origin: SplitResult, schemes: tuple[str, ...]) -> Any:
    """The same tables with each address of the schemes at another origin.

    Paths stay: Gate.io's are signed as text, and the stream's name the market.
    """
    if isinstance(tree, Mapping):
        return {name: moved(branch, origin, schemes) for name, branch in tree.items()}
    if not isinstance(tree, str) or urlsplit(tree).scheme not in schemes:
        return tree
    parts = urlsplit(tree)
    return parts._replace(scheme=origin.scheme, netloc=origin.netloc).geturl()
