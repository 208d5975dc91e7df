"""Where a gateway may connect to, and which endpoints it may call there."""

import subprocess
import sys

import pytest

from apps.common.errors import InvalidInput
from apps.markets.gateways import endpoints, library
from apps.markets.gateways.errors import BadVenue, ForbiddenCall
from apps.markets.gateways.gateway import open_gateway
from apps.markets.gateways.tests.network import (
    CREDENTIALS,
    KEY,
    SECRET,
    Network,
    gate,
    gate_answers,
    tell,
)
from apps.markets.gateways.types import Credentials, Kind
from apps.markets.gateways.venues import Venue

HOME = "http://127.0.0.1:8471/api/v4"


async def opened(venue: Venue) -> str:
    """Where its public calls go."""
    async with open_gateway(venue, transport=Network({})) as gateway:
        api = gateway._exchange.urls["api"]
        return api["public"]["spot"] if venue.ccxt_id == "gate" else str(api)


@pytest.mark.parametrize(
    ("venue", "field", "said"),
    [
        (Venue("gate", "http://api.gateio.ws/api/v4"), "rest_url", "https"),
        (Venue("gate", "https://api.gateio.ws.evil.com/api/v4"), "rest_url", "no host"),
        (Venue("gate", "https://api.gateio.ws@evil.com/api/v4"), "rest_url", "no name"),
        (Venue("gate", "https://api.gatei0.ws/api/v4"), "rest_url", "no host"),
        (Venue("gate", "https://api.gateio.ws:8443/api/v4"), "rest_url", "no host"),
        (Venue("gate", "https://api.gateio.ws/api/v5"), "rest_url", "path"),
        (Venue("gate", "https://127.0.0.1/api/v4"), "rest_url", "no host"),
        (Venue("gate", "api.gateio.ws"), "rest_url", "not an address"),
        (Venue("gate", "https://"), "rest_url", "not an address"),
        (Venue("gate", "https://[::1/api/v4"), "rest_url", "not an address"),
        (Venue("gate", "https://api.gateio.ws:99999/"), "rest_url", "not an address"),
        (Venue("gate", "file:///etc/passwd"), "rest_url", "not an address"),
        (Venue("gate", "https://api.gateio.ws/\\evil"), "rest_url", "not an address"),
        (Venue("gate", ws_url="ws://api.gateio.ws/ws/v4/"), "ws_url", "wss"),
        (Venue("gate", ws_url="wss://evil.com/ws/v4/"), "ws_url", "no host"),
        (Venue("gate", is_simulator=True), "rest_url", "needs its address"),
        (
            Venue("gate", "http://10.0.0.5/api/v4", is_simulator=True),
            "rest_url",
            "else",
        ),
        (Venue("gate", "http://8.8.8.8/", is_simulator=True), "rest_url", "elsewhere"),
        (Venue("gate", "http://2130706433/", is_simulator=True), "rest_url", "else"),
        (
            Venue("gate", "http://127.0.0.1:1/sim", is_simulator=True),
            "rest_url",
            "path",
        ),
        (
            Venue("gate", HOME, "wss://api.gateio.ws/", is_simulator=True),
            "ws_url",
            "el",
        ),
        (Venue("nosuchexchange"), "exchange", "nosuchexchange"),
        (Venue("__init__"), "exchange", "no exchange"),
        (Venue(""), "exchange", "no exchange"),
    ],
    ids=lambda value: (
        value.rest_url or value.ws_url if isinstance(value, Venue) else None
    ),
)
async def test_a_wrong_address_names_the_field_and_opens_nothing(venue, field, said):
    with pytest.raises(BadVenue, match=said) as raised:
        await opened(venue)

    assert raised.value.field == field
    assert isinstance(raised.value, InvalidInput)


@pytest.mark.parametrize(
    ("venue", "goes_to"),
    [
        (Venue("gateio"), "https://api.gateio.ws/api/v4"),
        (Venue("gate", "https://api.gateio.ws/api/v4"), "https://api.gateio.ws/api/v4"),
        (Venue("gate", "https://api.gateio.ws"), "https://api.gateio.ws/api/v4"),
        (
            Venue("gate", "https://api-testnet.gateapi.io/api/v4"),
            "https://api-testnet.gateapi.io/api/v4",
        ),
        (Venue("gate", HOME, is_simulator=True), HOME),
        (
            Venue("gate", "http://localhost:9", is_simulator=True),
            "http://localhost:9/api/v4",
        ),
        (Venue("gate", "http://[::1]:9", is_simulator=True), "http://[::1]:9/api/v4"),
    ],
)
async def test_a_right_address_is_where_calls_go(venue, goes_to):
    assert await opened(venue) == goes_to


