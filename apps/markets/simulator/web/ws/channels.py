"""From a channel and its payload to topics. Source: the protocol reference, part 4."""

from collections.abc import Callable, Container
from typing import Any, Final

from apps.markets.simulator.market_data import INTERVAL_MS
from apps.markets.simulator.web.ws.books import LEVELS_S, OBU_S, UPDATE_S
from apps.markets.simulator.web.ws.frames import BAD_ARGUMENT, WsError
from apps.markets.simulator.web.ws.session import Topic

Pairs = Container[str]
ALL: Final = "!all"
INTERVALS: Final = (*INTERVAL_MS, "30d")
_LEVELS: Final = ("1", "5", "10", "20", "50", "100")
# Private channels that name pairs, those that name nothing, and those that exist on
# Gate.io for products which are not here: subscribed, and silent.
BY_PAIR: Final = ("spot.orders", "spot.usertrades", "spot.priceorders")
BY_USER: Final = ("spot.balances",)
SILENT: Final = (
    "spot.margin_balances",
    "spot.funding_balances",
    "spot.cross_balances",
    "spot.cross_loan",
)
PRIVATE: Final = (*BY_PAIR, *BY_USER, *SILENT)


def topics_of(channel: str, payload: Any, pairs: Pairs, user: str) -> list[Topic]:
    """What a subscription is about. Raises WsError for what cannot be."""
    if channel in (*BY_USER, *SILENT):
        return [(channel, user)]
    items = _texts(payload)
    if channel in BY_PAIR:
        return [(channel, user, _known(item, pairs, also=ALL)) for item in items]
    reader = _PUBLIC.get(channel)
    if reader is None:
        raise WsError(BAD_ARGUMENT, f"unknown channel {channel[:40]}")
    return reader(channel, items, pairs)


def _texts(payload: Any) -> list[str]:
    if not isinstance(payload, list) or not payload:
        raise WsError(BAD_ARGUMENT, "invalid argument: empty payload")
    if len(payload) > 500 or not all(isinstance(item, str) for item in payload):
        raise WsError(BAD_ARGUMENT, "invalid argument: payload must be texts")
    return payload


def _known(pair: str, pairs: Pairs, *, also: str = "") -> str:
    if pair not in pairs and pair != (also or None):
        raise WsError(BAD_ARGUMENT, f"unknown currency pair: {pair[:40]}")
    return pair


def _each_pair(channel: str, items: list[str], pairs: Pairs) -> list[Topic]:
    return [(channel, _known(pair, pairs)) for pair in items]


def _candles(channel: str, items: list[str], pairs: Pairs) -> list[Topic]:
    interval, pair = _exactly(items, 2)
    _one_of("interval", interval, INTERVALS)
    return [(channel, _known(pair, pairs), interval)]


def _book_update(channel: str, items: list[str], pairs: Pairs) -> list[Topic]:
    pair, interval = _exactly(items, 2)
    _one_of("interval", interval, UPDATE_S)
    return [(channel, _known(pair, pairs), interval)]


def _book_levels(channel: str, items: list[str], pairs: Pairs) -> list[Topic]:
    pair, level, interval = _exactly(items, 3)
    _one_of("level", level, _LEVELS)
    _one_of("interval", interval, LEVELS_S)
    return [(channel, _known(pair, pairs), level, interval)]


def _obu(channel: str, items: list[str], pairs: Pairs) -> list[Topic]:
    topics: list[Topic] = []
    for stream in items:
        parts = stream.split(".")
        if len(parts) != 3 or parts[0] != "ob" or parts[2] not in map(str, OBU_S):
            raise WsError(BAD_ARGUMENT, f"invalid argument: {stream[:40]}")
        _known(parts[1], pairs)
        topics.append((channel, stream, parts[2]))
    return topics


def _exactly(items: list[str], count: int) -> list[str]:
    if len(items) != count:
        raise WsError(BAD_ARGUMENT, f"invalid argument: payload needs {count} items")
    return items


def _one_of(name: str, value: str, allowed: Container[str]) -> None:
    if value not in allowed:
        raise WsError(BAD_ARGUMENT, f"invalid argument: {name} {value[:40]}")


_PUBLIC: Final[dict[str, Callable[[str, list[str], Pairs], list[Topic]]]] = {
    "spot.tickers": _each_pair,
    "spot.trades": _each_pair,
    "spot.book_ticker": _each_pair,
    "spot.candlesticks": _candles,
    "spot.order_book_update": _book_update,
    "spot.order_book": _book_levels,
    "spot.obu": _obu,
}


def pair_of(topic: Topic) -> str:
    """The pair a public topic is about."""
    return topic[1].split(".")[1] if topic[0] == "spot.obu" else topic[1]


def pace_of(topic: Topic) -> float:
    """How far apart, in seconds, the pushes of a book's topic are at least."""
    channel = topic[0]
    if channel == "spot.obu":
        return OBU_S[int(topic[2])]
    if channel == "spot.order_book_update":
        return UPDATE_S[topic[2]]
    return LEVELS_S[topic[3]] if channel == "spot.order_book" else 0.01
