"""A ccxt exchange put behind our door, at an address it may have."""

from typing import Any, Final
from urllib.parse import urlsplit

from apps.common.wording import gettext as _
from apps.markets.gateways import addresses, library, verdicts
from apps.markets.gateways.door import Door, Surroundings
from apps.markets.gateways.errors import BadVenue
from apps.markets.gateways.gateio import OPTIONS, GateDoor
from apps.markets.gateways.pacing import Budget
from apps.markets.gateways.transport import Transport
from apps.markets.gateways.types import Credentials
from apps.markets.gateways.venues import Venue

_REST: Final = ("https",)
_HOME_REST: Final = ("http", "https")
_STREAM: Final = ("wss",)
_HOME_STREAM: Final = ("ws", "wss")
# What ccxt asks for at other exchanges beyond what we trade, left out.
_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "gate": OPTIONS,
    "binance": {
        "fetchMarkets": {"types": ["spot", "linear"]},
        "fetchMargins": False,
        "warnOnFetchOpenOrdersWithoutSymbol": False,
    },
    "okx": {"fetchMarkets": {"types": ["spot", "swap"]}},
    "bybit": {"fetchMarkets": {"types": ["spot", "linear"]}},
}


async def exchange_at(
    venue: Venue,
    credentials: Credentials | None,
    budget: Budget | None,
    transport: Transport,
) -> Any:
    """ccxt's exchange behind our door, not yet asked anything. Raises BadVenue."""
    ccxt = await library.load()
    base = library.class_of(ccxt, venue)
    door = GateDoor if issubclass(base, ccxt.gate) else Door
    exchange = _guarded(door, base)(_settings(venue, credentials))
    # Coins' own settings are not needed, and Gate.io's list of them is megabytes.
    exchange.has["fetchCurrencies"] = False
    exchange.timeout_on_exit = 0
    _place(exchange, venue)
    secrets = () if credentials is None else (credentials.key, credentials.secret)
    passphrase = "" if credentials is None else credentials.passphrase
    schemes = _HOME_REST if venue.is_simulator else _REST
    exchange.around = Surroundings(
        transport,
        addresses.origins_of(exchange.urls["api"], schemes),
        budget,
        scrub=verdicts.scrubber(*secrets, passphrase),
    )
    return exchange


# Made once for each exchange: ccxt gives every new class a thousand attributes.
_classes: dict[type[Any], type[Any]] = {}


def _guarded(door: type[Door], base: type[Any]) -> type[Any]:
    if base not in _classes:
        _classes[base] = type(f"Guarded{base.__name__}", (door, base), {})
    return _classes[base]


def _settings(venue: Venue, credentials: Credentials | None) -> dict[str, Any]:
    settings: dict[str, Any] = {
        # Ours is the budget, and nothing is sent twice behind our back.
        "enableRateLimit": False,
        "options": {
            "maxRetriesOnFailure": 0,
            "defaultType": "spot",
            **_OPTIONS.get(venue.ccxt_id, {}),
        },
    }
    if credentials is not None:
        settings["apiKey"] = credentials.key
        settings["secret"] = credentials.secret
        if credentials.passphrase:
            settings["password"] = credentials.passphrase
    return settings


def _place(exchange: Any, venue: Venue) -> None:
    """Point ccxt at the venue's address. Raises BadVenue."""
    for access in ("api", "test"):
        if access in exchange.urls:
            exchange.urls[access] = _with_hostname(exchange.urls[access], exchange)
    if venue.is_simulator:
        _at_home(exchange, venue)
        return
    if venue.rest_url:
        _at_its_own(exchange, venue.rest_url, "rest_url", _REST)
    if venue.ws_url:
        hosts = _hosts(exchange, "api", _STREAM) | _hosts(exchange, "test", _STREAM)
        addresses.own(venue.ws_url, hosts, field="ws_url", schemes=_STREAM)


def _at_home(exchange: Any, venue: Venue) -> None:
    if not venue.rest_url:
        raise BadVenue(_("A simulator needs its address"), field="rest_url")
    origin = addresses.simulators(venue.rest_url, field="rest_url", schemes=_HOME_REST)
    _check_path(exchange, origin.path, "rest_url")
    exchange.urls["api"] = addresses.moved(exchange.urls["api"], origin, _HOME_REST)
    if venue.ws_url:
        stream = addresses.simulators(
            venue.ws_url, field="ws_url", schemes=_HOME_STREAM
        )
        api = exchange.urls["api"]
        exchange.urls["api"] = addresses.moved(api, stream, _HOME_STREAM)


def _at_its_own(exchange: Any, url: str, field: str, schemes: tuple[str, ...]) -> None:
    own, testing = _hosts(exchange, "api", schemes), _hosts(exchange, "test", schemes)
    parts = addresses.own(url, own | testing, field=field, schemes=schemes)
    if addresses.origin_host(parts) not in own:
        exchange.set_sandbox_mode(True)
    _check_path(exchange, parts.path, field)


def _check_path(exchange: Any, path: str, field: str) -> None:
    """The path of an address is signed: it is the exchange's, or it is left out."""
    urls = addresses.declared(exchange.urls["api"])
    known = {urlsplit(url).path.rstrip("/") for url in urls}
    if path.rstrip("/") and path.rstrip("/") not in known:
        rule = _("The path %(given)s is not this exchange's; leave it out")
        raise BadVenue(rule % {"given": repr(path[:40])}, field=field)


def _hosts(exchange: Any, access: str, schemes: tuple[str, ...]) -> frozenset[str]:
    return addresses.hosts_of(exchange.urls.get(access), schemes)


def _with_hostname(tree: Any, exchange: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _with_hostname(item, exchange) for name, item in tree.items()}
    if isinstance(tree, str) and exchange.hostname:
        return tree.replace("{hostname}", exchange.hostname)
    return tree