async def test_every_exchange_that_ccxt_knows_can_be_opened_and_is_https_only():
    exchanges = (await library.load()).exchanges

    for exchange in exchanges:
        async with open_gateway(Venue(exchange), transport=Network({})) as gateway:
            origins = gateway._around.origins
            limits = [gateway.history_limits(kind) for kind in Kind]
            assert all(origin.startswith("https://") for origin in origins), exchange
            assert origins, exchange
            assert all(limit.per_call > 0 for limit in limits), exchange
            assert all(isinstance(name, str) for name in gateway.timeframes)

    assert len(exchanges) > 100


async def test_an_address_with_a_password_is_refused_unshown():
    with pytest.raises(BadVenue) as raised:
        await opened(Venue("gate", "https://me:hunter2@api.gateio.ws/api/v4"))

    assert "hunter2" not in str(raised.value)


def dangerous(name: str) -> bool:
    words = ("withdraw", "transfer", "sub_account", "subaccounts", "deposit", "push")
    return any(word in name for word in words)


@pytest.mark.parametrize("exchange", ["gate", "binance", "okx", "bybit", "kraken"])
async def test_what_moves_money_raises_before_anything_is_sent(exchange, capsys):
    """Every endpoint that ccxt knows by such a name, called by that name."""
    network = Network({})
    venue = Venue(exchange)
    async with open_gateway(venue, CREDENTIALS, transport=network) as gateway:
        base = library.class_of(await library.load(), venue)
        names = [n for n in dir(base) if _is_endpoint(base, n) and dangerous(n)]
        for name in names:
            with pytest.raises(ForbiddenCall, match="nothing was sent"):
                await getattr(gateway._exchange, name)({})

    assert network.requests == []
    assert len(names) > 3
    tell(capsys, f"{exchange}: {len(names)} endpoints that move money are closed")


def _is_endpoint(base: type, name: str) -> bool:
    lower = name.lower() == name and name.startswith(("public_", "private_", "sapi"))
    return lower and any(
        f"_{verb}_" in name for verb in ("get", "post", "put", "delete")
    )


@pytest.mark.parametrize(
    "name",
    [
        "private_spot_post_orders",
        "private_spot_delete_orders",
        "private_wallet_post_transfers",
        "private_withdrawals_post_withdrawals",
        "private_subaccounts_post_sub_accounts_user_id_keys",
        "private_earn_post_uni_lends",
        "private_margin_get_accounts",
    ],
)
async def test_gate_may_be_asked_only_what_is_on_its_list(name):
    network = Network({})

    async with gate(network) as gateway:
        with pytest.raises(ForbiddenCall):
            await getattr(gateway._exchange, name)({"user_id": 1, "key": "x"})

    assert network.requests == []


@pytest.mark.parametrize(
    ("call", "is_allowed"),
    [
        ("GET /public/Ticker", True),
        ("POST /private/Balance", True),
        ("POST /private/OpenOrders", True),
        ("POST /private/TradesHistory", True),
        ("POST /private/AddOrder", False),
        ("POST /private/order", False),
        ("POST /private/trade", False),
        ("POST /private/openPosition", False),
        ("GET /private/market/buylimit", False),
        ("DELETE /private/orders/{id}", False),
        ("GET /private/deposit/address", False),
        ("POST /private/Withdraw", False),
    ],
)
def test_where_there_is_no_list_only_what_surely_reads_may_pass(call, is_allowed):
    try:
        endpoints.check_name("kraken", call)
    except ForbiddenCall:
        assert not is_allowed
    else:
        assert is_allowed


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", "https://api.gateio.ws/api/v4/withdrawals"),
        ("POST", "https://api.gateio.ws/api/v4/wallet/transfers"),
        ("GET", "https://api.gateio.ws/api/v4/wallet/%74ransfers"),
        ("POST", "https://api.gateio.ws/api/v4/spot/accounts"),
        ("GET", "https://evil.com/api/v4/spot/accounts"),
        ("GET", "http://api.gateio.ws/api/v4/spot/accounts"),
        ("GET", "https://api.gateio.ws/api/v4/spot/orders/1/../../../wallet/fee/x"),
    ],
)
async def test_the_lowest_door_looks_at_the_address_itself(method, url):
    network = Network({})

    async with gate(network) as gateway:
        with pytest.raises(ForbiddenCall):
            await gateway._exchange.fetch(url, method)

    assert network.requests == []


def test_a_process_that_only_names_exchanges_loads_no_library_of_theirs():
    """ccxt and aiohttp cost 100 MB and seconds: pages and workers start without."""
    code = (
        "import sys, apps.markets.gateways.gateway as g; g.Venue('gate');"
        "sys.exit(bool({'ccxt', 'aiohttp'} & sys.modules.keys()))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_credentials_show_nothing_of_themselves():
    key = Credentials(KEY, SECRET, "canary-passphrase")

    shown = f"{key} {key!r} {[key]} {Venue('gate')!r}"

    assert "canary" not in shown


async def test_a_gateway_shows_no_key():
    async with gate(Network(gate_answers())) as gateway:
        shown = f"{gateway!r} {gateway._exchange!r} {gateway._exchange}"

    assert "canary" not in shown
